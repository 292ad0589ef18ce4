//! Opening: of many at once, and of what cannot be opened.

use jisr_journal::Append as _;
use jisr_journal_sql::{OpenError, PostgresJournal, PostgresOptions};
use jisr_testkit::postgres::Postgres;

use crate::world::{create, open, options};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_processes_that_start_at_once_make_one_schema() {
    let server = Postgres::shared();
    let options = options(server, &server.schema(), server.port);
    assert_eq!(PostgresJournal::probe(&options).await.unwrap(), None);
    let opening = (0..8).map(|_| {
        let options = options.clone();
        tokio::spawn(async move { open(&options).await })
    });
    for (n, journal) in (0..).zip(opening.collect::<Vec<_>>()) {
        assert!(journal.await.unwrap().write(create(n)).await.is_ok());
    }
    assert_eq!(PostgresJournal::probe(&options).await.unwrap(), Some(2));
}

#[tokio::test]
async fn what_cannot_be_opened_says_why() {
    let server = Postgres::shared();
    let good = options(server, &server.schema(), server.port);
    let refused = async |options: PostgresOptions| PostgresJournal::open(&options).await.err().unwrap();

    let error = refused(PostgresOptions { password: Some("wrong".into()), ..good.clone() }).await;
    assert!(matches!(&error, OpenError::Refused { why, .. } if why.contains("28P01")), "{error:?}");
    let error = refused(PostgresOptions { address: good.address.replace("/jisr", "/none"), ..good.clone() }).await;
    assert!(matches!(&error, OpenError::Refused { why, .. } if why.contains("3D000")), "{error:?}");
    let error = refused(PostgresOptions { address: format!("{}?sslmode=require", good.address), ..good.clone() }).await;
    assert!(error.to_string().contains("does not answer") || matches!(error, OpenError::Refused { .. }), "{error:?}");

    drop(open(&good).await);
    server.sql(&format!("INSERT INTO {}.schema_version VALUES (99)", good.schema));
    let error = refused(good).await;
    assert!(matches!(error, OpenError::TooNew { found: 99, .. }), "{error:?}");
}
