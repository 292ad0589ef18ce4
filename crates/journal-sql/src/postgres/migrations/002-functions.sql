-- What the journal does in one round trip, and so holds no lock while its client is away, however long. A later release
-- that wants other arguments adds a function beside these: processes of both releases run during an upgrade.

-- Commits a batch: many writes of many transactions, each of which succeeds or fails by itself, and what is done with
-- the outbox. Arrays that begin with the same letter go together; `_write` says to which write an element belongs, by its
-- place in `w_id`, from 1. An `expected` of 0 makes the transaction. No two writes of a batch have a transaction, a
-- reference number or a request id in common.
--
-- Outcomes: 0 committed; 1 the same request was answered before, by `earlier`; 2 the request id was used for another;
-- 3 another version; 4 id or reference taken. Positions in feed and outbox follow `feed` and `outbox` in the order of the
-- writes, for those that were committed.
--
-- With `p_tell` other processes are told of the feed's new end: not worth it when there are none.
--
-- Rows are locked in one order (owner, requests, transactions, cases by id, heads), so that batches of several processes
-- wait for each other and never in a circle.
CREATE FUNCTION commit_batch(
    p_owner bigint, p_batch bigint, p_tell boolean,
    w_id uuid[], w_expected bigint[], w_now bigint[], w_state integer[], w_held integer[], w_wake bigint[], w_body bytea[],
    c_write integer[], c_reference text[], c_caller text[], c_service text[], c_centre text[], c_submit bigint[],
    c_content bytea[],
    r_write integer[], r_id uuid[], r_caller text[], r_method text[], r_fingerprint bytea[],
    e_write integer[], e_last integer[], e_events bytea[],
    o_write integer[], o_department text[], o_message uuid[], o_leg integer[], o_attempt integer[], o_time bigint[],
    o_traceparent text[], o_in_hand boolean[], o_body bytea[],
    h_write integer[], h_leg integer[], h_leg_id text[], h_department text[], h_operation text[], h_version text[],
    h_reason text[], h_class text[], h_detail text[], h_state integer[], h_attempt integer[],
    p_take bigint[], p_release bigint[], p_clear bigint[],
    OUT outcome integer[], OUT earlier uuid[], OUT feed bigint, OUT outbox bigint, OUT taken bigint[]
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    writes   CONSTANT integer := cardinality(w_id);
    last     bigint;
    done     uuid[];
    parked   uuid[];
    wanted   bigint;
    -- Nothing has been refused so far.
    clean    boolean := true;
    told     text;
    entries  bigint := 0;
    messages bigint := 0;
    one      record;
BEGIN
    SELECT o.last_batch, o.outcome, o.earlier, o.feed, o.outbox, o.taken
        INTO last, outcome, earlier, feed, outbox, taken
        FROM owners o WHERE o.id = p_owner FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'this process was taken for gone' USING ERRCODE = 'JI001';
    ELSIF last = p_batch THEN
        RETURN;
    ELSIF last > p_batch THEN
        RAISE EXCEPTION 'a batch of the past' USING ERRCODE = 'JI002';
    END IF;
    outcome := array_fill(0, ARRAY[writes]);
    earlier := array_fill(NULL::uuid, ARRAY[writes]);
    taken := '{}';

    IF cardinality(r_write) > 0 THEN
        WITH fresh AS (
            INSERT INTO requests AS q (id, caller, method, fingerprint, transaction_id, time)
            SELECT r.id, r.caller, r.method, r.fingerprint, w_id[r.write], w_now[r.write]
            FROM unnest(r_write, r_id, r_caller, r_method, r_fingerprint) AS r (write, id, caller, method, fingerprint)
            ORDER BY r.id
            ON CONFLICT DO NOTHING
            RETURNING q.id
        )
        SELECT coalesce(array_agg(fresh.id), '{}') INTO done FROM fresh;
        IF cardinality(done) < cardinality(r_write) THEN
            clean := false;
            wanted := cardinality(r_write) - cardinality(done);
            FOR one IN
                SELECT r.write, q.transaction_id, q.fingerprint = r.fingerprint AS same
                FROM unnest(r_write, r_id, r_caller, r_method, r_fingerprint) AS r (write, id, caller, method, fingerprint)
                JOIN requests q ON q.id = r.id AND q.caller = r.caller AND q.method = r.method
                WHERE r.id <> ALL (done)
            LOOP
                outcome[one.write] := CASE WHEN one.same THEN 1 ELSE 2 END;
                earlier[one.write] := one.transaction_id;
                wanted := wanted - 1;
            END LOOP;
            IF wanted > 0 THEN
                RAISE EXCEPTION 'a request was forgotten meanwhile' USING ERRCODE = 'serialization_failure';
            END IF;
        END IF;
    END IF;

    IF cardinality(c_write) > 0 THEN
        WITH made AS (
            INSERT INTO transactions AS t (id, reference_no, caller, service, centre, submit_time, content)
            SELECT w_id[c.write], c.reference, c.caller, c.service, c.centre, c.submit, c.content
            FROM unnest(c_write, c_reference, c_caller, c_service, c_centre, c_submit, c_content)
                AS c (write, reference, caller, service, centre, submit, content)
            WHERE outcome[c.write] = 0
            ORDER BY w_id[c.write]
            ON CONFLICT DO NOTHING
            RETURNING t.id
        )
        SELECT coalesce(array_agg(made.id), '{}') INTO done FROM made;
        IF cardinality(done) < cardinality(c_write) THEN
            clean := false;
            FOR one IN
                SELECT c.write FROM unnest(c_write) AS c (write) WHERE outcome[c.write] = 0 AND w_id[c.write] <> ALL (done)
            LOOP
                outcome[one.write] := 4;
            END LOOP;
        END IF;
        INSERT INTO cases (id, version, state, held, wake, body)
        SELECT w.id, 1, w.state, w.held, w.wake, w.body
        FROM unnest(w_id, w_expected, w_state, w_held, w_wake, w_body) WITH ORDINALITY
            AS w (id, expected, state, held, wake, body, write)
        WHERE w.expected = 0 AND outcome[w.write] = 0;
    END IF;

    IF cardinality(c_write) < writes THEN
        SELECT coalesce(array_agg(locked.id), '{}'), array_agg(locked.id) FILTER (WHERE locked.held > 0)
            INTO done, parked
            FROM (
                SELECT k.id, k.held
                FROM unnest(w_id, w_expected) WITH ORDINALITY AS w (id, expected, write)
                JOIN cases k ON k.id = w.id AND k.version = w.expected
                WHERE w.expected > 0 AND outcome[w.write] = 0
                ORDER BY k.id
                FOR UPDATE OF k
            ) locked;
        IF NOT clean OR cardinality(done) < writes - cardinality(c_write) THEN
            clean := false;
            FOR one IN
                SELECT w.write
                FROM unnest(w_id, w_expected) WITH ORDINALITY AS w (id, expected, write)
                WHERE w.expected > 0 AND outcome[w.write] = 0 AND w.id <> ALL (done)
            LOOP
                outcome[one.write] := 3;
            END LOOP;
        END IF;
        UPDATE cases k
        SET version = k.version + 1, state = w.state, held = w.held, wake = w.wake, body = w.body
        FROM unnest(w_id, w_expected, w_state, w_held, w_wake, w_body) WITH ORDINALITY
            AS w (id, expected, state, held, wake, body, write)
        WHERE k.id = w.id AND w.expected > 0 AND outcome[w.write] = 0;
        IF parked IS NOT NULL THEN
            DELETE FROM failures f
            WHERE f.transaction_id = ANY (parked) AND NOT EXISTS (
                SELECT FROM unnest(h_write, h_leg) AS h (write, leg)
                WHERE w_id[h.write] = f.transaction_id AND h.leg = f.leg
            );
        END IF;
    END IF;

    IF cardinality(h_write) > 0 THEN
        INSERT INTO failures AS f
            (transaction_id, leg, leg_id, department, operation, adapter_version, reason, class, detail, state, attempt,
             since)
        SELECT w_id[h.write], h.leg, h.leg_id, h.department, h.operation, h.version, h.reason, h.class, h.detail, h.state,
               h.attempt, w_now[h.write]
        FROM unnest(h_write, h_leg, h_leg_id, h_department, h_operation, h_version, h_reason, h_class, h_detail, h_state,
                    h_attempt)
            AS h (write, leg, leg_id, department, operation, version, reason, class, detail, state, attempt)
        WHERE outcome[h.write] = 0
        ON CONFLICT (transaction_id, leg) DO UPDATE SET
            adapter_version = excluded.adapter_version, reason = excluded.reason, class = excluded.class,
            detail = excluded.detail, state = excluded.state, attempt = excluded.attempt;
    END IF;

    IF cardinality(p_take) > 0 THEN
        WITH free AS (
            SELECT b.position FROM outbox b
            WHERE b.position = ANY (p_take) AND b.owner IS NULL
            ORDER BY b.position
            FOR UPDATE SKIP LOCKED
        ), mine AS (
            UPDATE outbox b SET owner = p_owner FROM free WHERE b.position = free.position RETURNING b.position
        )
        SELECT coalesce(array_agg(mine.position), '{}') INTO taken FROM mine;
    END IF;
    IF cardinality(p_release) > 0 THEN
        UPDATE outbox b SET owner = NULL WHERE b.position = ANY (p_release) AND b.owner = p_owner;
    END IF;
    IF cardinality(p_clear) > 0 THEN
        DELETE FROM outbox b WHERE b.position = ANY (p_clear);
    END IF;

    IF clean THEN
        entries := cardinality(e_write);
        messages := cardinality(o_write);
    ELSE
        SELECT count(*) INTO entries FROM unnest(e_write) AS e (write) WHERE outcome[e.write] = 0;
        SELECT count(*) INTO messages FROM unnest(o_write) AS o (write) WHERE outcome[o.write] = 0;
    END IF;
    IF entries > 0 OR messages > 0 THEN
        UPDATE heads h SET feed = h.feed + entries, outbox = h.outbox + messages
            RETURNING h.feed - entries, h.outbox - messages INTO feed, outbox;
    ELSE
        SELECT h.feed, h.outbox INTO feed, outbox FROM heads h;
    END IF;
    IF entries > 0 THEN
        INSERT INTO feed (position, id, last_sequence, events)
        SELECT commit_batch.feed + row_number() OVER (ORDER BY e.place), w_id[e.write], e.last, e.events
        FROM unnest(e_write, e_last, e_events) WITH ORDINALITY AS e (write, last, events, place)
        WHERE outcome[e.write] = 0;
        IF p_tell THEN
            told := pg_notify('jisr:' || current_schema(), (commit_batch.feed + entries)::text);
        END IF;
    END IF;
    IF messages > 0 THEN
        INSERT INTO outbox
            (position, department, message_id, transaction_id, leg, attempt, time, traceparent, owner, left_behind, body)
        SELECT commit_batch.outbox + row_number() OVER (ORDER BY o.place), o.department, o.message, w_id[o.write], o.leg,
               o.attempt, o.time, o.traceparent, CASE WHEN o.in_hand THEN p_owner END, false, o.body
        FROM unnest(o_write, o_department, o_message, o_leg, o_attempt, o_time, o_traceparent, o_in_hand, o_body)
            WITH ORDINALITY
            AS o (write, department, message, leg, attempt, time, traceparent, in_hand, body, place)
        WHERE outcome[o.write] = 0;
    END IF;

    -- A write that was refused has used no request id.
    IF NOT clean AND cardinality(r_write) > 0 AND outcome && '{3,4}' THEN
        DELETE FROM requests q
        USING unnest(r_write, r_id, r_caller, r_method) AS r (write, id, caller, method)
        WHERE outcome[r.write] IN (3, 4) AND q.id = r.id AND q.caller = r.caller AND q.method = r.method;
    END IF;

    UPDATE owners o
    SET seen = clock_timestamp(), last_batch = p_batch, outcome = commit_batch.outcome, earlier = commit_batch.earlier,
        feed = commit_batch.feed, outbox = commit_batch.outbox, taken = commit_batch.taken
    WHERE o.id = p_owner;
END $$;

-- Lets go of what processes had in hand that have gone: those not seen for a while whose session has ended (it holds a
-- lock by their id), or not seen for much longer, such as one that stands still. After the server itself was away nobody
-- is judged before all have had time to be seen again.
CREATE FUNCTION recover_left_behind(p_silent interval, p_frozen interval, OUT processes bigint, OUT messages bigint)
LANGUAGE plpgsql AS $$
DECLARE
    gone bigint[];
BEGIN
    processes := 0;
    messages := 0;
    IF pg_postmaster_start_time() > clock_timestamp() - 2 * p_silent THEN
        RETURN;
    END IF;
    SELECT array_agg(left_alone.id) INTO gone FROM (
        SELECT o.id FROM owners o
        WHERE o.seen < clock_timestamp() - p_silent
          AND (o.seen < clock_timestamp() - p_frozen OR pg_try_advisory_xact_lock(o.id))
        FOR UPDATE SKIP LOCKED
    ) left_alone;
    IF gone IS NULL THEN
        RETURN;
    END IF;
    DELETE FROM owners o WHERE o.id = ANY (gone);
    processes := cardinality(gone);
    UPDATE outbox b SET owner = NULL, left_behind = true WHERE b.owner = ANY (gone);
    GET DIAGNOSTICS messages = ROW_COUNT;
END $$;
