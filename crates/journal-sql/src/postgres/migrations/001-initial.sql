-- The journal on PostgreSQL, within the schema named in the settings. Times are microseconds since the epoch.

-- What never changes of a transaction, and what it is found by. Ids are UUIDv7: in order of making.
CREATE TABLE transactions (
    id           uuid   PRIMARY KEY,
    reference_no text   NOT NULL UNIQUE,
    caller       text   NOT NULL,
    service      text   NOT NULL,
    centre       text,
    submit_time  bigint NOT NULL,
    content      bytea  NOT NULL
);
CREATE INDEX transactions_by_caller ON transactions (caller, id);

-- What changes of it. Apart, so that a change of state rewrites neither the content nor the indexes above; with room in
-- its pages, so that most changes stay in theirs.
CREATE TABLE cases (
    id      uuid    PRIMARY KEY,
    version bigint  NOT NULL,
    state   integer NOT NULL,
    held    integer NOT NULL,
    wake    bigint,
    body    bytea   NOT NULL
) WITH (fillfactor = 70);
-- 6 is COMPLETED, where most of them end: what operators look for is everything else.
CREATE INDEX cases_by_state ON cases (state, id) WHERE state <> 6;
CREATE INDEX cases_by_wake ON cases (wake) WHERE wake IS NOT NULL;

-- One row for each commit that brought a transaction events. Positions are given while the row of `heads` is locked, and
-- it stays locked until the commit: so they are in commit order, whoever writes.
CREATE TABLE feed (
    position      bigint  PRIMARY KEY,
    id            uuid    NOT NULL,
    last_sequence integer NOT NULL,
    events        bytea   NOT NULL
);
CREATE INDEX feed_by_transaction ON feed (id, position);

CREATE TABLE heads (
    feed   bigint NOT NULL,
    outbox bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO heads VALUES (0, 0);

-- `owner` is the process that has a message in hand; without one it waits.
CREATE TABLE outbox (
    position       bigint  PRIMARY KEY,
    department     text    NOT NULL,
    message_id     uuid    NOT NULL,
    transaction_id uuid    NOT NULL,
    leg            integer NOT NULL,
    attempt        integer NOT NULL,
    time           bigint  NOT NULL,
    traceparent    text,
    owner          bigint,
    left_behind    boolean NOT NULL,
    body           bytea   NOT NULL
);
CREATE INDEX outbox_waiting ON outbox (department, position) WHERE owner IS NULL;

-- Processes, by when they were last seen; with what became of the last batch of each, for a process that was cut off
-- before it heard.
CREATE TABLE owners (
    id         bigint      PRIMARY KEY,
    seen       timestamptz NOT NULL,
    last_batch bigint      NOT NULL DEFAULT 0,
    outcome    integer[]   NOT NULL DEFAULT '{}',
    earlier    uuid[]      NOT NULL DEFAULT '{}',
    feed       bigint      NOT NULL DEFAULT 0,
    outbox     bigint      NOT NULL DEFAULT 0,
    taken      bigint[]    NOT NULL DEFAULT '{}'
) WITH (fillfactor = 10);

CREATE TABLE requests (
    id             uuid   NOT NULL,
    caller         text   NOT NULL,
    method         text   NOT NULL,
    fingerprint    bytea  NOT NULL,
    transaction_id uuid   NOT NULL,
    time           bigint NOT NULL,
    PRIMARY KEY (id, caller, method)
);
-- Rows come in order of time, so a summary of each stretch is enough to find the old.
CREATE INDEX requests_by_time ON requests USING brin (time) WITH (autosummarize = on, pages_per_range = 32);

CREATE TABLE adapters (
    department   text   PRIMARY KEY,
    announcement bytea  NOT NULL,
    time         bigint NOT NULL
);

-- One row for each parked leg. `leg` is its position in the plan, `state` a leg's, `class` empty where there was no fault.
CREATE TABLE failures (
    transaction_id  uuid    NOT NULL,
    leg             integer NOT NULL,
    leg_id          text    NOT NULL,
    department      text    NOT NULL,
    operation       text    NOT NULL,
    adapter_version text    NOT NULL,
    reason          text    NOT NULL,
    class           text    NOT NULL,
    detail          text,
    state           integer NOT NULL,
    attempt         integer NOT NULL,
    since           bigint  NOT NULL,
    PRIMARY KEY (transaction_id, leg)
);
CREATE INDEX failures_by_time ON failures (since, transaction_id, leg);

-- What is searched by is in columns, the rest in the body. `open` is true until the job has ended.
CREATE TABLE jobs (
    id          uuid    PRIMARY KEY,
    create_time bigint  NOT NULL,
    version     bigint  NOT NULL,
    open        boolean NOT NULL,
    body        bytea   NOT NULL
);
CREATE INDEX jobs_by_time ON jobs (create_time, id);
CREATE INDEX jobs_open ON jobs (create_time, id) WHERE open;

CREATE TABLE pauses (
    department text   PRIMARY KEY,
    paused_by  text   NOT NULL,
    since      bigint NOT NULL,
    reason_ar  text,
    reason_en  text
);
