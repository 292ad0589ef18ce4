-- Business licensing as the department keeps it, on MariaDB: the same house as postgres.sql, in MariaDB's own ways: texts are
-- windows-1256 in columns of latin1, answers of procedures come in OUT parameters, errors are signalled under SQLSTATE 45000.
--
-- Whoever changes one of the two files changes the other.

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
    revoked_at datetime
);
INSERT INTO licence VALUES
    (780123, 'مطعم البحر الأحمر', '2020-03-01', '2026-03-01', false, false, NULL),
    (780150, 'مكتبة الفهيدي', '2019-07-15', '2026-07-15', true, false, NULL),
    (780199, 'ورشة السطوة', '2018-01-10', '2026-01-10', false, true, NULL);

-- One application of a partner. The partner's reference is the key: whatever is sent twice is there once.
CREATE TABLE application (
    application_no bigint AUTO_INCREMENT PRIMARY KEY,
    partner_ref varchar(60) NOT NULL,
    kind char(1) NOT NULL CHECK (kind IN ('I', 'R')),
    owner_name_ar varchar(120) NOT NULL,
    owner_name_en varchar(120),
    owner_id varchar(20),
    partners_ar varchar(400),
    legal_form char(2) CHECK (legal_form IN ('SE', 'CC', 'LL', 'BR')),
    trade_name_ar varchar(120),
    trade_name_en varchar(120),
    activities varchar(79),
    capital decimal(14, 2),
    makani_no char(10),
    licence_no integer,
    years smallint,
    status char(2) NOT NULL,
    issued_on date,
    expires_on date,
    code varchar(8),
    words_ar varchar(400),
    words_en varchar(400),
    decided_at datetime,
    UNIQUE KEY application_partner_ref (partner_ref)
);

-- Taken before anything else, so that of two who come at once with one reference the second waits, and finds it there.
CREATE TABLE partner_reference (partner_ref varchar(60) PRIMARY KEY);

CREATE TABLE reserved_name (
    trade_name_ar varchar(120) NOT NULL,
    partner_ref varchar(60) NOT NULL,
    UNIQUE KEY trade_name_reserved (trade_name_ar)
);
INSERT INTO reserved_name VALUES ('مطعم البحر الأحمر', 'the register');

-- What partners poll: a line for every change, never changed again but for the partner's receipt (taken_at).
CREATE TABLE application_status (
    status_no bigint AUTO_INCREMENT PRIMARY KEY,
    partner_ref varchar(60),
    status varchar(8),
    licence_no integer,
    issued_on char(10),
    expires_on char(10),
    code varchar(8),
    words_ar longtext,
    words_en longtext,
    decided_at datetime,
    taken_at datetime,
    KEY application_status_waiting (taken_at, status_no)
);

DELIMITER //

-- The rules of the house.
CREATE PROCEDURE check_house()
BEGIN
    DECLARE closed varchar(40) DEFAULT (SELECT value FROM house WHERE rule = 'closed');
    DECLARE slow varchar(40) DEFAULT (SELECT value FROM house WHERE rule = 'slow');
    DECLARE words varchar(128);
    DECLARE slept integer;
    IF closed IS NOT NULL THEN
        SET words = CONCAT(closed, ': النظام مغلق للنسخ الاحتياطي الليلي');
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = words;
    END IF;
    IF slow IS NOT NULL THEN
        SET slept = SLEEP(slow);
    END IF;
END //

CREATE PROCEDURE check_activities(p_activities varchar(79))
BEGIN
    DECLARE rest varchar(80) DEFAULT CONCAT(p_activities, ',');
    DECLARE is_allowed boolean;
    WHILE rest <> '' DO
        SET is_allowed = (SELECT allowed FROM activity WHERE code = SUBSTRING_INDEX(rest, ',', 1));
        IF is_allowed IS NULL THEN
            SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'EC202: رمز النشاط غير معروف';
        ELSEIF NOT is_allowed THEN
            SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'EC203: النشاط غير مسموح به';
        END IF;
        SET rest = SUBSTRING(rest, LOCATE(',', rest) + 1);
    END WHILE;
END //

CREATE TRIGGER application_check BEFORE INSERT ON application FOR EACH ROW
BEGIN
    IF NEW.kind = 'R' THEN
        IF EXISTS (SELECT 1 FROM licence WHERE licence_no = NEW.licence_no AND blocked) THEN
            SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'EC212: الرخصة موقوفة بقرار من الدائرة';
        ELSEIF NOT EXISTS (SELECT 1 FROM licence WHERE licence_no = NEW.licence_no AND revoked_at IS NULL) THEN
            SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'EC211: رقم الرخصة غير موجود';
        END IF;
    ELSE
        CALL check_activities(NEW.activities);
        INSERT INTO reserved_name VALUES (NEW.trade_name_ar, NEW.partner_ref);
    END IF;
END //

CREATE TRIGGER application_check_again BEFORE UPDATE ON application FOR EACH ROW
BEGIN
    IF NEW.kind = 'I' AND NEW.activities <> OLD.activities THEN
        CALL check_activities(NEW.activities);
    END IF;
END //

