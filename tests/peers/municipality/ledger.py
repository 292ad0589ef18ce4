"""The durable memory of the building control peer: one row per executed call, in call order, duplicates visible."""

import json
import sqlite3
import threading

SCHEMA = """
CREATE TABLE IF NOT EXISTS submissions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    our_reference TEXT NOT NULL,          -- deliberately not unique: a second effect must be seen
    noc_number TEXT,
    status TEXT NOT NULL,
    remarks_ar TEXT NOT NULL,
    remarks_en TEXT NOT NULL,
    issue_date TEXT,
    finds INTEGER NOT NULL DEFAULT 0,
    request TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS submissions_reference ON submissions (our_reference, seq);
CREATE TABLE IF NOT EXISTS withdrawals (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    our_reference TEXT NOT NULL,
    reason_ar TEXT NOT NULL,
    withdrawn_date TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS withdrawals_reference ON withdrawals (our_reference, seq);
"""


class Ledger:
    """One connection behind one lock; each method commits before it returns."""

    def __init__(self, path):
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        # In WAL mode NORMAL survives the death of the process, which is what the tests inflict.
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(SCHEMA)

    def submit(self, reference, decide, request):
        """Executes a submission, always anew. `decide(seq)` gives its status, number, date and remarks."""
        with self._lock, self._transaction():
            seq = self._db.execute("SELECT coalesce(max(seq), 0) + 1 FROM submissions").fetchone()[0]
            row = {"seq": seq, "our_reference": reference, "request": json.dumps(request, ensure_ascii=False)}
            row.update(decide(seq))
            self._db.execute(
                "INSERT INTO submissions (seq, our_reference, noc_number, status, remarks_ar, remarks_en, issue_date,"
                " request) VALUES (:seq, :our_reference, :noc_number, :status, :remarks_ar, :remarks_en, :issue_date,"
                " :request)",
                row,
            )
        return row

    def find(self, reference, decide_pending):
        """The first submission under a reference, or None. A pending one is decided once it was asked often enough."""
        with self._lock, self._transaction():
            found = self._db.execute(
                "SELECT * FROM submissions WHERE our_reference = ? ORDER BY seq LIMIT 1", (reference,)
            ).fetchone()
            if found is None:
                return None
            row = dict(found)
            withdrawn = self._db.execute(
                "SELECT withdrawn_date FROM withdrawals WHERE our_reference = ? LIMIT 1", (reference,)
            ).fetchone()
            row["withdrawn_date"] = withdrawn[0] if withdrawn else None
            if row["status"] == "PENDING":
                row["finds"] += 1
                row.update(decide_pending(row["seq"], row["finds"]) or {})
                self._db.execute(
                    "UPDATE submissions SET finds = :finds, status = :status, noc_number = :noc_number,"
                    " issue_date = :issue_date, remarks_ar = :remarks_ar, remarks_en = :remarks_en WHERE seq = :seq",
                    row,
                )
            return row

    def withdraw(self, reference, reason, date):
        """Withdraws once; a repetition answers the first date again. None if nothing was submitted."""
        with self._lock, self._transaction():
            known = self._db.execute(
                "SELECT 1 FROM submissions WHERE our_reference = ? LIMIT 1", (reference,)
            ).fetchone()
            if known is None:
                return None
            before = self._db.execute(
                "SELECT withdrawn_date FROM withdrawals WHERE our_reference = ? LIMIT 1", (reference,)
            ).fetchone()
            if before is not None:
                return before[0]
            self._db.execute(
                "INSERT INTO withdrawals (our_reference, reason_ar, withdrawn_date) VALUES (?, ?, ?)",
                (reference, reason, date),
            )
            return date

    def records(self):
        """Everything, for assertions."""
        with self._lock:
            submissions = [dict(row) for row in self._db.execute("SELECT * FROM submissions ORDER BY seq")]
            withdrawals = [dict(row) for row in self._db.execute("SELECT * FROM withdrawals ORDER BY seq")]
            duplicates = [
                row[0]
                for row in self._db.execute(
                    "SELECT our_reference FROM submissions GROUP BY our_reference HAVING count(*) > 1"
                )
            ]
        for row in submissions:
            row["request"] = json.loads(row["request"])
        return {"submissions": submissions, "withdrawals": withdrawals, "duplicates": duplicates}

    def close(self):
        with self._lock:
            self._db.close()

    def _transaction(self):
        return _Transaction(self._db)


class _Transaction:
    def __init__(self, db):
        self._db = db

    def __enter__(self):
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind, _value, _trace):
        self._db.execute("COMMIT" if kind is None else "ROLLBACK")
