*> The nightly batch of the electricity and water authority: one batch file in, one result file out, a decision for
*> each record. Records are those of adapters/utilities/README.md, in windows-1256; the Arabic texts stand here as bytes.
*>
*> What it is sent it carries out, twice if it is sent twice under another batch number. A batch number that was worked
*> through before is not worked through again.
*>
*> Arguments by environment: BATCH_FILE, RESULT_FILE, MASTER_FILE (what was carried out, one line each),
*> BATCHES_FILE (batch numbers done), LOCKED_FILE (premises that another job has locked tonight).
*> Ends with 0, with 4 for a batch number done before, with 8 for a file that is not as agreed.
identification division.
program-id. batch.

environment division.
input-output section.
file-control.
    select batch-file assign to dynamic batch-path
        organization is sequential file status is batch-status.
    select result-file assign to dynamic result-path
        organization is sequential file status is result-status.
    select master-file assign to dynamic master-path
        organization is line sequential file status is master-status.
    select batches-file assign to dynamic batches-path
        organization is line sequential file status is batches-status.
    select locked-file assign to dynamic locked-path
        organization is line sequential file status is locked-status.

data division.
file section.
fd  batch-file.
01  batch-record       pic x(302).
fd  result-file.
01  result-record      pic x(302).
fd  master-file.
01  master-record      pic x(160).
fd  batches-file.
01  batches-record     pic x(24).
fd  locked-file.
01  locked-record      pic x(9).

working-storage section.
01  batch-path         pic x(400).
01  result-path        pic x(400).
01  master-path        pic x(400).
01  batches-path       pic x(400).
01  locked-path        pic x(400).
01  batch-status       pic xx.
01  result-status      pic xx.
01  master-status      pic xx.
01  batches-status     pic xx.
01  locked-status      pic xx.

01  record-in.
    05  in-kind        pic x.
    05  filler         pic x(299).
    05  in-end         pic xx.
01  header-in redefines record-in.
    05  filler         pic x.
    05  h-interface    pic x(8).
    05  h-batch        pic x(24).
    05  h-created      pic 9(14).
    05  h-sequence     pic 9(13).
    05  filler         pic x(242).
01  detail-in redefines record-in.
    05  filler         pic x.
    05  d-number       pic 9(6).
    05  d-reference    pic x(44).
    05  d-operation    pic xx.
    05  d-name-ar      pic x(80).
    05  d-name-en      pic x(80).
    05  d-emirates-id  pic 9(15).
    05  d-licence      pic x(20).
    05  d-premises     pic 9(9).
    05  d-account      pic 9(10).
    05  d-date         pic 9(8).
    05  d-load         pic 9(6).
    05  d-language     pic x.
    05  d-submitted    pic 9(14).
    05  filler         pic x(6).
01  trailer-in redefines record-in.
    05  filler         pic x.
    05  t-count        pic 9(6).
    05  t-total        pic 9(15).
    05  filler         pic x(280).

01  result-header.
    05  filler         pic x      value "R".
    05  filler         pic x(8)   value "CISJISR1".
    05  r-batch        pic x(24).
    05  r-run          pic 9(14).
    05  filler         pic x(253) value spaces.
    05  filler         pic xx     value x"0D0A".
01  result-detail.
    05  filler         pic x      value "A".
    05  a-number       pic 9(6).
    05  a-reference    pic x(44).
    05  a-status       pic x.
    05  a-code         pic x(4).
    05  a-account      pic 9(10).
    05  a-order        pic 9(10).
    05  a-date         pic 9(8).
    05  a-text-ar      pic x(100).
    05  a-text-en      pic x(100).
    05  filler         pic x(16)  value spaces.
    05  filler         pic xx     value x"0D0A".
01  result-trailer.
    05  filler         pic x      value "Z".
    05  z-count        pic 9(6)   value 0.
    05  z-accepted     pic 9(6)   value 0.
    05  z-rejected     pic 9(6)   value 0.
    05  filler         pic x(281) value spaces.
    05  filler         pic xx     value x"0D0A".

01  ar-ok-connect   pic x(21) value x"CAE320C7DACAE3C7CF20D8E1C820C7E1CAE6D5EDE1".
01  en-ok-connect   pic x(19) value "Connection approved".
01  ar-ok-transfer  pic x(13) value x"CAE320E4DEE120C7E1CDD3C7C8".
01  en-ok-transfer  pic x(19) value "Account transferred".
01  ar-locked       pic x(23) value x"C7E1D3CCE120E3DEDDE120E1CFEC20E4D9C7E320C2CED1".
01  en-locked       pic x(28) value "Record locked by another job".
01  ar-unknown      pic x(19) value x"D1DEE320C7E1E3C8E4EC20DBEDD120E3D3CCE1".
01  en-unknown      pic x(33) value "Premises number is not registered".
01  ar-supplied     pic x(21) value x"C7E1CECFE3C920E3E6D5E6E1C920C8C7E1E3C8E4EC".
01  en-supplied     pic x(33) value "The premises are supplied already".
01  ar-arrears      pic x(23) value x"CAE6CCCF20E3D3CACDDEC7CA20DAE1EC20C7E1CDD3C7C8".
01  en-arrears      pic x(32) value "There are arrears on the account".

