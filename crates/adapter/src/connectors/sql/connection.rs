//! One connection, of either kind: the only file that knows the driver. It judges no effect; [`super::work`] does.

use futures::TryStreamExt as _;
use sqlx::mysql::{MySqlConnectOptions, MySqlDatabaseError, MySqlRow, MySqlSslMode};
use sqlx::postgres::{PgConnectOptions, PgDatabaseError, PgRow, PgSeverity, PgSslMode};
use sqlx::{
    AssertSqlSafe, Column as _, ConnectOptions as _, Connection as _, MySqlConnection, PgConnection, Row as _, SqlStr,
    TypeInfo as _, ValueRef as _,
};

use super::error::DatabaseFault;
use super::refusal::{ConstraintKind, Refusal, RefusalKind, Said, judge, key_of_duplicate, proves_rollback};
use super::row::{Argument, Row, Value};
use super::settings::{Dialect, SqlSettings, Trust};

/// An open session with its limits set.
pub(super) enum Connection {
    Postgres(PgConnection),
    MariaDb(MySqlConnection),
}

/// What the driver says, without what it quotes.
pub(super) enum Trial {
    /// The database answered with an error.
    Said(SaidNo),
    /// The connection is not usable any more.
    Broken(Box<dyn std::error::Error + Send + Sync>),
    /// The answer makes no sense.
    Unreadable(String),
    /// More than was allowed.
    TooManyRows,
    Oversized,
}

/// An error of the database, judged.
pub(super) struct SaidNo {
    pub(super) verdict: Result<Refusal, DatabaseFault>,
    /// Answered to COMMIT, it proves that the transaction was rolled back.
    pub(super) proves_rollback: bool,
}

impl Connection {
    pub(super) async fn open(settings: &SqlSettings) -> Result<Self, Trial> {
        let address = &settings.address;
        let session = session(settings);
        let mut connection = match address.dialect {
            Dialect::Postgres => {
                let mut options = PgConnectOptions::new_without_pgpass()
                    .host(&address.host)
                    .port(address.port)
                    .database(&address.database)
                    .username(&settings.username)
                    .password(settings.password.reveal())
                    .application_name("jisr")
                    .ssl_mode(PgSslMode::Disable)
                    .disable_statement_logging();
                if let Trust::Verified { authorities_pem } = &settings.trust {
                    options = options.ssl_mode(PgSslMode::VerifyFull);
                    options = authorities_pem.iter().fold(options, |o, pem| o.ssl_root_cert_from_pem(pem.clone()));
                }
                Self::Postgres(options.connect().await?)
            }
            Dialect::MariaDb => {
                let mut options = MySqlConnectOptions::new()
                    .host(&address.host)
                    .port(address.port)
                    .database(&address.database)
                    .username(&settings.username)
                    .password(settings.password.reveal())
                    .ssl_mode(MySqlSslMode::Disabled)
                    // The department's procedures were written for the department's own modes and time.
                    .pipes_as_concat(false)
                    .timezone(settings.time_zone.map(str::to_owned))
                    .disable_statement_logging();
                if let Trust::Verified { authorities_pem } = &settings.trust {
                    options = options.ssl_mode(MySqlSslMode::VerifyIdentity);
                    options = authorities_pem.iter().fold(options, |o, pem| o.ssl_ca_from_pem(pem.clone()));
                }
                Self::MariaDb(options.connect().await?)
            }
        };
        connection.tell(AssertSqlSafe(session)).await?;
        Ok(connection)
    }

    /// A statement without arguments and without an answer.
    pub(super) async fn tell(&mut self, sql: impl sqlx::SqlSafeStr) -> Result<(), Trial> {
        let sql: SqlStr = sql.into_sql_str();
        match self {
            Self::Postgres(connection) => sqlx::raw_sql(sql).execute(connection).await.map(drop)?,
            Self::MariaDb(connection) => sqlx::raw_sql(sql).execute(connection).await.map(drop)?,
        }
        Ok(())
    }

    /// Opens a transaction.
    pub(super) async fn begin(&mut self) -> Result<(), Trial> {
        match self {
            Self::Postgres(_) => self.tell("BEGIN ISOLATION LEVEL READ COMMITTED").await,
            Self::MariaDb(_) => self.tell("START TRANSACTION").await,
        }
    }

