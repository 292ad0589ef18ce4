//! What a database says no with, what it answers, and in which words.

use jisr_adapter::connectors::sql::{
    Argument, ConstraintKind, Dialect, HeldAs, LegacyText, NotDone, RefusalKind, SqlError, Trouble, Value,
};

use crate::world::{World, item, on_both, once};

on_both! {
    a_rule_of_the_tables_is_named,
    an_error_raised_on_purpose_comes_with_its_words,
    what_the_database_cannot_do_is_told_apart_from_its_no,
    values_go_there_and_back,
}

async fn a_rule_of_the_tables_is_named(world: World) {
    let database = world.database();
    once(&database, world.insert(), &item("حبر", None, Some(1))).await.unwrap();
    for (arguments, kind) in [
        (item("حبر", None, Some(1)), ConstraintKind::Unique),
        (item("ورق", Some("لا شيء"), Some(1)), ConstraintKind::ForeignKey),
        (item("قلم", None, None), ConstraintKind::NotNull),
        (item("قلم", None, Some(-1)), ConstraintKind::Check),
    ] {
        let refused = once(&database, world.insert(), &arguments).await.unwrap_err();
        let SqlError::Refused(refusal) = refused else { panic!("{kind:?}: {refused:?}") };
        assert_eq!(refusal.kind, RefusalKind::Constraint(kind));
        if kind == ConstraintKind::Unique {
            assert_eq!(refusal.constraint.as_deref(), Some("item_name"));
        }
        assert!(!format!("{refusal} {refusal:?}").contains("حبر"), "{refusal:?}");
    }
    assert_eq!(world.items(), "حبر");
}

async fn an_error_raised_on_purpose_comes_with_its_words(world: World) {
    let database = world.database();
    let call = world.say("SELECT no($1)", "CALL no(?)");
    let mut work = database.begin().await.unwrap();
    work.run(world.insert(), &item("قلم", None, Some(1))).await.unwrap();
    let refused = work.run(call, &["EC203: النشاط غير مسموح به".into()]).await.unwrap_err();
    let SqlError::Refused(refusal) = refused else { panic!("{refused:?}") };
    assert_eq!((refusal.kind, refusal.message.as_str()), (RefusalKind::Raised, "EC203: النشاط غير مسموح به"));
    assert!(
        matches!(work.commit().await, Err(SqlError::NotDone(_))),
        "PostgreSQL would answer this COMMIT with no error"
    );
    assert_eq!(world.items(), "");
}

async fn what_the_database_cannot_do_is_told_apart_from_its_no(world: World) {
    let database = world.database();
    let long = "ن".repeat(21);
    for (sql, arguments, expected) in [
        (world.say("SELECT nothing_such($1)", "CALL nothing_such(?)"), vec!["x".into()], Trouble::Definition),
        (world.insert(), item(&long, None, Some(1)).to_vec(), Trouble::Value),
    ] {
        let error = once(&database, sql, &arguments).await.unwrap_err();
        let SqlError::NotDone(NotDone::Database(fault)) = &error else { panic!("{error:?}") };
        assert_eq!(fault.trouble, expected);
        assert!(!error.is_transient());
    }
    let stranger = world.with(|settings| settings.username = "nobody".into());
    let error = stranger.begin().await.unwrap_err();
    assert_eq!((error.code(), error.is_transient()), ("CREDENTIALS_REFUSED", true), "{error:?}");
}

async fn values_go_there_and_back(world: World) {
    let database = world.database();
    let echo = world.say(
        "SELECT $1, $2, $3, $4, 1.5",
        "SELECT CAST(? AS CHAR(20)), CAST(? AS BINARY), CAST(? AS SIGNED), CAST(? AS CHAR(20)), 1.5",
    );
    let bytes: Vec<u8> = (0..=255).collect();
    let arguments = ["خط".into(), bytes.clone().into(), i64::MIN.into(), Argument::Text(None)];
    let rows = once(&database, echo, &arguments).await.unwrap();
    let other = world.say("NUMERIC", "DECIMAL");
    let expected = [
        Value::Text("خط".into()),
        Value::Bytes(bytes),
        Value::Integer(i64::MIN),
        Value::Null,
        Value::Other(other.into()),
    ];
    assert_eq!(rows[0].0, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_is_checked_at_commit_is_a_refusal_too() {
    let world = World::new(Dialect::Postgres);
    let database = world.database();
    let mut work = database.begin().await.unwrap();
    work.run("INSERT INTO item (size, later) VALUES (1, 'x'), (1, 'x')", &[]).await.unwrap();
    let refused = work.commit().await.unwrap_err();
    let SqlError::Refused(refusal) = refused else { panic!("{refused:?}") };
    assert_eq!(refusal.constraint.as_deref(), Some("item_later"));
    assert_eq!(world.items(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn words_in_no_encoding_are_not_guessed() {
    // A database that converts nothing hands out as text only what is UTF-8 by chance, in answers and in errors.
    let world = World::new(Dialect::Postgres);
    let text = LegacyText::new("windows-1256", HeldAs::Latin1).unwrap();
    world.owner(
        "CREATE DATABASE ascii_house ENCODING 'SQL_ASCII' TEMPLATE template0;\n\\connect ascii_house\n\
         CREATE FUNCTION echo(said bytea) RETURNS text LANGUAGE sql AS $$ SELECT convert_from(said, 'SQL_ASCII') $$;\n\
         CREATE FUNCTION no(said bytea) RETURNS void LANGUAGE plpgsql AS \
         $$ BEGIN RAISE EXCEPTION '%', convert_from(said, 'SQL_ASCII'); END $$;",
    );
    let database = world.with(|settings| settings.address.database = "ascii_house".into());
    let words = text.encode("غير مسموح").unwrap();
    let explicit = "SELECT convert_to(echo($1), getdatabaseencoding())";
    let rows = once(&database, explicit, &[words.clone().into()]).await.unwrap();
    assert_eq!(text.decode(rows[0].bytes(0).unwrap().unwrap()).as_deref(), Ok("غير مسموح"));
    let implicit = once(&database, "SELECT echo($1)", &[words.clone().into()]).await.unwrap_err();
    assert_eq!(implicit.code(), "VALUE_UNFIT", "{implicit:?}");
    let raised = once(&database, "SELECT no($1)", &[words.into()]).await.unwrap_err();
    assert!(matches!(raised, SqlError::NotDone(_)), "{raised:?}");
}
