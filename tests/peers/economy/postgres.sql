-- Business licensing as the department keeps it, on PostgreSQL: tables, rules in triggers, procedures for partners, and a
-- table of statuses that partners poll. Its texts are windows-1256 in a database that takes them for LATIN1: the test loads
-- this file transcoded so, as the department's own tools would.
--
-- The same house in MariaDB is mariadb.sql; whoever changes one changes the other.

-- What goes wrong on demand; the tests write here. Without a row everything is as it should be.
CREATE TABLE house (rule varchar(20) PRIMARY KEY, value varchar(40) NOT NULL);

CREATE TABLE activity (
    code char(7) PRIMARY KEY,
    name_ar varchar(120) NOT NULL,
    allowed boolean NOT NULL DEFAULT true,
    by_officer boolean NOT NULL DEFAULT false
);
INSERT INTO activity VALUES
    ('4711001', 'بقالة', true, false),
    ('6201001', 'تطوير البرمجيات', true, false),
    ('5610001', 'مطعم', true, true),
    ('9200001', 'ألعاب القمار', false, false);

CREATE SEQUENCE licence_numbers START 800001;
CREATE TABLE licence (
    licence_no integer PRIMARY KEY,
    trade_name_ar varchar(120) NOT NULL,
    issued_on date NOT NULL,
    expires_on date NOT NULL,
    fines boolean NOT NULL DEFAULT false,
    blocked boolean NOT NULL DEFAULT false,
    revoked_at timestamp
);
INSERT INTO licence VALUES
    (780123, 'مطعم البحر الأحمر', '2020-03-01', '2026-03-01', false, false, NULL),
    (780150, 'مكتبة الفهيدي', '2019-07-15', '2026-07-15', true, false, NULL),
    (780199, 'ورشة السطوة', '2018-01-10', '2026-01-10', false, true, NULL);

-- One application of a partner. The partner's reference is the key: whatever is sent twice is there once.
CREATE TABLE application (
    application_no bigserial PRIMARY KEY,
    partner_ref varchar(60) NOT NULL CONSTRAINT application_partner_ref UNIQUE,
    kind char(1) NOT NULL CHECK (kind IN ('I', 'R')),
    owner_name_ar varchar(120) NOT NULL,
    owner_name_en varchar(120),
    owner_id varchar(20),
    partners_ar varchar(400),
    legal_form char(2) CHECK (legal_form IN ('SE', 'CC', 'LL', 'BR')),
    trade_name_ar varchar(120),
    trade_name_en varchar(120),
    activities varchar(79),
    capital numeric(14, 2),
    makani_no char(10),
    licence_no integer,
    years smallint,
    status char(2) NOT NULL,
    issued_on date,
    expires_on date,
    code varchar(8),
    words_ar varchar(400),
    words_en varchar(400),
    decided_at timestamp
);

-- Taken before anything else, so that of two who come at once with one reference the second waits, and finds it there.
CREATE TABLE partner_reference (partner_ref varchar(60) PRIMARY KEY);

CREATE TABLE reserved_name (
    trade_name_ar varchar(120) NOT NULL CONSTRAINT trade_name_reserved PRIMARY KEY,
    partner_ref varchar(60) NOT NULL
);
INSERT INTO reserved_name VALUES ('مطعم البحر الأحمر', 'the register');

-- What partners poll: a line for every change, never changed again but for the partner's receipt (taken_at).
CREATE TABLE application_status (
    status_no bigserial PRIMARY KEY,
    partner_ref varchar(60),
    status varchar(8),
    licence_no integer,
    issued_on char(10),
    expires_on char(10),
    code varchar(8),
    words_ar text,
    words_en text,
    decided_at timestamp,
    taken_at timestamp
);
CREATE INDEX application_status_waiting ON application_status (status_no) WHERE taken_at IS NULL;

-- The rules of the house.
CREATE FUNCTION check_house() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    closed varchar := (SELECT value FROM house WHERE rule = 'closed');
    slow varchar := (SELECT value FROM house WHERE rule = 'slow');
BEGIN
    IF closed IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = closed, MESSAGE = closed || ': النظام مغلق للنسخ الاحتياطي الليلي';
    END IF;
    IF slow IS NOT NULL THEN
        PERFORM pg_sleep(slow::numeric);
    END IF;
END $$;

CREATE FUNCTION check_application() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted varchar;
    known activity;