    /// One statement with its arguments: every row of its answer.
    pub(super) async fn run(
        &mut self,
        sql: &'static str,
        arguments: &[Argument],
        max_rows: usize,
        max_bytes: usize,
    ) -> Result<Vec<Row>, Trial> {
        let mut gathered = Gathered { rows: Vec::new(), bytes: 0, max_rows, max_bytes };
        // Prepared anew each time: a plan kept from before the department changed its procedure fails for ever.
        match self {
            Self::Postgres(connection) => {
                let query =
                    arguments.iter().fold(sqlx::query(sql).persistent(false), |query, argument| match argument {
                        Argument::Text(text) => query.bind(text.clone()),
                        Argument::Bytes(bytes) => query.bind(bytes.clone()),
                        Argument::Integer(number) => query.bind(*number),
                    });
                let mut rows = query.fetch(connection);
                while let Some(row) = rows.try_next().await? {
                    gathered.take(of_postgres(&row)?)?;
                }
            }
            Self::MariaDb(connection) => {
                let query =
                    arguments.iter().fold(sqlx::query(sql).persistent(false), |query, argument| match argument {
                        Argument::Text(text) => query.bind(text.clone()),
                        Argument::Bytes(bytes) => query.bind(bytes.clone()),
                        Argument::Integer(number) => query.bind(*number),
                    });
                let mut rows = query.fetch(connection);
                while let Some(row) = rows.try_next().await? {
                    gathered.take(of_mariadb(&row)?)?;
                }
            }
        }
        Ok(gathered.rows)
    }

    /// Says goodbye. Whether the far side hears it does not matter.
    pub(super) async fn close(self) {
        let _ = match self {
            Self::Postgres(connection) => connection.close().await,
            Self::MariaDb(connection) => connection.close().await,
        };
    }
}

/// The limits of a session on the far side, so that what we gave up ends there too, and nobody's notices (which quote
/// values) come over.
fn session(settings: &SqlSettings) -> String {
    let work = settings.work_timeout.as_millis();
    let abandoned = settings.abandoned_after.as_millis();
    match settings.address.dialect {
        // Where the server does not know one of them (client_connection_check_interval came with 14), it is left out.
        Dialect::Postgres => {
            let zone = settings.time_zone.unwrap_or("UTC");
            format!(
                "SELECT set_config(name, wanted, false) FROM (VALUES ('statement_timeout', '{work}ms'), \
                 ('lock_timeout', '{work}ms'), ('idle_in_transaction_session_timeout', '{abandoned}ms'), \
                 ('client_connection_check_interval', '1000ms'), ('client_min_messages', 'error'), \
                 ('TimeZone', '{zone}')) AS limits (name, wanted) JOIN pg_settings USING (name)"
            )
        }
        // Whole seconds where it counts in seconds. MySQL knows no more than the first.
        Dialect::MariaDb => {
            let seconds = |milliseconds: u128| milliseconds.div_ceil(1000);
            let (lock, abandoned) = (seconds(work), seconds(abandoned));
            format!(
                "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; \
                 SET SESSION innodb_lock_wait_timeout = {lock} \
                 /*M!100300 , max_statement_time = {}.{:03}, idle_transaction_timeout = {abandoned} */",
                work / 1000,
                work % 1000
            )
        }
    }
}

struct Gathered {
    rows: Vec<Row>,
    bytes: usize,
    max_rows: usize,
    max_bytes: usize,
}

impl Gathered {
    fn take(&mut self, row: Row) -> Result<(), Trial> {
        self.bytes += row
            .0
            .iter()
            .map(|value| match value {
                Value::Text(text) => text.len(),
                Value::Bytes(bytes) => bytes.len(),
                Value::Null | Value::Integer(_) | Value::Other(_) => 8,
            })
            .sum::<usize>();
        if self.bytes > self.max_bytes {
            return Err(Trial::Oversized);
        }
        if self.rows.len() == self.max_rows {
            return Err(Trial::TooManyRows);
        }
        self.rows.push(row);
        Ok(())
    }
}