CREATE TRIGGER application_status_noted AFTER INSERT ON application FOR EACH ROW
BEGIN
    INSERT INTO application_status (partner_ref, status) VALUES (NEW.partner_ref, NEW.status);
END //

CREATE TRIGGER application_status_noted_again AFTER UPDATE ON application FOR EACH ROW
BEGIN
    INSERT INTO application_status
        (partner_ref, status, licence_no, issued_on, expires_on, code, words_ar, words_en, decided_at)
    VALUES (NEW.partner_ref, NEW.status, NEW.licence_no, DATE_FORMAT(NEW.issued_on, '%d/%m/%Y'),
        DATE_FORMAT(NEW.expires_on, '%d/%m/%Y'), NEW.code, NEW.words_ar, NEW.words_en, NEW.decided_at);
END //

-- What an officer decides, by hand or at once by the system: 30 approved, 40 refused, 50 more is needed.
CREATE PROCEDURE decide(p_ref varchar(60), p_status char(2), p_code varchar(8), p_words_ar varchar(400),
    p_words_en varchar(400))
BEGIN
    DECLARE a ROW TYPE OF application;
    SELECT * INTO a FROM application WHERE partner_ref = p_ref FOR UPDATE;
    IF p_status = '30' AND a.kind = 'I' THEN
        SET a.licence_no = NEXT VALUE FOR licence_numbers;
        SET a.issued_on = CURRENT_DATE;
        SET a.expires_on = CURRENT_DATE + INTERVAL 1 YEAR;
        INSERT INTO licence (licence_no, trade_name_ar, issued_on, expires_on)
        VALUES (a.licence_no, a.trade_name_ar, a.issued_on, a.expires_on);
    ELSEIF p_status = '30' THEN
        UPDATE licence SET expires_on = expires_on + INTERVAL a.years YEAR WHERE licence_no = a.licence_no;
        SET a.issued_on = (SELECT issued_on FROM licence WHERE licence_no = a.licence_no);
        SET a.expires_on = (SELECT expires_on FROM licence WHERE licence_no = a.licence_no);
    END IF;
    UPDATE application SET status = p_status, licence_no = a.licence_no, issued_on = a.issued_on,
        expires_on = a.expires_on, code = p_code, words_ar = p_words_ar, words_en = p_words_en,
        decided_at = LOCALTIMESTAMP WHERE partner_ref = p_ref;
    IF p_status = '40' THEN
        DELETE FROM reserved_name WHERE partner_ref = p_ref;
    END IF;
END //

-- For partners. What is known under the reference already is answered as it stands.
CREATE PROCEDURE application_answer(p_ref varchar(60), OUT p_status char(2), OUT p_licence integer, OUT p_issued date,
    OUT p_expires date, OUT p_code varchar(8), OUT p_words_ar longtext, OUT p_words_en varchar(400),
    OUT p_decided datetime)
BEGIN
    DECLARE garbage varchar(40) DEFAULT (SELECT value FROM house WHERE rule = 'garbage');
    SELECT status, licence_no, issued_on, expires_on, code, words_ar, words_en, decided_at
    INTO p_status, p_licence, p_issued, p_expires, p_code, p_words_ar, p_words_en, p_decided
    FROM application WHERE partner_ref = p_ref FOR UPDATE;
    IF garbage = 'nulls' THEN
        SET p_status = NULL;
    ELSEIF garbage = 'status' THEN
        SET p_status = '77';
    ELSEIF garbage = 'number' THEN
        SET p_licence = -1;
    ELSEIF garbage = 'charset' THEN
        SET p_words_ar = CONVERT(x'd8b1d8aed8b5d8a9' USING latin1);
    ELSEIF garbage = 'huge' THEN
        SET p_words_ar = REPEAT('ن', 5000000);
    END IF;
END //

