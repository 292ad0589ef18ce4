//! A table of one's own in a shared server, and the connector's way to it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jisr_adapter::connectors::Secret;
use jisr_adapter::connectors::sql::{Argument, Database, Dialect, Row, SqlError, SqlSettings, Trust};
use jisr_testkit::mariadb::MariaDb;
use jisr_testkit::postgres::Postgres;

/// Makes each of these a test of both databases.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(crate::world::World::new(jisr_adapter::connectors::sql::Dialect::Postgres)).await;
            })+
        }
        mod mariadb {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(crate::world::World::new(jisr_adapter::connectors::sql::Dialect::MariaDb)).await;
            })+
        }
    };
}
pub(crate) use on_both;

static WORLDS: AtomicU32 = AtomicU32::new(0);

/// A database of one's own with a table `item (name)`, and procedures that misbehave.
pub(crate) struct World {
    pub(crate) dialect: Dialect,
    name: String,
}

impl World {
    pub(crate) fn new(dialect: Dialect) -> Self {
        let world = Self { dialect, name: format!("sql_{}", WORLDS.fetch_add(1, Ordering::Relaxed)) };
        let name = &world.name;
        match dialect {
            Dialect::Postgres => {
                Postgres::shared()
                    .sql(&format!("CREATE ROLE {name} LOGIN PASSWORD 'sesame'; CREATE DATABASE {name} OWNER {name};"));
                world.owner(
                    "CREATE TABLE item (name varchar(20) CONSTRAINT item_name UNIQUE, parent varchar(20) REFERENCES item (name), \
                     size integer NOT NULL CONSTRAINT item_size CHECK (size > 0), \
                     later varchar(20) CONSTRAINT item_later UNIQUE DEFERRABLE INITIALLY DEFERRED);
                     CREATE FUNCTION no(said text) RETURNS void LANGUAGE plpgsql AS \
                     $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'EC203', MESSAGE = said; END $$;",
                );
            }
            Dialect::MariaDb => {
                MariaDb::shared().sql(&format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"));
                world.owner(
                    "CREATE TABLE item (name varchar(20), parent varchar(20), size integer NOT NULL CHECK (size > 0), \
                     UNIQUE KEY item_name (name), FOREIGN KEY (parent) REFERENCES item (name));\nDELIMITER //\n\
                     CREATE PROCEDURE no(said varchar(100)) BEGIN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = said; END //\n\
                     DELIMITER ;",
                );
                world.owner(&format!("CREATE USER {name} IDENTIFIED BY 'sesame'; GRANT ALL ON {name}.* TO {name};"));
            }
        }
        world.owner(&match dialect {
            Dialect::Postgres => format!("GRANT ALL ON item TO {name}"),
            Dialect::MariaDb => "SELECT 1".to_owned(),
        });
        world
    }

    /// SQL as the owner of the server.
    pub(crate) fn owner(&self, text: &str) -> String {
        match self.dialect {
            Dialect::Postgres => Postgres::shared().sql(&format!("\\connect {}\n{text}", self.name)),
            Dialect::MariaDb => MariaDb::shared().sql(&format!("USE {};\n{text}", self.name)),
        }
    }

    /// Names there.
    pub(crate) fn items(&self) -> String {
        self.owner("SELECT name FROM item ORDER BY name").replace('\n', " ")
    }

    /// Ends every session of ours, as an administrator does.
    pub(crate) fn end_sessions(&self) {
        let name = &self.name;
        match self.dialect {
            Dialect::Postgres => {
                self.owner(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{name}'"));
            }
            Dialect::MariaDb => {
                self.owner(&format!("KILL USER {name}"));
            }
        }
    }

    /// How many sessions of ours there are.
    pub(crate) fn sessions(&self) -> usize {
        let name = &self.name;
        let from = match self.dialect {
            Dialect::Postgres => format!("pg_stat_activity WHERE usename = '{name}'"),
            Dialect::MariaDb => format!("information_schema.processlist WHERE user = '{name}'"),
        };
        self.owner(&format!("SELECT count(*) FROM {from}")).parse().unwrap()
    }

    pub(crate) fn settings(&self) -> SqlSettings {
        let (scheme, port) = match self.dialect {
            Dialect::Postgres => ("postgresql", Postgres::shared().port),
            Dialect::MariaDb => ("mariadb", MariaDb::shared().port),
        };
        let address = format!("{scheme}://127.0.0.1:{port}/{}", self.name).parse().unwrap();
        let mut settings = SqlSettings::new(address, &self.name, Secret::new("sesame"));
        settings.trust = Trust::Plain;
        settings.connect_timeout = Duration::from_secs(20);
        settings.work_timeout = Duration::from_secs(20);
        settings.commit_timeout = Duration::from_secs(20);
        settings.abandoned_after = Duration::from_secs(20);
        settings
    }

    pub(crate) fn database(&self) -> Database {
        self.with(|_| {})
    }

    pub(crate) fn with(&self, change: impl FnOnce(&mut SqlSettings)) -> Database {
        let mut settings = self.settings();
        change(&mut settings);
        Database::new(settings).unwrap()
    }

    /// The statement of this dialect.
    pub(crate) fn say(&self, postgres: &'static str, mariadb: &'static str) -> &'static str {
        match self.dialect {
            Dialect::Postgres => postgres,
            Dialect::MariaDb => mariadb,
        }
    }

    /// The statement that adds one item.
    pub(crate) fn insert(&self) -> &'static str {
        self.say(
            "INSERT INTO item (name, parent, size) VALUES ($1, $2, $3::integer)",
            "INSERT INTO item (name, parent, size) VALUES (?, ?, ?)",
        )
    }
}

/// An item's arguments.
pub(crate) fn item(name: &str, of: Option<&str>, size: Option<i64>) -> [Argument; 3] {
    [name.into(), Argument::Text(of.map(str::to_owned)), Argument::Integer(size)]
}

/// One statement and its COMMIT.
pub(crate) async fn once(database: &Database, sql: &'static str, arguments: &[Argument]) -> Result<Vec<Row>, SqlError> {
    let mut work = database.begin().await?;
    let rows = work.run(sql, arguments).await?;
    work.commit().await?;
    Ok(rows)
}
