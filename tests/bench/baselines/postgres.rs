//! PostgreSQL raw: a transaction's rows in three tables, durably; one commit for each transaction, by so many
//! connections, or many transactions in one commit. Prepared statements, one round trip for a commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jisr_testkit::postgres::Postgres;
use tokio_postgres::{Client, NoTls, Statement};

use crate::embedded::Work;

/// Transactions in one commit of many.
pub(crate) const BATCH: usize = 256;
/// Bytes of an event, and of a message: about what ours have.
const EVENT: usize = 200;

const SINGLE: &str = "with
    one as (insert into raw.transactions values ($1, $2)),
    two as (insert into raw.events values ($1, $3))
    insert into raw.messages values ($1, $2)";
const MANY: &str = "with
    given as materialized (select * from unnest($1::bigint[], $2::bytea[], $3::bytea[]) as given (id, content, event)),
    one as (insert into raw.transactions select id, content from given),
    two as (insert into raw.events select id, event from given)
    insert into raw.messages select id, content from given";

/// One connection with its statements.
struct Line {
    client: Client,
    single: Statement,
    many: Statement,
}

/// Connections that commit.
#[derive(Clone)]
pub(crate) struct Commits {
    lines: Arc<Vec<Line>>,
    content: Arc<[u8]>,
    next: Arc<AtomicI64>,
}

impl Commits {
    /// Makes the tables anew and connects so often.
    pub(crate) async fn start(server: &Postgres, connections: usize, bytes: usize) -> Self {
        let tables = ["transactions", "events", "messages"]
            .map(|name| format!("create table raw.{name} (id bigint primary key, content bytea not null)"));
        server.sql(&format!("drop schema if exists raw cascade; create schema raw; {}", tables.join("; ")));
        let mut lines = Vec::new();
        for _ in 0..connections {
            let (client, connection) = tokio_postgres::connect(&server.url(), NoTls).await.unwrap();
            tokio::spawn(connection);
            let (single, many) = (client.prepare(SINGLE).await.unwrap(), client.prepare(MANY).await.unwrap());
            lines.push(Line { client, single, many });
        }
        Self { lines: Arc::new(lines), content: vec![b'x'; bytes].into(), next: Arc::new(AtomicI64::new(0)) }
    }

    /// One piece of work: a transaction committed by itself, on the worker's own connection.
    pub(crate) fn single(&self) -> impl Fn(usize) -> Work + Clone + Send + 'static {
        let this = self.clone();
        move |worker| {
            let this = this.clone();
            Box::pin(async move {
                let line = &this.lines[worker];
                let id = this.next.fetch_add(1, Ordering::Relaxed);
                let (content, event) = (&*this.content, &this.content[..EVENT]);
                line.client.execute(&line.single, &[&id, &content, &event]).await.unwrap();
            })
        }
    }

    /// One piece of work: as many transactions as make a batch, in one commit.
    pub(crate) fn many(&self) -> impl Fn(usize) -> Work + Clone + Send + 'static {
        let this = self.clone();
        move |worker| {
            let this = this.clone();
            Box::pin(async move {
                let line = &this.lines[worker];
                let count = i64::try_from(BATCH).unwrap();
                let first = this.next.fetch_add(count, Ordering::Relaxed);
                let ids: Vec<i64> = (first..first + count).collect();
                let contents = vec![&*this.content; BATCH];
                let events = vec![&this.content[..EVENT]; BATCH];
                line.client.execute(&line.many, &[&ids, &contents, &events]).await.unwrap();
            })
        }
    }
}
