//! What an error of the database means, by SQLSTATE (ISO/IEC 9075) and, for MariaDB and MySQL, by number. Pure.

/// The database's no to what was asked: nothing of it was done.
#[derive(Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What kind of no.
    pub kind: RefusalKind,
    /// Five characters; MySQL leaves it out at times.
    pub sqlstate: String,
    /// MariaDB's and MySQL's own number.
    pub number: Option<u16>,
    /// The constraint or key that was violated, if the database says.
    pub constraint: Option<String>,
    /// The database's or the procedure's words, as they came. They may quote values, so they are not for logs.
    pub message: String,
}

/// The kinds of no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// A rule of the tables.
    Constraint(ConstraintKind),
    /// Raised on purpose by a procedure or trigger (`RAISE EXCEPTION`, `SIGNAL`).
    Raised,
}

/// The rules tables know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConstraintKind {
    /// It is there already.
    Unique,
    /// What it refers to is not there, or is still referred to.
    ForeignKey,
    /// A value is missing.
    NotNull,
    /// A value is not allowed.
    Check,
    /// Two rows exclude each other, or another rule.
    Other,
}

impl std::fmt::Debug for Refusal {
    /// Without the message.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Refusal")
            .field("kind", &self.kind)
            .field("sqlstate", &self.sqlstate)
            .field("number", &self.number)
            .field("constraint", &self.constraint)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Display for Refusal {
    /// Without the message.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SQLSTATE {}", self.sqlstate)?;
        self.number.map_or(Ok(()), |number| write!(f, ", error {number}"))?;
        self.constraint.as_ref().map_or(Ok(()), |constraint| write!(f, ", constraint {constraint}"))
    }
}

/// Why the database could not do what was asked, where it did not mean no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Our account is not let in: password expired or changed, account locked.
    Credentials,
    /// It takes nobody just now: starting, stopping, read-only, full.
    Closed,
    /// A limit of time ran out there.
    Slow,
    /// Somebody else was first: deadlock or serialisation.
    Contention,
    /// Our account may not do that.
    Permission,
    /// A statement does not fit what is there: a procedure or column has another name or shape.
    Definition,
    /// A value does not fit its column.
    Value,
    /// Anything else.
    Other,
}

/// What an error of the database says, whichever database.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said<'a> {
    pub(super) sqlstate: &'a str,
    /// MariaDB and MySQL.
    pub(super) number: Option<u16>,
    /// PostgreSQL: raised by a procedure's own statement.
    pub(super) raised: bool,
}

/// A no, or trouble.
pub(super) fn judge(said: Said<'_>) -> Result<RefusalKind, Trouble> {
    match said.number {
        Some(number) => of_number(number, said.sqlstate),
        None if said.raised => Ok(RefusalKind::Raised),
        None => of_sqlstate(said.sqlstate),
    }
}

/// MariaDB and MySQL put most of what matters here under HY000, so the number decides.
fn of_number(number: u16, sqlstate: &str) -> Result<RefusalKind, Trouble> {
    use ConstraintKind::{Check, ForeignKey, NotNull, Unique};
    let constraint = |kind| Ok(RefusalKind::Constraint(kind));
    match number {
        // A procedure may signal under a number of its own; 45 is the class for that.
        _ if sqlstate.starts_with("45") => Ok(RefusalKind::Raised),
        1022 | 1062 | 1169 | 1586 | 1859 => constraint(Unique),
        1216 | 1217 | 1451 | 1452 => constraint(ForeignKey),
        1048 | 1364 => constraint(NotNull),
        3819 => constraint(Check),
        4025 if sqlstate == "23000" => constraint(Check),
        1044 | 1045 | 1698 | 1820 | 1862 | 4151 => Err(Trouble::Credentials),
        1040 | 1053 | 1129 | 1203 | 1226 | 1290 | 1021 | 1114 | 1792 | 1836 | 1927 => Err(Trouble::Closed),
        1205 | 1969 | 3024 => Err(Trouble::Slow),
        1213 | 1020 => Err(Trouble::Contention),
        1142 | 1143 | 1227 | 1370 => Err(Trouble::Permission),
        1264 | 1265 | 1292 | 1366 | 1406 | 1411 => Err(Trouble::Value),
        _ => of_sqlstate(sqlstate),
    }
}

fn of_sqlstate(sqlstate: &str) -> Result<RefusalKind, Trouble> {
    use ConstraintKind::{Check, ForeignKey, NotNull, Other, Unique};
    let class = sqlstate.get(..2).unwrap_or_default();
    match (sqlstate, class) {
        ("23505", _) => Ok(RefusalKind::Constraint(Unique)),
        ("23503" | "23001", _) => Ok(RefusalKind::Constraint(ForeignKey)),
        ("23502", _) => Ok(RefusalKind::Constraint(NotNull)),
        ("23514", _) => Ok(RefusalKind::Constraint(Check)),
        (_, "23") => Ok(RefusalKind::Constraint(Other)),
        ("P0001", _) => Ok(RefusalKind::Raised),
        // A name or number that is nobody's any more is put right as a password is: in one place, for every call.
        ("42501", _) => Err(Trouble::Permission),
        ("3D000" | "55000", _) | (_, "28") => Err(Trouble::Credentials),
        ("57014" | "55P03" | "25P03" | "25P04", _) => Err(Trouble::Slow),
        ("25006", _) | (_, "08" | "53" | "57" | "58") => Err(Trouble::Closed),
        (_, "40") => Err(Trouble::Contention),
        (_, "42" | "0A" | "0B" | "26" | "34") => Err(Trouble::Definition),
        (_, "22" | "21") => Err(Trouble::Value),
        _ => Err(Trouble::Other),
    }
}

