"""The durable memory of the hospital peer: one row per order that was taken, duplicates visible, and results to send."""

import sqlite3
import threading

SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    placer TEXT NOT NULL,                 -- deliberately not unique: a second effect must be seen
    control_id TEXT NOT NULL,
    message TEXT NOT NULL,                -- as it was decoded
    cancelled INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS orders_placer ON orders (placer, seq);
CREATE TABLE IF NOT EXISTS cancellations (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    placer TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS results (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    placer TEXT NOT NULL,
    kind TEXT NOT NULL,                   -- see hospital.py
    released INTEGER NOT NULL,            -- held back until the test lets it go
    acknowledged TEXT                     -- MSA-1, once it came
);
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

    def _run(self, statement, *values):
        with self._lock:
            return [dict(row) for row in self._db.execute(statement, values)]

    def order(self, placer, control_id, message):
        """Takes an order, always anew: its number."""
        statement = "INSERT INTO orders (placer, control_id, message) VALUES (?, ?, ?) RETURNING seq"
        return self._run(statement, placer, control_id, message)[0]["seq"]

    def state(self, placer):
        """None, "open", "cancelled" or "done"."""
        rows = self._run("SELECT cancelled FROM orders WHERE placer = ? ORDER BY seq LIMIT 1", placer)
        if not rows:
            return None
        if rows[0]["cancelled"]:
            return "cancelled"
        done = self._run("SELECT 1 FROM results WHERE placer = ? AND acknowledged = 'AA' AND kind != 'P'", placer)
        return "done" if done else "open"

    def cancel(self, placer):
        self._run("INSERT INTO cancellations (placer) VALUES (?) RETURNING seq", placer)
        self._run("UPDATE orders SET cancelled = 1 WHERE placer = ? RETURNING seq", placer)
        # What was not sent yet is not sent any more.
        self._run("DELETE FROM results WHERE placer = ? AND acknowledged IS NULL RETURNING seq", placer)

    def result(self, placer, kind, released):
        self._run("INSERT INTO results (placer, kind, released) VALUES (?, ?, ?) RETURNING seq", placer, kind, released)

    def release(self):
        self._run("UPDATE results SET released = 1 RETURNING seq")

    def unsent(self):
        return self._run("SELECT * FROM results WHERE released = 1 AND acknowledged IS NULL ORDER BY seq")

    def acknowledged(self, seq, code):
        self._run("UPDATE results SET acknowledged = ? WHERE seq = ? RETURNING seq", code, seq)

    def records(self):
        """Everything, for assertions."""
        names = ("orders", "cancellations", "results")
        return {name: self._run(f"SELECT * FROM {name} ORDER BY seq") for name in names}
