//! The statements, in both dialects: everything this adapter ever says to the database. Literals only.
//!
//! Legacy text goes in and comes out as bytes, as they stand in the columns: neither database knows the code page of its own
//! texts, and must convert none. PostgreSQL is told so by its own encoding's name; MariaDB takes bytes as they are.
//!
//! What the department could make arbitrarily long is cut by the statement at one byte more than may come, so that the cut
//! is seen.

use jisr_adapter::connectors::sql::Dialect;

/// A procedure of the department.
#[derive(Clone, Copy, Debug)]
pub struct Procedure {
    /// The call.
    pub call: &'static str,
    /// What is asked afterwards, on the same connection, where the call has no answer of its own.
    pub answer: Option<&'static str>,
}

/// Everything that is said in one dialect.
#[derive(Debug)]
pub struct Statements {
    /// Reference, then as [`crate::messages::Issue`].
    pub issue: Procedure,
    /// Reference, then as [`crate::messages::Renewal`].
    pub renew: Procedure,
    /// Reference.
    pub revoke: Procedure,
    /// Lines of the status table that wait for a receipt, beyond this number, in order.
    pub waiting: &'static str,
    /// The receipt for one line.
    pub acknowledge: &'static str,
}

impl Statements {
    /// In this dialect.
    #[must_use]
    pub fn of(dialect: Dialect) -> &'static Self {
        match dialect {
            Dialect::Postgres => &POSTGRES,
            Dialect::MariaDb => &MARIADB,
        }
    }
}

/// The columns of an answer of PostgreSQL, as [`crate::messages::Decision`] reads them.
macro_rules! postgres_answer {
    ($from:literal) => {
        concat!(
            "SELECT status::text, licence_no::bigint, to_char(issued_on, 'DD/MM/YYYY'), ",
            "to_char(expires_on, 'DD/MM/YYYY'), code::text, ",
            "substring(convert_to(words_ar, getdatabaseencoding()) FROM 1 FOR 4001), ",
            "substring(convert_to(words_en, getdatabaseencoding()) FROM 1 FOR 4001), ",
            "to_char(decided_at, 'YYYY-MM-DD\"T\"HH24:MI:SS') FROM ",
            $from
        )
    };
}

const POSTGRES: Statements = Statements {
    issue: Procedure {
        call: postgres_answer!(
            "issue_licence($1, convert_from($2, getdatabaseencoding()), convert_from($3, getdatabaseencoding()), $4, \
             convert_from($5, getdatabaseencoding()), $6, convert_from($7, getdatabaseencoding()), \
             convert_from($8, getdatabaseencoding()), $9, $10::numeric, $11)"
        ),
        answer: None,
    },
    renew: Procedure {
        call: postgres_answer!("renew_licence($1, convert_from($2, getdatabaseencoding()), $3::integer, $4::smallint)"),
        answer: None,
    },
    revoke: Procedure { call: "SELECT to_char(revoke_application($1), 'YYYY-MM-DD\"T\"HH24:MI:SS')", answer: None },
    waiting: "SELECT status_no, partner_ref::text, status::text, licence_no::bigint, issued_on::text, expires_on::text, \
              code::text, substring(convert_to(words_ar, getdatabaseencoding()) FROM 1 FOR 4001), \
              substring(convert_to(words_en, getdatabaseencoding()) FROM 1 FOR 4001), \
              to_char(decided_at, 'YYYY-MM-DD\"T\"HH24:MI:SS') \
              FROM application_status WHERE taken_at IS NULL AND status_no > $1 ORDER BY status_no LIMIT 50",
    acknowledge: "SELECT acknowledge_status($1)",
};

/// An answer of MariaDB comes in variables of the session: what a procedure selects could not be cut.
const MARIADB_ANSWER: &str = "SELECT CAST(@status AS CHAR(8)), CAST(@licence_no AS SIGNED), \
     DATE_FORMAT(@issued_on, '%d/%m/%Y'), DATE_FORMAT(@expires_on, '%d/%m/%Y'), CAST(@code AS CHAR(8)), \
     LEFT(CAST(@words_ar AS BINARY), 4001), LEFT(CAST(@words_en AS BINARY), 4001), \
     DATE_FORMAT(@decided_at, '%Y-%m-%dT%H:%i:%s')";

const MARIADB: Statements = Statements {
    issue: Procedure {
        call: "CALL issue_licence(?, ?, ?, ?, ?, ?, ?, ?, ?, CAST(? AS DECIMAL(14, 2)), ?, \
               @status, @licence_no, @issued_on, @expires_on, @code, @words_ar, @words_en, @decided_at)",
        answer: Some(MARIADB_ANSWER),
    },
    renew: Procedure {
        call: "CALL renew_licence(?, ?, ?, ?, \
               @status, @licence_no, @issued_on, @expires_on, @code, @words_ar, @words_en, @decided_at)",
        answer: Some(MARIADB_ANSWER),
    },
    revoke: Procedure {
        call: "CALL revoke_application(?, @revoked_at)",
        answer: Some("SELECT DATE_FORMAT(@revoked_at, '%Y-%m-%dT%H:%i:%s')"),
    },
    waiting: "SELECT status_no, CAST(partner_ref AS CHAR(60)), CAST(status AS CHAR(8)), CAST(licence_no AS SIGNED), \
              CAST(issued_on AS CHAR(10)), CAST(expires_on AS CHAR(10)), CAST(code AS CHAR(8)), \
              LEFT(CAST(words_ar AS BINARY), 4001), LEFT(CAST(words_en AS BINARY), 4001), \
              DATE_FORMAT(decided_at, '%Y-%m-%dT%H:%i:%s') \
              FROM application_status WHERE taken_at IS NULL AND status_no > ? ORDER BY status_no LIMIT 50",
    acknowledge: "CALL acknowledge_status(?)",
};
