//! A department's business licensing, as `tests/peers/economy` defines it, in a database that this project did not write:
//! PostgreSQL or MariaDB. Its texts are windows-1256 in a database that takes them for latin1, as old systems keep Arabic.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use encoding_rs::{WINDOWS_1252, WINDOWS_1256, mem};

use crate::mariadb::MariaDb;
use crate::postgres::Postgres;
use crate::repository;

/// Houses in servers of this process so far.
static HOUSES: AtomicU32 = AtomicU32::new(0);

/// Which database the house is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// PostgreSQL 15.
    Postgres,
    /// MariaDB 10.11.
    MariaDb,
}

/// One house of the department.
#[derive(Debug)]
pub struct Licensing {
    server: Server,
    /// Of the database, and of the account that partners are given.
    name: String,
    password: PathBuf,
}

#[derive(Debug)]
enum Server {
    Postgres(Whose<Postgres>),
    MariaDb(Whose<MariaDb>),
}

#[derive(Debug)]
enum Whose<S: 'static> {
    Shared(&'static S),
    Own(Box<S>),
}

impl<S> Whose<S> {
    fn get(&self) -> &S {
        match self {
            Self::Shared(server) => server,
            Self::Own(server) => server,
        }
    }

    fn own(&mut self) -> &mut S {
        match self {
            Self::Own(server) => server,
            Self::Shared(_) => panic!("others use this server too"),
        }
    }
}

impl Licensing {
    /// A house of one's own in the server that all tests of this process share; the partner's password lies in `folder`.
    #[must_use]
    pub fn shared(dialect: Dialect, folder: &Path) -> Self {
        let server = match dialect {
            Dialect::Postgres => Server::Postgres(Whose::Shared(Postgres::shared())),
            Dialect::MariaDb => Server::MariaDb(Whose::Shared(MariaDb::shared())),
        };
        Self::in_server(server, folder)
    }

    /// A house with a server of its own, which can be killed.
    #[must_use]
    pub fn alone(dialect: Dialect, folder: &Path) -> Self {
        let server = match dialect {
            Dialect::Postgres => Server::Postgres(Whose::Own(Box::new(Postgres::start()))),
            Dialect::MariaDb => Server::MariaDb(Whose::Own(Box::new(MariaDb::start()))),
        };
        Self::in_server(server, folder)
    }

    fn in_server(server: Server, folder: &Path) -> Self {
        let name = format!("economy_{}", HOUSES.fetch_add(1, Ordering::Relaxed));
        let password = folder.join("licensing.password");
        std::fs::write(&password, "sesame").unwrap();
        let licensing = Self { server, name, password };
        let name = &licensing.name;
        let read = |file: &str| std::fs::read_to_string(repository().join("tests/peers/economy").join(file)).unwrap();
        let account = match &licensing.server {
            Server::Postgres(server) => {
                server.get().sql(&format!("CREATE DATABASE {name} ENCODING 'LATIN1' TEMPLATE template0"));
                licensing.sql(&read("postgres.sql"));
                format!(
                    "CREATE ROLE {name} LOGIN PASSWORD 'sesame';\nGRANT SELECT ON application_status TO {name};\n\
                     REVOKE EXECUTE ON FUNCTION decide FROM PUBLIC;"
                )
            }
            Server::MariaDb(server) => {
                server.get().sql(&format!("CREATE DATABASE {name} CHARACTER SET latin1 COLLATE latin1_bin"));
                licensing.sql(&read("mariadb.sql"));
                let procedures = ["issue_licence", "renew_licence", "revoke_application", "acknowledge_status"];
                let grants = procedures.map(|procedure| format!("GRANT EXECUTE ON PROCEDURE {procedure} TO {name};\n"));
                format!(
                    "CREATE USER {name} IDENTIFIED BY 'sesame';\nGRANT SELECT ON application_status TO {name};\n{}",
                    grants.concat()
                )
            }
        };
        licensing.sql(&account);
        licensing
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        match &self.server {
            Server::Postgres(server) => server.get().port,
            Server::MariaDb(server) => server.get().port,
        }
    }

