//! Brings the schema to what this release knows, one numbered step at a time; of many processes that start at once, one
//! does it.

use tokio_postgres::Client;

use super::line::{Dialler, Trouble};
use crate::OpenError;

/// The steps; step `n` leads to schema version `n + 1`. A released step is never edited.
const STEPS: [&str; 2] = [include_str!("migrations/001-initial.sql"), include_str!("migrations/002-functions.sql")];

/// The oldest server that has what we use (`idle_session_timeout`).
const OLDEST: i32 = 140_000;

pub(super) async fn run(dialler: &Dialler, place: &str) -> Result<(), OpenError> {
    let (mut client, wire) = dialler.dial().await.map_err(|trouble| not_open(trouble, place))?;
    let driving = tokio::spawn(wire);
    let result = migrate(&mut client, dialler, place).await;
    drop(client);
    driving.abort();
    result
}

/// The version of the schema, if it is there.
pub(super) async fn probe(dialler: &Dialler, place: &str) -> Result<Option<i32>, OpenError> {
    let (client, wire) = dialler.dial().await.map_err(|trouble| not_open(trouble, place))?;
    let driving = tokio::spawn(wire);
    let found = async {
        let table = format!("{}.schema_version", dialler.schema());
        let there = client.query_one("SELECT to_regclass($1) IS NOT NULL", &[&table]).await?;
        if !there.get::<_, bool>(0) {
            return Ok(None);
        }
        Ok(client.query_one(&format!("SELECT max(version) FROM {table}"), &[]).await?.get(0))
    };
    let found = found.await.map_err(|error: tokio_postgres::Error| not_open(Trouble::from(error), place));
    driving.abort();
    found
}

async fn migrate(client: &mut Client, dialler: &Dialler, place: &str) -> Result<(), OpenError> {
    let refused = |error: tokio_postgres::Error| not_open(Trouble::from(error), place);
    let server: i32 =
        client.query_one("SELECT current_setting('server_version_num')::integer", &[]).await.map_err(refused)?.get(0);
    if server < OLDEST {
        return Err(OpenError::Options(format!("PostgreSQL 14 or later is needed, the server is {}", server / 10_000)));
    }
    let schema = dialler.schema();
    let transaction = client.transaction().await.map_err(refused)?;
    let lock = "SELECT pg_advisory_xact_lock(hashtextextended('jisr migration of ' || $1, 0))";
    transaction.execute(lock, &[&schema]).await.map_err(refused)?;
    let exists = transaction.query_one("SELECT to_regnamespace($1) IS NOT NULL", &[&schema]).await.map_err(refused)?;
    if !exists.get::<_, bool>(0) {
        transaction.batch_execute(&format!("CREATE SCHEMA {schema}")).await.map_err(refused)?;
    }
    let prepare = format!(
        "SET LOCAL search_path TO {schema}; SET LOCAL client_min_messages = warning;
         CREATE TABLE IF NOT EXISTS schema_version (version integer PRIMARY KEY)"
    );
    transaction.batch_execute(&prepare).await.map_err(refused)?;
    let found = transaction.query_one("SELECT coalesce(max(version), 0) FROM schema_version", &[]).await;
    let found = i64::from(found.map_err(refused)?.get::<_, i32>(0));
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(OpenError::TooNew { place: place.to_owned(), found, known });
    }
    for (to, step) in (1_i32..).zip(STEPS).filter(|(to, _)| i64::from(*to) > found) {
        transaction.batch_execute(step).await.map_err(refused)?;
        transaction.execute("INSERT INTO schema_version VALUES ($1)", &[&to]).await.map_err(refused)?;
        tracing::info!(version = to, schema, "journal schema migrated");
    }
    transaction.commit().await.map_err(refused)
}

/// A refusal is final; a database that does not answer may yet.
fn not_open(trouble: Trouble, place: &str) -> OpenError {
    match trouble {
        Trouble::Refused(_) => OpenError::Refused { place: place.to_owned(), why: trouble.to_string() },
        Trouble::Broken(_) => OpenError::Unavailable { place: place.to_owned(), source: trouble.into() },
    }
}