01  run-batch          pic x(24).
01  record-count       pic 9(6)  value 0.
01  control-total      pic 9(15) value 0.
01  ended              pic 9     value 0.
01  locked-count       pic 9(5)  value 0.
01  locked-table.
    05  locked-premises pic x(9) occurs 2000 times.
01  place              pic 9(5).
01  is-locked          pic 9.
01  now-text           pic x(21).

procedure division.
main.
    accept batch-path from environment "BATCH_FILE"
    accept result-path from environment "RESULT_FILE"
    accept master-path from environment "MASTER_FILE"
    accept batches-path from environment "BATCHES_FILE"
    accept locked-path from environment "LOCKED_FILE"
    perform check-frame
    perform check-number
    perform read-locked
    perform work-through
    open extend batches-file
    if batches-status not = "00" open output batches-file end-if
    move run-batch to batches-record
    write batches-record
    close batches-file
    stop run returning 0.

*> A first pass over the file: header, kinds, line ends, record count and control total, before anything is carried out.
check-frame.
    open input batch-file
    if batch-status not = "00" perform not-as-agreed end-if
    perform next-record
    if ended = 1 or in-kind not = "H" or h-interface not = "JISRCIS1" perform not-as-agreed end-if
    move h-batch to run-batch
    perform next-record
    perform until ended = 1 or in-kind not = "D"
        add 1 to record-count
        if d-number not numeric or d-number not = record-count perform not-as-agreed end-if
        if d-premises not numeric or d-account not numeric or d-date not numeric perform not-as-agreed end-if
        add d-premises to control-total
        perform next-record
    end-perform
    if ended = 1 or in-kind not = "T" perform not-as-agreed end-if
    if t-count not = record-count or t-total not = control-total perform not-as-agreed end-if
    perform next-record
    if ended = 0 perform not-as-agreed end-if
    close batch-file.

next-record.
    read batch-file into record-in at end move 1 to ended end-read
    if ended = 0 and (batch-status not = "00" or in-end not = x"0D0A") perform not-as-agreed end-if.

not-as-agreed.
    display "batch: not as agreed after record " record-count upon syserr
    stop run returning 8.

check-number.
    open input batches-file
    if batches-status = "00"
        move 0 to ended
        perform until ended = 1
            read batches-file at end move 1 to ended end-read
            if ended = 0 and batches-record = run-batch
                display "batch: done before: " run-batch upon syserr
                stop run returning 4
            end-if
        end-perform
        close batches-file
    end-if.

read-locked.
    open input locked-file
    if locked-status = "00"
        move 0 to ended
        perform until ended = 1
            read locked-file at end move 1 to ended end-read
            if ended = 0 and locked-count < 2000
                add 1 to locked-count
                move locked-record to locked-premises(locked-count)
            end-if
        end-perform
        close locked-file
    end-if.

work-through.
    move 0 to ended
    open input batch-file
    open output result-file
    open extend master-file
    if master-status not = "00" open output master-file end-if
    move run-batch to r-batch
    move function current-date to now-text
    move now-text(1:14) to r-run
    write result-record from result-header
    perform next-record
    perform record-count times
        perform next-record
        perform decide
        add 1 to z-count
        write result-record from result-detail
    end-perform
    write result-record from result-trailer
    close batch-file result-file master-file.

decide.
    move d-number to a-number
    move d-reference to a-reference
    move 0 to a-account a-order a-date
    move spaces to a-code a-text-ar a-text-en
    move 0 to is-locked
    perform varying place from 1 by 1 until place > locked-count
        if locked-premises(place) = d-premises move 1 to is-locked end-if
    end-perform
    evaluate true
        when is-locked = 1
            move "T01" to a-code
            move ar-locked to a-text-ar
            move en-locked to a-text-en
        when d-premises < 1000000
            move "R10" to a-code
            move ar-unknown to a-text-ar
            move en-unknown to a-text-en
        when d-operation = "SC" and d-premises(1:1) = "9"
            move "R12" to a-code
            move ar-supplied to a-text-ar
            move en-supplied to a-text-en
        when d-operation = "AT" and d-account(9:2) = "99"
            move "R11" to a-code
            move ar-arrears to a-text-ar
            move en-arrears to a-text-en
        when other
            perform carry-out
    end-evaluate
    if a-code = spaces
        move "A" to a-status
        add 1 to z-accepted
    else
        move "R" to a-status
        add 1 to z-rejected
    end-if.

carry-out.
    move d-date to a-date
    compute a-order = 5000000000 + d-premises
    if d-operation = "SC"
        compute a-account = 2000000000 + d-premises
        move ar-ok-connect to a-text-ar
        move en-ok-connect to a-text-en
    else
        move d-account to a-account
        move ar-ok-transfer to a-text-ar
        move en-ok-transfer to a-text-en
    end-if
    move spaces to master-record
    string d-reference delimited by space "|" d-operation "|" d-premises "|" d-account "|" d-date "|" run-batch
        delimited by size into master-record
    end-string
    write master-record.
