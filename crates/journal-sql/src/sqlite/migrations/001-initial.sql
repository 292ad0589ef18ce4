-- What changes of a transaction, and what it is found by. `number` is internal: it keeps rows and indexes short. The
-- submitted content lies apart, so that a change of state never rewrites it. Times are microseconds since the epoch.
CREATE TABLE transactions (
    number       INTEGER PRIMARY KEY,
    id           BLOB    NOT NULL UNIQUE,
    reference_no TEXT    NOT NULL UNIQUE,
    caller       TEXT    NOT NULL,
    service      TEXT    NOT NULL,
    centre       TEXT,
    submit_time  INTEGER NOT NULL,
    version      INTEGER NOT NULL,
    state        INTEGER NOT NULL,
    wake         INTEGER,
    body         BLOB    NOT NULL
) STRICT;

-- 6 is COMPLETED, where most of them end: what operators look for is everything else.
CREATE INDEX transactions_by_state ON transactions (state, id) WHERE state <> 6;
CREATE INDEX transactions_by_caller ON transactions (caller, id);
CREATE INDEX transactions_by_wake ON transactions (wake) WHERE wake IS NOT NULL;

CREATE TABLE contents (
    number  INTEGER PRIMARY KEY,
    content BLOB NOT NULL
) STRICT;

-- One row for each commit that brought a transaction events. Only the one writer appends, so positions are commit order.
CREATE TABLE feed (
    position      INTEGER PRIMARY KEY,
    number        INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL,
    events        BLOB    NOT NULL
) STRICT;

CREATE INDEX feed_by_transaction ON feed (number);

CREATE TABLE outbox (
    position       INTEGER PRIMARY KEY,
    department     TEXT    NOT NULL,
    message_id     BLOB    NOT NULL,
    transaction_id BLOB    NOT NULL,
    leg            INTEGER NOT NULL,
    attempt        INTEGER NOT NULL,
    time           INTEGER NOT NULL,
    traceparent    TEXT,
    body           BLOB    NOT NULL
) STRICT;

CREATE INDEX outbox_by_department ON outbox (department);

-- Positions outlive their rows: an emptied outbox must not begin anew.
CREATE TABLE heads (
    feed   INTEGER NOT NULL,
    outbox INTEGER NOT NULL
) STRICT;

INSERT INTO heads VALUES (0, 0);

-- In order of arrival, so that the oldest are found without an index by time.
CREATE TABLE requests (
    arrival        INTEGER PRIMARY KEY,
    id             BLOB    NOT NULL,
    caller         TEXT    NOT NULL,
    method         TEXT    NOT NULL,
    fingerprint    BLOB    NOT NULL,
    transaction_id BLOB    NOT NULL,
    time           INTEGER NOT NULL
) STRICT;

CREATE INDEX requests_by_id ON requests (id);

CREATE TABLE inbox (
    arrival    INTEGER PRIMARY KEY,
    message_id BLOB    NOT NULL UNIQUE,
    time       INTEGER NOT NULL
) STRICT;

CREATE TABLE adapters (
    department   TEXT    PRIMARY KEY,
    announcement BLOB    NOT NULL,
    time         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
