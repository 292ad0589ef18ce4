//! Every limit, and what is left when it is reached.

use std::time::Duration;

use jisr_adapter::connectors::sql::{Dialect, Doubtful, NotDone, SqlError};
use jisr_testkit::wait;

use crate::world::{World, item, on_both, once};

const PATIENCE: Duration = Duration::from_secs(60);

on_both! {
    an_answer_beyond_the_limits_is_not_committed,
    what_takes_too_long_is_not_committed,
    what_is_left_alone_is_undone_there_too,
    no_more_connections_than_allowed,
    a_kept_connection_that_died_costs_nobody_a_call,
    what_commits_by_itself_is_in_doubt_once_it_is_sent,
}

async fn an_answer_beyond_the_limits_is_not_committed(world: World) {
    let database = world.with(|settings| (settings.max_rows, settings.max_bytes) = (3, 1000));
    let mut work = database.begin().await.unwrap();
    work.run(world.insert(), &item("قلم", None, Some(1))).await.unwrap();
    let many = work.run("SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4", &[]).await.unwrap_err();
    assert!(matches!(many, SqlError::NotDone(NotDone::TooManyRows(3))), "{many:?}");
    work.abandon().await;
    let huge = world.say("SELECT repeat('ن', 501)", "SELECT REPEAT('ن', 501)");
    let huge = once(&database, huge, &[]).await.unwrap_err();
    assert!(matches!(huge, SqlError::NotDone(NotDone::Oversized(1000))), "{huge:?}");
    once(&database, "SELECT 1 UNION SELECT 2 UNION SELECT 3", &[]).await.unwrap();
    assert_eq!(world.items(), "");
}

async fn what_takes_too_long_is_not_committed(world: World) {
    let sleep = world.say("SELECT pg_sleep(60)", "SELECT SLEEP(60)");
    let database = world.with(|settings| settings.work_timeout = Duration::from_secs(3));
    let mut work = database.begin().await.unwrap();
    work.run(world.insert(), &item("قلم", None, Some(1))).await.unwrap();
    let slow = work.run(sleep, &[]).await.unwrap_err();
    assert!(matches!(slow.code(), "WORK_TIMEOUT" | "STATEMENT_TIMEOUT"), "{slow:?}");
    assert!(slow.is_transient());
    drop(work);
    wait::until("an end there too", PATIENCE, || async { (world.sessions() == 0).then_some(()) }).await;
    assert_eq!(world.items(), "");

    // Time that passes between statements is time too.
    let mut work = database.begin().await.unwrap();
    work.run(world.insert(), &item("قلم", None, Some(1))).await.unwrap();
    tokio::time::sleep(Duration::from_millis(3_100)).await;
    let late = work.commit().await.unwrap_err();
    assert!(matches!(late, SqlError::NotDone(NotDone::Timeout(_))), "{late:?}");
    wait::until("the end of its session", PATIENCE, || async { (world.sessions() == 0).then_some(()) }).await;
    assert_eq!(world.items(), "");
}

async fn what_is_left_alone_is_undone_there_too(world: World) {
    let database = world.with(|settings| settings.abandoned_after = Duration::from_secs(1));
    let mut work = database.begin().await.unwrap();
    work.run(world.insert(), &item("قلم", None, Some(1))).await.unwrap();
    wait::until("an end there", PATIENCE, || async { (world.sessions() == 0).then_some(()) }).await;
    let error = work.commit().await.unwrap_err();
    match world.dialect {
        // It says why it had gone before our COMMIT came.
        Dialect::Postgres => assert_eq!(error.code(), "STATEMENT_TIMEOUT", "{error:?}"),
        Dialect::MariaDb => assert!(error.is_doubtful(), "{error:?}"),
    }
    assert_eq!(world.items(), "");
}

async fn no_more_connections_than_allowed(world: World) {
    let database = world.with(|settings| {
        settings.max_connections = 2;
        settings.connect_timeout = Duration::from_secs(2);
    });
    let first = database.begin().await.unwrap();
    let second = database.begin().await.unwrap();
    let third = database.begin().await.unwrap_err();
    assert!(matches!(third, SqlError::NotDone(NotDone::Busy(_))), "{third:?}");
    assert_eq!(world.sessions(), 2);
    first.commit().await.unwrap();
    drop(second);
    once(&database, "SELECT 1", &[]).await.unwrap();
    once(&database, "SELECT 1", &[]).await.unwrap();
    wait::until("one that is kept", PATIENCE, || async { (world.sessions() == 1).then_some(()) }).await;
}

async fn a_kept_connection_that_died_costs_nobody_a_call(world: World) {
    let database = world.database();
    once(&database, world.insert(), &item("حبر", None, Some(1))).await.unwrap();
    world.end_sessions();
    wait::until("its end", PATIENCE, || async { (world.sessions() == 0).then_some(()) }).await;
    once(&database, world.insert(), &item("قلم", None, Some(1))).await.unwrap();
    assert_eq!(world.items(), "حبر قلم");
    // One that dies under way is no such thing.
    let mut work = database.begin().await.unwrap();
    work.run(world.insert(), &item("ورق", None, Some(1))).await.unwrap();
    world.end_sessions();
    let error = work.run(world.insert(), &item("مبراة", None, Some(1))).await.unwrap_err();
    assert!(!error.is_doubtful(), "{error:?}");
    assert_eq!(world.items(), "حبر قلم");
}

async fn what_commits_by_itself_is_in_doubt_once_it_is_sent(world: World) {
    let database = world.with(|settings| settings.work_timeout = Duration::from_secs(3));
    database.run_alone(world.insert(), &item("حبر", None, Some(1))).await.unwrap();
    assert_eq!(world.items(), "حبر");
    let refused = database.run_alone(world.insert(), &item("حبر", None, Some(1))).await.unwrap_err();
    assert!(matches!(refused, SqlError::Refused(_)), "{refused:?}");
    let sleep = world.say("SELECT pg_sleep(60)", "SELECT SLEEP(60)");
    let slow = database.run_alone(sleep, &[]).await.unwrap_err();
    assert!(matches!(slow, SqlError::Doubtful(Doubtful::Timeout(_) | Doubtful::Database(_))), "{slow:?}");
}