BEGIN
    IF NEW.kind = 'R' THEN
        IF EXISTS (SELECT FROM licence WHERE licence_no = NEW.licence_no AND blocked) THEN
            RAISE EXCEPTION USING ERRCODE = 'EC212', MESSAGE = 'EC212: الرخصة موقوفة بقرار من الدائرة';
        ELSIF NOT EXISTS (SELECT FROM licence WHERE licence_no = NEW.licence_no AND revoked_at IS NULL) THEN
            RAISE EXCEPTION USING ERRCODE = 'EC211', MESSAGE = 'EC211: رقم الرخصة غير موجود';
        END IF;
        RETURN NEW;
    END IF;
    FOREACH wanted IN ARRAY string_to_array(NEW.activities, ',') LOOP
        SELECT * INTO known FROM activity WHERE code = wanted;
        IF NOT FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'EC202', MESSAGE = 'EC202: رمز النشاط غير معروف';
        ELSIF NOT known.allowed THEN
            RAISE EXCEPTION USING ERRCODE = 'EC203', MESSAGE = 'EC203: النشاط غير مسموح به';
        END IF;
    END LOOP;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO reserved_name VALUES (NEW.trade_name_ar, NEW.partner_ref);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER application_check BEFORE INSERT OR UPDATE OF activities ON application
    FOR EACH ROW EXECUTE FUNCTION check_application();

CREATE FUNCTION note_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO application_status
        (partner_ref, status, licence_no, issued_on, expires_on, code, words_ar, words_en, decided_at)
    VALUES (NEW.partner_ref, NEW.status, NEW.licence_no, to_char(NEW.issued_on, 'DD/MM/YYYY'),
        to_char(NEW.expires_on, 'DD/MM/YYYY'), NEW.code, NEW.words_ar, NEW.words_en, NEW.decided_at);
    RETURN NEW;
END $$;
CREATE TRIGGER application_status_noted AFTER INSERT OR UPDATE OF status ON application
    FOR EACH ROW EXECUTE FUNCTION note_status();

-- What an officer decides, by hand or at once by the system: 30 approved, 40 refused, 50 more is needed.
CREATE FUNCTION decide(p_ref varchar, p_status char(2), p_code varchar, p_words_ar varchar, p_words_en varchar)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    a application;
BEGIN
    SELECT * INTO STRICT a FROM application WHERE partner_ref = p_ref FOR UPDATE;
    IF p_status = '30' AND a.kind = 'I' THEN
        a.licence_no := nextval('licence_numbers');
        a.issued_on := current_date;
        a.expires_on := current_date + interval '1 year';
        INSERT INTO licence VALUES (a.licence_no, a.trade_name_ar, a.issued_on, a.expires_on);
    ELSIF p_status = '30' THEN
        UPDATE licence SET expires_on = expires_on + make_interval(years => a.years) WHERE licence_no = a.licence_no
            RETURNING issued_on, expires_on INTO a.issued_on, a.expires_on;
    END IF;
    UPDATE application SET status = p_status, licence_no = a.licence_no, issued_on = a.issued_on,
        expires_on = a.expires_on, code = p_code, words_ar = p_words_ar, words_en = p_words_en,
        decided_at = localtimestamp WHERE partner_ref = p_ref;
    IF p_status = '40' THEN
        DELETE FROM reserved_name WHERE partner_ref = p_ref;
    END IF;
END $$;

-- For partners. What is known under the reference already is answered as it stands.
CREATE FUNCTION application_answer(p_ref varchar) RETURNS SETOF application LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    a application;
    garbage varchar := (SELECT value FROM house WHERE rule = 'garbage');
BEGIN
    SELECT * INTO STRICT a FROM application WHERE partner_ref = p_ref;
    IF garbage = 'nulls' THEN
        a.status := NULL;
    ELSIF garbage = 'status' THEN
        a.status := '77';
    ELSIF garbage = 'number' THEN
        a.licence_no := -1;
    ELSIF garbage = 'charset' THEN
        a.words_ar := convert_from('\xd8b1d8aed8b5d8a9', 'LATIN1');
    ELSIF garbage = 'huge' THEN
        a.words_ar := NULL;
        a.words_en := NULL;
        a.code := NULL;
        RETURN QUERY SELECT a.* FROM generate_series(1, 100000);
        RETURN;
    END IF;
    RETURN NEXT a;
END $$;

CREATE FUNCTION issue_licence(
    p_ref varchar, p_owner_name_ar varchar, p_owner_name_en varchar, p_owner_id varchar, p_partners_ar varchar,
    p_legal_form char(2), p_trade_name_ar varchar, p_trade_name_en varchar, p_activities varchar, p_capital numeric,
    p_makani_no char(10)
) RETURNS SETOF application LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    known application;
    fresh boolean;
