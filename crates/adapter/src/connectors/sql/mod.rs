//! A relational database as a department's system: PostgreSQL and MariaDB (or MySQL), one unit of work at a time.
//!
//! Doubt is kept as small as a database allows. Everything a call does happens in one transaction, so until its COMMIT has
//! left **nothing was done**, whatever breaks; the answer is read, and may be refused, before that. Only a COMMIT whose own
//! answer is lost leaves doubt. What is gone or slow on our side ends on the far side too: the session's own time limits
//! there end a statement that runs, and a transaction nobody goes on with.
//!
//! That holds while the department's procedures leave COMMIT to their caller and their tables can roll back (not MyISAM).
//! For one that commits by itself there is [`Database::run_alone`], where anything lost after sending is doubt.
//!
//! Statements are literals and values are arguments: nothing of a customer's is ever part of SQL.

mod connection;
mod database;
mod error;
mod refusal;
mod row;
mod settings;
mod text;
mod work;

pub use database::Database;
pub use error::{DatabaseFault, Doubtful, NotDone, SqlError};
pub use refusal::{ConstraintKind, Refusal, RefusalKind, Trouble};
pub use row::{Argument, ColumnError, Row, Value};
pub use settings::{Address, AddressError, Dialect, SqlSettings, SqlSetupError, Trust};
pub use text::{HeldAs, LegacyText, TextError};
pub use work::Work;