/// Whether an error answered to COMMIT itself proves that the transaction was rolled back.
pub(super) fn proves_rollback(said: Said<'_>, severe: bool) -> bool {
    match said.number {
        None if said.sqlstate == "40003" => false,
        // PostgreSQL: an ERROR aborts the transaction; what ends the session may come when it has been committed. That an
        // idle transaction took too long is said by a server that ended it before it read our COMMIT.
        None => !severe || matches!(said.sqlstate, "25P03" | "25P04"),
        Some(_) => judge(said).is_ok() || matches!(judge(said), Err(Trouble::Contention)),
    }
}

/// The key in `Duplicate entry '…' for key 'name'`. The entry is a value of somebody's and may hold quotes itself.
pub(super) fn key_of_duplicate(message: &str) -> Option<String> {
    let key = message.strip_suffix('\'')?.rsplit_once(" for key '")?.1;
    // MySQL 8 puts the table before it.
    Some(key.rsplit_once('.').map_or(key, |(_, key)| key).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn postgres(sqlstate: &str) -> Said<'_> {
        Said { sqlstate, number: None, raised: false }
    }

    fn mariadb(number: u16, sqlstate: &str) -> Said<'_> {
        Said { sqlstate, number: Some(number), raised: false }
    }

    #[test]
    fn every_kind_of_no_and_of_trouble_is_told_apart() {
        use ConstraintKind::{Check, ForeignKey, NotNull, Unique};
        use RefusalKind::{Constraint, Raised};
        for (said, expected) in [
            (postgres("23505"), Ok(Constraint(Unique))),
            (postgres("23503"), Ok(Constraint(ForeignKey))),
            (postgres("23502"), Ok(Constraint(NotNull))),
            (postgres("23514"), Ok(Constraint(Check))),
            (postgres("23P01"), Ok(Constraint(ConstraintKind::Other))),
            (postgres("P0001"), Ok(Raised)),
            (Said { raised: true, ..postgres("EC203") }, Ok(Raised)),
            (postgres("EC203"), Err(Trouble::Other)),
            (postgres("28P01"), Err(Trouble::Credentials)),
            (postgres("57P03"), Err(Trouble::Closed)),
            (postgres("53300"), Err(Trouble::Closed)),
            (postgres("25006"), Err(Trouble::Closed)),
            (postgres("57014"), Err(Trouble::Slow)),
            (postgres("40P01"), Err(Trouble::Contention)),
            (postgres("42501"), Err(Trouble::Permission)),
            (postgres("42883"), Err(Trouble::Definition)),
            (postgres("22001"), Err(Trouble::Value)),
            (postgres("XX000"), Err(Trouble::Other)),
            (postgres(""), Err(Trouble::Other)),
            (mariadb(1062, "23000"), Ok(Constraint(Unique))),
            (mariadb(1452, "23000"), Ok(Constraint(ForeignKey))),
            (mariadb(1048, "23000"), Ok(Constraint(NotNull))),
            (mariadb(4025, "23000"), Ok(Constraint(Check))),
            (mariadb(1644, "45000"), Ok(Raised)),
            (mariadb(30203, "45000"), Ok(Raised)),
            (mariadb(1045, "28000"), Err(Trouble::Credentials)),
            (mariadb(1040, "08004"), Err(Trouble::Closed)),
            (mariadb(1053, "08S01"), Err(Trouble::Closed)),
            (mariadb(1969, "70100"), Err(Trouble::Slow)),
            (mariadb(1205, "HY000"), Err(Trouble::Slow)),
            (mariadb(1213, "40001"), Err(Trouble::Contention)),
            (mariadb(1370, "42000"), Err(Trouble::Permission)),
            (mariadb(1305, "42000"), Err(Trouble::Definition)),
            (mariadb(1406, "22001"), Err(Trouble::Value)),
            (mariadb(1105, "HY000"), Err(Trouble::Other)),
        ] {
            assert_eq!(judge(said), expected, "{said:?}");
        }
    }

    #[test]
    fn only_what_proves_it_makes_a_commit_certainly_undone() {
        assert!(proves_rollback(postgres("23505"), false), "a deferred constraint");
        assert!(proves_rollback(postgres("40001"), false));
        assert!(!proves_rollback(postgres("40003"), false), "completion unknown, it says");
        assert!(!proves_rollback(postgres("57P01"), true), "ended, perhaps behind the commit");
        assert!(proves_rollback(postgres("25P03"), true), "idle in transaction");
        assert!(proves_rollback(mariadb(1213, "40001"), false), "certification failed");
        assert!(proves_rollback(mariadb(1644, "45000"), false));
        assert!(!proves_rollback(mariadb(1180, "HY000"), false));
        assert!(!proves_rollback(mariadb(1053, "08S01"), false));
    }

    #[test]
    fn the_key_of_a_duplicate_is_found_behind_any_entry() {
        let key = |entry: &str, key: &str| key_of_duplicate(&format!("Duplicate entry '{entry}' for key '{key}'"));
        assert_eq!(key("x", "trade_name_reserved").as_deref(), Some("trade_name_reserved"));
        assert_eq!(key("it's for key 'me'", "licence.reference").as_deref(), Some("reference"));
        assert_eq!(key_of_duplicate("something else"), None);
    }

    #[test]
    fn words_that_may_quote_a_customer_are_not_printed() {
        let refusal = Refusal {
            kind: RefusalKind::Constraint(ConstraintKind::Unique),
            sqlstate: "23505".into(),
            number: None,
            constraint: Some("name".into()),
            message: "Key (name)=(سر) already exists".into(),
        };
        assert_eq!(refusal.to_string(), "SQLSTATE 23505, constraint name");
        assert!(!format!("{refusal:?}").contains("سر"));
    }
}