fn of_postgres(row: &PgRow) -> Result<Row, Trial> {
    let value = |index: usize| -> Result<Value, Trial> {
        let raw = row.try_get_raw(index)?;
        if raw.is_null() {
            return Ok(Value::Null);
        }
        Ok(match row.column(index).type_info().name() {
            // VOID is what a procedure without an answer answers.
            "VOID" => Value::Null,
            "INT2" => Value::Integer(row.try_get::<i16, _>(index)?.into()),
            "INT4" => Value::Integer(row.try_get::<i32, _>(index)?.into()),
            "INT8" => Value::Integer(row.try_get(index)?),
            "BYTEA" => Value::Bytes(row.try_get(index)?),
            "TEXT" | "VARCHAR" | "CHAR" | "NAME" => match raw.as_bytes().map(std::str::from_utf8) {
                Ok(Ok(text)) => Value::Text(text.to_owned()),
                // From a database that does not care: SQL_ASCII.
                _ => Value::Other("text that is no UTF-8".into()),
            },
            other => Value::Other(other.to_owned()),
        })
    };
    (0..row.len()).map(value).collect::<Result<_, _>>().map(Row)
}

fn of_mariadb(row: &MySqlRow) -> Result<Row, Trial> {
    let value = |index: usize| -> Result<Value, Trial> {
        if row.try_get_raw(index)?.is_null() {
            return Ok(Value::Null);
        }
        Ok(match row.column(index).type_info().name() {
            "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" | "BIGINT" => Value::Integer(row.try_get(index)?),
            "TINYINT UNSIGNED" | "SMALLINT UNSIGNED" | "MEDIUMINT UNSIGNED" | "INT UNSIGNED" | "BIGINT UNSIGNED" => {
                match i64::try_from(row.try_get::<u64, _>(index)?) {
                    Ok(number) => Value::Integer(number),
                    Err(_) => Value::Other("a number beyond 63 bits".into()),
                }
            }
            // The flag that makes the driver call a text binary only says how it sorts, so the type decides, not the name.
            "CHAR" | "VARCHAR" | "TINYTEXT" | "TEXT" | "MEDIUMTEXT" | "LONGTEXT" | "BINARY" | "VARBINARY"
            | "TINYBLOB" | "BLOB" | "MEDIUMBLOB" | "LONGBLOB" => match row.try_get::<String, _>(index) {
                Ok(text) => Value::Text(text),
                Err(_) => Value::Bytes(row.try_get(index)?),
            },
            other => Value::Other(other.to_owned()),
        })
    };
    (0..row.len()).map(value).collect::<Result<_, _>>().map(Row)
}

impl From<sqlx::Error> for Trial {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => {
                if let Some(error) = error.try_downcast_ref::<PgDatabaseError>() {
                    return Self::Said(of_postgres_error(error));
                }
                match error.try_downcast_ref::<MySqlDatabaseError>() {
                    Some(error) => Self::Said(of_mariadb_error(error)),
                    None => Self::Unreadable("an error of neither database".into()),
                }
            }
            sqlx::Error::Io(error) => Self::Broken(error.into()),
            sqlx::Error::Tls(error) => Self::Broken(error),
            sqlx::Error::Configuration(_) => Self::Unreadable("the driver does not take these settings".into()),
            // Their own texts may quote what came.
            sqlx::Error::Protocol(_) => Self::Unreadable("not what the protocol says".into()),
            sqlx::Error::ColumnDecode { index, .. } => Self::Unreadable(format!("column {index} cannot be decoded")),
            sqlx::Error::Encode(_) => Self::Unreadable("an argument cannot be encoded".into()),
            _ => Self::Unreadable("the driver cannot make anything of it".into()),
        }
    }
}

fn of_postgres_error(error: &PgDatabaseError) -> SaidNo {
    let raised = error.routine() == Some("exec_stmt_raise");
    let said = Said { sqlstate: error.code(), number: None, raised };
    let severe = matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic);
    said_no(said, severe, error.constraint().map(str::to_owned), error.message())
}

fn of_mariadb_error(error: &MySqlDatabaseError) -> SaidNo {
    let said = Said { sqlstate: error.code().unwrap_or_default(), number: Some(error.number()), raised: false };
    let unique = Ok(RefusalKind::Constraint(ConstraintKind::Unique));
    let constraint = (judge(said) == unique).then(|| key_of_duplicate(error.message())).flatten();
    said_no(said, false, constraint, error.message())
}

fn said_no(said: Said<'_>, severe: bool, constraint: Option<String>, message: &str) -> SaidNo {
    let (sqlstate, number) = (said.sqlstate.to_owned(), said.number);
    let verdict = match judge(said) {
        Ok(kind) => Ok(Refusal { kind, sqlstate, number, constraint, message: message.to_owned() }),
        Err(trouble) => Err(DatabaseFault { trouble, sqlstate, number }),
    };
    SaidNo { verdict, proves_rollback: proves_rollback(said, severe) }
}