BEGIN
    PERFORM check_house();
    INSERT INTO partner_reference VALUES (p_ref) ON CONFLICT DO NOTHING;
    INSERT INTO application (partner_ref, kind, owner_name_ar, owner_name_en, owner_id, partners_ar, legal_form,
        trade_name_ar, trade_name_en, activities, capital, makani_no, status)
    SELECT p_ref, 'I', p_owner_name_ar, p_owner_name_en, p_owner_id, p_partners_ar, p_legal_form, p_trade_name_ar,
        p_trade_name_en, p_activities, p_capital, p_makani_no, '10'
    WHERE NOT EXISTS (SELECT FROM application WHERE partner_ref = p_ref);
    fresh := FOUND;
    SELECT * INTO STRICT known FROM application WHERE partner_ref = p_ref FOR UPDATE;
    IF known.kind <> 'I' OR known.trade_name_ar <> p_trade_name_ar THEN
        RAISE EXCEPTION USING ERRCODE = 'EC409', MESSAGE = 'EC409: المرجع مستخدم لطلب آخر';
    END IF;
    IF NOT fresh AND known.status = '50' THEN
        UPDATE application SET capital = p_capital, activities = p_activities, status = '10' WHERE partner_ref = p_ref;
        fresh := true;
    END IF;
    IF fresh AND p_legal_form = 'LL' AND p_capital IS NULL THEN
        PERFORM decide(p_ref, '50', 'EC501', 'يرجى تحديد رأس مال الشركة', 'Please state the company''s capital');
    ELSIF fresh AND EXISTS (SELECT FROM activity WHERE by_officer AND code = ANY (string_to_array(p_activities, ','))) THEN
        PERFORM decide(p_ref, '20', NULL, 'الطلب قيد الدراسة', 'The application is under review');
    ELSIF fresh THEN
        PERFORM decide(p_ref, '30', NULL, 'تم إصدار الرخصة', 'The licence is issued');
    END IF;
    RETURN QUERY SELECT * FROM application_answer(p_ref);
END $$;

CREATE FUNCTION renew_licence(p_ref varchar, p_holder_ar varchar, p_licence_no integer, p_years smallint)
RETURNS SETOF application LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    known application;
    fresh boolean;
BEGIN
    PERFORM check_house();
    INSERT INTO partner_reference VALUES (p_ref) ON CONFLICT DO NOTHING;
    INSERT INTO application (partner_ref, kind, owner_name_ar, licence_no, years, status)
    SELECT p_ref, 'R', p_holder_ar, p_licence_no, p_years, '10'
    WHERE NOT EXISTS (SELECT FROM application WHERE partner_ref = p_ref);
    fresh := FOUND;
    SELECT * INTO STRICT known FROM application WHERE partner_ref = p_ref FOR UPDATE;
    IF known.kind <> 'R' OR known.licence_no <> p_licence_no OR known.years <> p_years THEN
        RAISE EXCEPTION USING ERRCODE = 'EC409', MESSAGE = 'EC409: المرجع مستخدم لطلب آخر';
    END IF;
    IF fresh AND EXISTS (SELECT FROM licence WHERE licence_no = p_licence_no AND fines) THEN
        PERFORM decide(p_ref, '20', NULL, 'على الرخصة مخالفات قيد المراجعة', 'Fines on the licence are under review');
    ELSIF fresh THEN
        PERFORM decide(p_ref, '30', NULL, 'تم تجديد الرخصة', 'The licence is renewed');
    END IF;
    RETURN QUERY SELECT * FROM application_answer(p_ref);
END $$;

-- Undoes an application of either kind, pending or decided. Repeated, it answers the first date; nothing if unknown.
CREATE FUNCTION revoke_application(p_ref varchar) RETURNS timestamp LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    a application;
BEGIN
    PERFORM check_house();
    SELECT * INTO a FROM application WHERE partner_ref = p_ref FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    ELSIF a.status = '90' THEN
        RETURN a.decided_at;
    END IF;
    IF a.status = '30' AND a.kind = 'I' THEN
        UPDATE licence SET revoked_at = localtimestamp WHERE licence_no = a.licence_no;
    ELSIF a.status = '30' THEN
        UPDATE licence SET expires_on = expires_on - make_interval(years => a.years) WHERE licence_no = a.licence_no;
    END IF;
    DELETE FROM reserved_name WHERE partner_ref = p_ref;
    UPDATE application SET status = '90', code = 'PARTNER', words_ar = 'أُلغي بطلب من الشريك',
        words_en = 'Revoked at the partner''s request', decided_at = date_trunc('second', localtimestamp)
        WHERE partner_ref = p_ref RETURNING decided_at INTO a.decided_at;
    RETURN a.decided_at;
END $$;

-- The partner's receipt for a line of application_status.
CREATE FUNCTION acknowledge_status(p_status_no bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    UPDATE application_status SET taken_at = localtimestamp WHERE status_no = p_status_no AND taken_at IS NULL;
END $$;
