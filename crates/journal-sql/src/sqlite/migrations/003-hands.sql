-- A message waits, or is in the hand of the process; in front of the body, which may be long. What was here before may
-- have been sent.
CREATE TABLE outbox_with_hands (
    position       INTEGER PRIMARY KEY,
    department     TEXT    NOT NULL,
    message_id     BLOB    NOT NULL,
    transaction_id BLOB    NOT NULL,
    leg            INTEGER NOT NULL,
    attempt        INTEGER NOT NULL,
    time           INTEGER NOT NULL,
    traceparent    TEXT,
    in_hand        INTEGER NOT NULL,
    left_behind    INTEGER NOT NULL,
    body           BLOB    NOT NULL
) STRICT;
INSERT INTO outbox_with_hands
    SELECT position, department, message_id, transaction_id, leg, attempt, time, traceparent, 0, 1, body FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_with_hands RENAME TO outbox;
-- A message that is sent at once never touches it.
CREATE INDEX outbox_waiting ON outbox (department) WHERE in_hand = 0;

-- What an adapter says twice changes nothing the second time, by the state machine.
DROP TABLE inbox;
