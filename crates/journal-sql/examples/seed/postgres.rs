//! Copies within the PostgreSQL journal. Everything is appended: keys rise with the number of the copy.

use std::error::Error;

use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls};

use super::plan::Plan;

/// `models` are finished transactions, all with as many feed entries as the first.
const BEGIN: &str = "
    set synchronous_commit = off;
    create temp table entries as
        select id, row_number() over (partition by id order by position) - 1 as step, last_sequence, events
        from feed where id in (select id from cases where state = 6);
    create temp table models as
        with counted as (select id, count(*) as steps from entries group by id)
        select row_number() over (order by id) - 1 as model, id as of, steps
        from counted where steps = (select steps from counted order by id limit 1);
    analyze entries; analyze models;";

/// Ids are UUIDv7 of the time of submission, reference numbers hold a letter that real ones never do; a request's id is
/// as spread as random ones are, in order.
const COPY: &str = "
    with given as materialized (
        select i, of, time / 1000 as ms, time,
            (lpad(to_hex(time / 1000), 12, '0') || '7' || lpad(to_hex(i % 4096), 3, '0') || '8'
                || left(md5(i::text), 15))::uuid as copy
        from generate_series($1::bigint, $2::bigint - 1) as i
        join models on model = i % $3::bigint,
        lateral (select ($4::bigint + i * $5::bigint / $6::bigint) * 1000 as time) as times
    ),
    one as (
        insert into transactions (id, reference_no, caller, service, centre, submit_time, content)
        select copy,
            'L' || lpad((i / 10000000)::text, 3, '0') || '-' || lpad((i / 1000 % 10000)::text, 4, '0') || '-'
                || lpad((i % 1000)::text, 3, '0'),
            caller, service, centre, time, content
        from given join transactions on id = of order by i
    ),
    two as (
        insert into cases (id, version, state, held, wake, body)
        select copy, version, state, 0, null, body from given join cases on id = of order by i
    ),
    three as (
        insert into feed (position, id, last_sequence, events)
        select $7::bigint + i * $8::bigint + step, copy, last_sequence, events
        from given join entries on entries.id = of order by i, step
    )
    insert into requests (id, caller, method, fingerprint, transaction_id, time)
    select (lpad(to_hex((i - $9::bigint) * $10::bigint), 8, '0') || substr(md5(copy::text), 1, 24))::uuid,
        caller, 'SubmitTransaction', decode(repeat('00', 32), 'hex'), copy, time
    from given join transactions on id = of where i >= $9::bigint order by i";

/// Makes the copies.
pub(crate) async fn seed(address: &str, schema: &str, plan: &Plan) -> Result<(), Box<dyn Error>> {
    let (client, connection) = tokio_postgres::connect(address, NoTls).await?;
    let connection = tokio::spawn(connection);
    client.execute("select set_config('search_path', $1, false)", &[&schema]).await?;
    client.batch_execute(BEGIN).await?;
    let models = one(&client, "select count(*) from models").await?;
    if models == 0 {
        return Err("there is no finished transaction to copy".into());
    }
    let steps = one(&client, "select max(steps) from models").await?;
    let position = one(&client, "select feed + 1 from heads").await?;
    let (rows, begins, span, remembered, apart) = (plan.rows, plan.begins, plan.span, plan.remembered, plan.step());
    let copy = client.prepare(COPY).await?;
    for (from, to) in plan.batches() {
        let first = [&from, &to, &models, &begins, &span, &rows, &position, &steps, &remembered, &apart];
        client.execute(&copy, &first.map(|number| number as &(dyn ToSql + Sync))).await?;
    }
    client.execute("update heads set feed = $1", &[&(position + rows * steps - 1)]).await?;
    // Otherwise the server would do it while it is measured.
    for table in ["transactions", "cases", "feed", "requests"] {
        client.batch_execute(&format!("vacuum (analyze) {table}")).await?;
    }
    drop(client);
    connection.await??;
    Ok(())
}

async fn one(client: &Client, sql: &str) -> Result<i64, Box<dyn Error>> {
    Ok(client.query_one(sql, &[]).await?.try_get(0)?)
}