CREATE PROCEDURE issue_licence(
    p_ref varchar(60), p_owner_name_ar varchar(120), p_owner_name_en varchar(120), p_owner_id varchar(20),
    p_partners_ar varchar(400), p_legal_form char(2), p_trade_name_ar varchar(120), p_trade_name_en varchar(120),
    p_activities varchar(79), p_capital decimal(14, 2), p_makani_no char(10),
    OUT p_status char(2), OUT p_licence integer, OUT p_issued date, OUT p_expires date, OUT p_code varchar(8),
    OUT p_words_ar longtext, OUT p_words_en varchar(400), OUT p_decided datetime
)
BEGIN
    DECLARE known ROW TYPE OF application;
    DECLARE fresh boolean DEFAULT false;
    DECLARE no_row boolean DEFAULT false;
    CALL check_house();
    INSERT IGNORE INTO partner_reference VALUES (p_ref);
    BEGIN
        DECLARE CONTINUE HANDLER FOR NOT FOUND SET no_row = true;
        SELECT * INTO known FROM application WHERE partner_ref = p_ref FOR UPDATE;
    END;
    IF no_row THEN
        INSERT INTO application (partner_ref, kind, owner_name_ar, owner_name_en, owner_id, partners_ar, legal_form,
            trade_name_ar, trade_name_en, activities, capital, makani_no, status)
        VALUES (p_ref, 'I', p_owner_name_ar, p_owner_name_en, p_owner_id, p_partners_ar, p_legal_form,
            p_trade_name_ar, p_trade_name_en, p_activities, p_capital, p_makani_no, '10');
        SET fresh = true;
    ELSEIF known.kind <> 'I' OR known.trade_name_ar <> p_trade_name_ar THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'EC409: المرجع مستخدم لطلب آخر';
    ELSEIF known.status = '50' THEN
        UPDATE application SET capital = p_capital, activities = p_activities, status = '10' WHERE partner_ref = p_ref;
        SET fresh = true;
    END IF;
    IF fresh AND p_legal_form = 'LL' AND p_capital IS NULL THEN
        CALL decide(p_ref, '50', 'EC501', 'يرجى تحديد رأس مال الشركة', 'Please state the company''s capital');
    ELSEIF fresh AND EXISTS (SELECT 1 FROM activity WHERE by_officer AND FIND_IN_SET(code, p_activities)) THEN
        CALL decide(p_ref, '20', NULL, 'الطلب قيد الدراسة', 'The application is under review');
    ELSEIF fresh THEN
        CALL decide(p_ref, '30', NULL, 'تم إصدار الرخصة', 'The licence is issued');
    END IF;
    CALL application_answer(p_ref, p_status, p_licence, p_issued, p_expires, p_code, p_words_ar, p_words_en, p_decided);
END //

CREATE PROCEDURE renew_licence(
    p_ref varchar(60), p_holder_ar varchar(120), p_licence_no integer, p_years smallint,
    OUT p_status char(2), OUT p_licence integer, OUT p_issued date, OUT p_expires date, OUT p_code varchar(8),
    OUT p_words_ar longtext, OUT p_words_en varchar(400), OUT p_decided datetime
)
BEGIN
    DECLARE known ROW TYPE OF application;
    DECLARE fresh boolean DEFAULT false;
    DECLARE no_row boolean DEFAULT false;
    CALL check_house();
    INSERT IGNORE INTO partner_reference VALUES (p_ref);
    BEGIN
        DECLARE CONTINUE HANDLER FOR NOT FOUND SET no_row = true;
        SELECT * INTO known FROM application WHERE partner_ref = p_ref FOR UPDATE;
    END;
    IF no_row THEN
        INSERT INTO application (partner_ref, kind, owner_name_ar, licence_no, years, status)
        VALUES (p_ref, 'R', p_holder_ar, p_licence_no, p_years, '10');
        SET fresh = true;
    ELSEIF known.kind <> 'R' OR known.licence_no <> p_licence_no OR known.years <> p_years THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'EC409: المرجع مستخدم لطلب آخر';
    END IF;
    IF fresh AND EXISTS (SELECT 1 FROM licence WHERE licence_no = p_licence_no AND fines) THEN
        CALL decide(p_ref, '20', NULL, 'على الرخصة مخالفات قيد المراجعة', 'Fines on the licence are under review');
    ELSEIF fresh THEN
        CALL decide(p_ref, '30', NULL, 'تم تجديد الرخصة', 'The licence is renewed');
    END IF;
    CALL application_answer(p_ref, p_status, p_licence, p_issued, p_expires, p_code, p_words_ar, p_words_en, p_decided);
END //

-- Undoes an application of either kind, pending or decided. Repeated, it answers the first date; nothing if unknown.
CREATE PROCEDURE revoke_application(p_ref varchar(60), OUT p_revoked_at datetime)
revocation: BEGIN
    DECLARE a ROW TYPE OF application;
    DECLARE no_row boolean DEFAULT false;
    SET p_revoked_at = NULL;
    CALL check_house();
    BEGIN
        DECLARE CONTINUE HANDLER FOR NOT FOUND SET no_row = true;
        SELECT * INTO a FROM application WHERE partner_ref = p_ref FOR UPDATE;
    END;
    IF no_row THEN
        LEAVE revocation;
    ELSEIF a.status = '90' THEN
        SET p_revoked_at = a.decided_at;
        LEAVE revocation;
    END IF;
    IF a.status = '30' AND a.kind = 'I' THEN
        UPDATE licence SET revoked_at = LOCALTIMESTAMP WHERE licence_no = a.licence_no;
    ELSEIF a.status = '30' THEN
        UPDATE licence SET expires_on = expires_on - INTERVAL a.years YEAR WHERE licence_no = a.licence_no;
    END IF;
    DELETE FROM reserved_name WHERE partner_ref = p_ref;
    SET p_revoked_at = LOCALTIMESTAMP;
    UPDATE application SET status = '90', code = 'PARTNER', words_ar = 'أُلغي بطلب من الشريك',
        words_en = 'Revoked at the partner''s request', decided_at = p_revoked_at WHERE partner_ref = p_ref;
END //

-- The partner's receipt for a line of application_status.
CREATE PROCEDURE acknowledge_status(p_status_no bigint)
BEGIN
    UPDATE application_status SET taken_at = LOCALTIMESTAMP WHERE status_no = p_status_no AND taken_at IS NULL;
END //

DELIMITER ;
