#!/bin/sh
# The nightly run, as the mainframe's job control does it: every batch in in/ that has its trigger, oldest name first.
#   nightly.sh PROGRAM ROOT CONTROL
# ROOT holds in/ and out/, which the other side sees; CONTROL holds what only the mainframe sees: master.txt, batches.txt,
# locked.txt. A batch stays in in/ until its result has its trigger; data goes before the trigger, so that nothing that was
# worked through ever lies there unannounced. Prints the number of batches worked through.
set -eu

program=$1
root=$2
control=$3
mkdir -p "$control/work"
done=0
for trigger in "$root"/in/*.ok; do
    [ -e "$trigger" ] || continue
    stem=$(basename -- "$trigger" .ok)
    # A trigger without data announces nothing.
    [ -e "$root/in/$stem.dat" ] || continue
    status=0
    BATCH_FILE="$root/in/$stem.dat" RESULT_FILE="$control/work/$stem.res" MASTER_FILE="$control/master.txt" \
        BATCHES_FILE="$control/batches.txt" LOCKED_FILE="$control/locked.txt" "$program" || status=$?
    case $status in
    0)
        mv "$control/work/$stem.res" "$root/out/.$stem.res.part"
        mv "$root/out/.$stem.res.part" "$root/out/$stem.res"
        : >"$root/out/$stem.ok"
        done=$((done + 1))
        ;;
    4) ;;
    *) exit "$status" ;;
    esac
    rm -f "$root/in/$stem.dat"
    rm -f "$trigger"
done
echo "$done"
