-- How many legs of a transaction are parked: whether the list below must be touched at all is seen in the row itself.
ALTER TABLE transactions ADD COLUMN held INTEGER NOT NULL DEFAULT 0;

-- One row for each parked leg. `leg` is its position in the plan, `state` a leg's, `class` empty where there was no fault.
CREATE TABLE failures (
    number          INTEGER NOT NULL,
    leg             INTEGER NOT NULL,
    transaction_id  BLOB    NOT NULL,
    leg_id          TEXT    NOT NULL,
    department      TEXT    NOT NULL,
    operation       TEXT    NOT NULL,
    adapter_version TEXT    NOT NULL,
    reason          TEXT    NOT NULL,
    class           TEXT    NOT NULL,
    detail          TEXT,
    state           INTEGER NOT NULL,
    attempt         INTEGER NOT NULL,
    since           INTEGER NOT NULL,
    PRIMARY KEY (number, leg)
) STRICT, WITHOUT ROWID;

CREATE INDEX failures_by_time ON failures (since, transaction_id, leg);
CREATE INDEX failures_by_transaction ON failures (transaction_id);

-- What is searched by is in columns, the rest in the body. `open` is 1 until the job has ended.
CREATE TABLE jobs (
    id          BLOB    PRIMARY KEY,
    create_time INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    open        INTEGER NOT NULL,
    body        BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX jobs_by_time ON jobs (create_time, id);
CREATE INDEX jobs_open ON jobs (create_time, id) WHERE open = 1;

CREATE TABLE pauses (
    department TEXT    PRIMARY KEY,
    paused_by  TEXT    NOT NULL,
    since      INTEGER NOT NULL,
    reason_ar  TEXT,
    reason_en  TEXT
) STRICT, WITHOUT ROWID;
