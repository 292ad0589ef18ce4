//! A stand-in for the hospital, for the demo only: takes orders, keeps them in memory, and sends a result a little later.
//!
//! Tests run against foreign peers instead: what both sides of a conversation got from one head proves nothing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use jisr_adapter::CancellationToken;
use jisr_adapter::connectors::mllp::{
    CharacterSet, Content, ListenerSettings, Message, MllpClient, MllpSettings, Problem, Receiver, Verdict, Writer,
    serve, write_time,
};
use tokio::net::TcpListener;

use crate::messages::DUBAI;

/// Milliseconds from an order to its result.
const EXAMINATION: std::ops::RangeInclusive<u64> = 1_000..=4_000;
/// Between two tries to bring a result home.
const PAUSE: Duration = Duration::from_secs(1);

/// Serves orders on `listener` until told to stop, and sends results to `results`, a `host:port`.
///
/// # Errors
/// The client for the results cannot be made.
pub async fn run(listener: TcpListener, results: &str, stop: CancellationToken) -> std::io::Result<()> {
    let client = MllpClient::new(MllpSettings::new(results)).map_err(std::io::Error::other)?;
    let hospital = Arc::new(StandIn { client, orders: Orders::default(), stop: stop.clone() });
    serve(listener, ListenerSettings::default(), hospital, stop).await.map_err(std::io::Error::other)
}

/// Whether it was cancelled, by order number.
type Orders = Arc<Mutex<HashMap<String, bool>>>;

struct StandIn {
    client: MllpClient,
    orders: Orders,
    stop: CancellationToken,
}

#[async_trait]
impl Receiver for StandIn {
    async fn receive(&self, message: &Message) -> Verdict {
        let problem =
            |code, location, detail: &str| Problem { code, location: Some(location), detail: detail.to_owned() };
        if message.kind() != ("OMG".to_owned(), "O19".to_owned()) {
            return Verdict::Unwanted(problem(Problem::MESSAGE_TYPE, ("MSH", 9), "orders only"));
        }
        let number = message.field("ORC", 2).text();
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        let known = orders.contains_key(&number);
        match (&*message.field("ORC", 1).text(), known) {
            ("NW", _) => {
                orders.insert(number.clone(), false);
                let count = orders.len();
                tokio::spawn(examine(self.client.clone(), self.orders.clone(), number, count, self.stop.clone()));
                Verdict::Taken
            }
            ("CA", true) => {
                orders.insert(number, true);
                Verdict::Taken
            }
            ("CA", false) => Verdict::Wrong(problem(Problem::UNKNOWN_KEY, ("ORC", 2), "no such order")),
            _ => Verdict::Wrong(problem(Problem::TABLE_VALUE, ("ORC", 1), "NW or CA")),
        }
    }
}

/// Everybody is fit here.
async fn examine(client: MllpClient, orders: Orders, number: String, count: usize, stop: CancellationToken) {
    let mut wait = Duration::from_millis(rand::random_range(EXAMINATION));
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
        if orders.lock().unwrap_or_else(PoisonError::into_inner).get(&number) != Some(&false) {
            return;
        }
        let control_id = format!("S{:019}", rand::random::<u64>() >> 1);
        let message = result(&number, count, &control_id).to_bytes();
        // Until it is acknowledged, as a hospital does.
        if let Ok(message) = message
            && client.call(&control_id, &message).await.is_ok()
        {
            return;
        }
        wait = PAUSE;
    }
}

fn result(number: &str, count: usize, control_id: &str) -> Writer {
    let now = write_time(Timestamp::now(), DUBAI);
    let until =
        Timestamp::now().to_zoned(jiff::tz::TimeZone::fixed(DUBAI)).date().saturating_add(jiff::Span::new().days(365));
    let observation = |set: &str, kind: &str, code: &str, value: Content| {
        let code = Content::components([code, code, "99MF"]);
        [(1, set.into()), (2, kind.into()), (3, code), (5, value), (11, "F".into())]
    };
    let conclusion = Content::components(["FIT", "Medically fit", "99MF", "FIT", "لائق طبياً", "99MF"]);
    Writer::new(CharacterSet::UTF_8)
        .segment(
            "MSH",
            [
                (3, "HIS".into()),
                (4, "DHA".into()),
                (5, "JISR".into()),
                (6, "JISR".into()),
                (7, now.as_str().into()),
                (9, Content::components(["ORU", "R01", "ORU_R01"])),
                (10, control_id.into()),
                (11, "P".into()),
                (12, "2.5.1".into()),
                (18, CharacterSet::UTF_8.label().into()),
            ],
        )
        .segment(
            "OBR",
            [
                (1, "1".into()),
                (2, Content::components([number, "JISR"])),
                (3, Content::components([&*format!("S{count:06}"), "HIS"])),
                (4, Content::components(["MF", "Medical fitness", "99MF"])),
                (22, now.into()),
                (25, "F".into()),
            ],
        )
        .segment("OBX", observation("1", "CE", "MF-CONCLUSION", conclusion))
        .segment("OBX", observation("2", "ST", "MF-CERTIFICATE", format!("MF-{count:06}").into()))
        .segment("OBX", observation("3", "DT", "MF-VALID-UNTIL", until.strftime("%Y%m%d").to_string().into()))
}
