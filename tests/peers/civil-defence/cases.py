"""The durable memory of the inspection desk: one row per executed message, in order, duplicates visible."""

import json
import sqlite3
import threading

SCHEMA = """
CREATE TABLE IF NOT EXISTS inspections (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    reference TEXT NOT NULL,              -- deliberately not unique: a second effect must be seen
    state TEXT NOT NULL,
    decided INTEGER NOT NULL DEFAULT 0,   -- whether the decision has left
    supplements INTEGER NOT NULL DEFAULT 0,
    message TEXT NOT NULL,                -- its sender's name for it: the same only when the broker gives it out again
    request TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS withdrawals (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    reference TEXT NOT NULL,
    date TEXT NOT NULL
);
"""


class Cases:
    """One connection behind one lock; each method commits before it returns."""

    def __init__(self, path):
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.executescript(SCHEMA)

    def _rows(self, query, *values):
        with self._lock:
            return [dict(row) for row in self._db.execute(query, values).fetchall()]

    def inspect(self, reference, state, request, message):
        """Executes an inspection, always anew, except that a case that waits for the customer is supplemented. Only what a
        broker that died gives out again is no second message."""
        if self._rows("SELECT seq FROM inspections WHERE message = ?", message):
            return
        text = json.dumps(request, ensure_ascii=False)
        waiting = self.latest(reference)
        if waiting and waiting["state"] == "MORE":
            self._rows(
                "UPDATE inspections SET state = ?, decided = 0, supplements = supplements + 1, request = ?, message = ?"
                " WHERE seq = ?",
                state, text, message, waiting["seq"],
            )
        else:
            self._rows(
                "INSERT INTO inspections (reference, state, request, message) VALUES (?, ?, ?, ?)",
                reference, state, text, message,
            )

    def latest(self, reference):
        rows = self._rows("SELECT * FROM inspections WHERE reference = ? ORDER BY seq DESC LIMIT 1", reference)
        return rows[0] if rows else None

    def undecided(self):
        return self._rows("SELECT * FROM inspections WHERE decided = 0 ORDER BY seq")

    def decide(self, seq):
        self._rows("UPDATE inspections SET decided = 1 WHERE seq = ?", seq)

    def withdraw(self, reference, date):
        """When it was withdrawn: the first time, however often it is asked for."""
        first = self.withdrawal(reference)
        if first is None:
            self._rows("INSERT INTO withdrawals (reference, date) VALUES (?, ?)", reference, date)
            self._rows("UPDATE inspections SET decided = 1 WHERE reference = ?", reference)
        return first or date

    def withdrawal(self, reference):
        rows = self._rows("SELECT date FROM withdrawals WHERE reference = ? ORDER BY seq LIMIT 1", reference)
        return rows[0]["date"] if rows else None

    def records(self):
        inspections = self._rows("SELECT * FROM inspections ORDER BY seq")
        for row in inspections:
            row["request"] = json.loads(row["request"])
        return {"inspections": inspections, "withdrawals": self._rows("SELECT * FROM withdrawals ORDER BY seq")}
