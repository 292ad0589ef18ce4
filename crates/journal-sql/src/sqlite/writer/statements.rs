//! The statements of the writing connection, prepared once.

use rusqlite::{Connection, Statement};

macro_rules! statements {
    ($($name:ident: $sql:literal;)*) => {
        /// Every statement a commit may need.
        pub(super) struct Statements<'c> {
            $(pub(super) $name: Statement<'c>,)*
        }

        impl<'c> Statements<'c> {
            pub(super) fn prepare(connection: &'c Connection) -> rusqlite::Result<Self> {
                Ok(Self { $($name: connection.prepare($sql)?,)* })
            }
        }
    };
}

statements! {
    begin: "BEGIN IMMEDIATE";
    commit: "COMMIT";

    heads: "SELECT feed, outbox FROM heads";
    set_heads: "UPDATE heads SET feed = ?1, outbox = ?2";

    find_request:
        "SELECT transaction_id, fingerprint FROM requests WHERE id = ?1 AND caller = ?2 AND method = ?3";
    add_request:
        "INSERT INTO requests (id, caller, method, fingerprint, transaction_id, time) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";


    create:
        "INSERT INTO transactions
             (id, reference_no, caller, service, centre, submit_time, version, state, wake, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?8, ?9)
         ON CONFLICT DO NOTHING";
    add_content: "INSERT INTO contents (number, content) VALUES (?1, ?2)";

    find: "SELECT number, state, wake, held FROM transactions WHERE id = ?1 AND version = ?2";
    update: "UPDATE transactions SET version = version + 1, body = ?2 WHERE number = ?1";
    update_state: "UPDATE transactions SET version = version + 1, body = ?2, state = ?3 WHERE number = ?1";
    update_wake: "UPDATE transactions SET version = version + 1, body = ?2, wake = ?3 WHERE number = ?1";
    update_both:
        "UPDATE transactions SET version = version + 1, body = ?2, state = ?3, wake = ?4 WHERE number = ?1";

    add_events: "INSERT INTO feed (position, number, last_sequence, events) VALUES (?1, ?2, ?3, ?4)";

    send:
        "INSERT INTO outbox
             (position, department, message_id, transaction_id, leg, attempt, time, traceparent, in_hand, left_behind, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, ?10)";
    take: "UPDATE outbox SET in_hand = 1 WHERE position = ?1 AND in_hand = 0";
    release: "UPDATE outbox SET in_hand = 0 WHERE position = ?1 AND in_hand = 1";
    clear: "DELETE FROM outbox WHERE position = ?1";

    put_adapter:
        "INSERT INTO adapters (department, announcement, time) VALUES (?1, ?2, ?3)
         ON CONFLICT (department) DO UPDATE SET announcement = excluded.announcement, time = excluded.time";

    prune_requests:
        "DELETE FROM requests
         WHERE arrival IN (SELECT arrival FROM requests ORDER BY arrival LIMIT ?2) AND time < ?1";
}