    /// Runs SQL as the department does, and answers the rows: columns separated by `|`.
    pub fn sql(&self, text: &str) -> String {
        let (bytes, _, lost) = WINDOWS_1256.encode(text);
        assert!(!lost, "windows-1256 does not have all of it: {text}");
        let bytes: Vec<u8> = match &self.server {
            // Each byte a character of what the database takes it for.
            Server::Postgres(server) => {
                let text = mem::decode_latin1(&bytes);
                let text = format!("\\connect {}\nSET client_encoding = 'UTF8';\n{text}", self.name);
                server.get().sql(&text).chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
            }
            Server::MariaDb(server) => {
                let text = WINDOWS_1252.decode_without_bom_handling(&bytes).0;
                let answer = server.get().sql(&format!("USE {};\n{text}", self.name));
                WINDOWS_1252.encode(&answer).0.into_owned()
            }
        };
        WINDOWS_1256.decode_without_bom_handling(&bytes).0.into_owned()
    }

    /// Sets a rule of the house, or takes it back.
    pub fn rule(&self, rule: &str, value: Option<&str>) {
        self.sql(&format!("DELETE FROM house WHERE rule = '{rule}'"));
        if let Some(value) = value {
            self.sql(&format!("INSERT INTO house VALUES ('{rule}', '{value}')"));
        }
    }

    /// An expression for the bytes that UTF-8 has for this text, in a column that should hold the code page.
    #[must_use]
    pub fn utf8(&self, text: &str) -> String {
        let bytes: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        match &self.server {
            Server::Postgres(_) => format!("convert_from('\\x{bytes}', 'LATIN1')"),
            Server::MariaDb(_) => format!("CONVERT(x'{bytes}' USING latin1)"),
        }
    }

    /// Decides an application as an officer does.
    pub fn decide(&self, reference: &str, status: &str, code: &str, words_ar: &str, words_en: &str) {
        let call = match &self.server {
            Server::Postgres(_) => "SELECT",
            Server::MariaDb(_) => "CALL",
        };
        self.sql(&format!("{call} decide('{reference}', '{status}', '{code}', '{words_ar}', '{words_en}')"));
    }

    /// Our references of all applications there, in order; one that is there twice was executed twice.
    #[must_use]
    pub fn applications(&self) -> Vec<String> {
        self.sql("SELECT partner_ref FROM application ORDER BY application_no").lines().map(str::to_owned).collect()
    }

    /// One column of one application.
    #[must_use]
    pub fn application(&self, reference: &str, column: &str) -> String {
        self.sql(&format!("SELECT {column} FROM application WHERE partner_ref = '{reference}'"))
    }

    /// How many lines of the status table wait for a receipt.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.sql("SELECT count(*) FROM application_status WHERE taken_at IS NULL").parse().unwrap()
    }

    /// How many statements and open transactions of partners there are just now.
    #[must_use]
    pub fn running(&self) -> usize {
        let from = match &self.server {
            Server::Postgres(_) => format!("pg_stat_activity WHERE usename = '{}' AND state <> 'idle'", self.name),
            Server::MariaDb(_) => {
                format!("information_schema.processlist WHERE user = '{}' AND command <> 'Sleep'", self.name)
            }
        };
        self.sql(&format!("SELECT count(*) FROM {from}")).parse().unwrap()
    }

    /// Gives the partner's account another password, as an expiry does.
    pub fn change_password(&self, password: &str) {
        self.sql(&match &self.server {
            Server::Postgres(_) => format!("ALTER ROLE {} PASSWORD '{password}'", self.name),
            Server::MariaDb(_) => format!("ALTER USER {} IDENTIFIED BY '{password}'", self.name),
        });
    }

    /// Kills a server of one's own as a power cut would.
    pub fn kill(&mut self) {
        match &mut self.server {
            Server::Postgres(server) => server.own().kill(),
            Server::MariaDb(server) => server.own().kill(),
        }
    }

    /// Starts it again.
    pub fn restart(&mut self) {
        match &mut self.server {
            Server::Postgres(server) => server.own().restart(),
            Server::MariaDb(server) => server.own().restart(),
        }
    }

    /// The settings of an adapter that reaches it at this port; `more` is TOML for the same table.
    #[must_use]
    pub fn settings(&self, port: u16, more: &str) -> String {
        let scheme = match &self.server {
            Server::Postgres(_) => "postgresql",
            Server::MariaDb(_) => "mariadb",
        };
        format!(
            "address = \"{scheme}://127.0.0.1:{port}/{0}\"\nusername = \"{0}\"\ntls = false\n\
             password = {{ file = \"{1}\" }}\n{more}\n",
            self.name,
            self.password.display(),
        )
    }

    /// The same, as Jisr's own configuration holds it.
    #[must_use]
    pub fn config(&self, port: u16, more: &str) -> String {
        format!("[adapters.economy]\n{}", self.settings(port, more))
    }
}
