//! Carries out the plan's faults, and puts right what each has broken.

use std::sync::Arc;
use std::time::Duration;

use jisr_testkit::postgres::Postgres;
use jisr_tests::ledger::fault::{Fault, Kind};
use jisr_tests::ledger::plan::Plan;
use jisr_tests::ledger::{mixed, mixed_text};
use serde_json::json;
use tokio::task::JoinSet;

use crate::books::Books;
use crate::echo::Echo;
use crate::installation::{Installation, Side};
use crate::operator;

/// Everything a fault may need.
pub(crate) struct Hands {
    pub(crate) installation: Arc<Installation>,
    pub(crate) echo: Echo,
    pub(crate) books: Arc<Books>,
    pub(crate) seed: u64,
}

/// Each fault at its time; returns when all of them have been put right.
pub(crate) async fn carry_out(hands: Arc<Hands>, plan: Arc<Plan>) {
    let mut going_on = JoinSet::new();
    for fault in plan.faults.clone() {
        tokio::time::sleep_until(hands.books.start() + fault.at).await;
        let hands = hands.clone();
        going_on.spawn(async move {
            hands.books.say(&fault);
            hands.books.fault(fault.kind);
            hands.fault(&fault).await;
        });
        while let Some(done) = going_on.try_join_next() {
            done.unwrap();
        }
    }
    going_on.join_all().await;
}

impl Hands {
    async fn fault(&self, fault: &Fault) {
        let installation = &*self.installation;
        let (target, length) = (fault.target.as_str(), fault.length);
        let milliseconds = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
        match fault.kind {
            Kind::KillGateway | Kind::KillEngine | Kind::KillAdapter | Kind::KillDepartment => {
                let mut member = installation.member(target).lock().await;
                member.kill().await;
                tokio::time::sleep(length).await;
                member.start().await;
            }
            Kind::KillEngines => {
                let engines = installation.cast.engines.iter().map(|name| async {
                    let mut engine = installation.member(name).lock().await;
                    engine.kill().await;
                    tokio::time::sleep(length).await;
                    engine.start().await;
                });
                futures::future::join_all(engines).await;
            }
            Kind::FreezeGateway | Kind::FreezeEngine | Kind::FreezeAdapter => {
                let member = installation.member(target).lock().await;
                member.freeze().await;
                tokio::time::sleep(length).await;
                member.thaw().await;
            }
            kind if kind.is_of_broker() => installation.broker.suffer(fault).await,
            Kind::KillDatabase => {
                let database = installation.database();
                database.with(Postgres::kill).await;
                tokio::time::sleep(length).await;
                database.with(Postgres::restart).await;
            }
            Kind::FreezeDatabase => {
                let database = installation.database();
                database.with(|server| server.freeze()).await;
                tokio::time::sleep(length).await;
                database.with(|server| server.thaw()).await;
            }
            Kind::CutFrontEnd => self.cut(target, Side::FrontEnds, length).await,
            Kind::CutBroker => self.cut(target, Side::Broker, length).await,
            Kind::CutDatabase => self.cut(target, Side::Database, length).await,
            Kind::StallBroker => self.stall(target, Side::Broker, length).await,
            Kind::StallDatabase => self.stall(target, Side::Database, length).await,
            Kind::PurgeQueue => self.purge(target, length).await,
            Kind::PauseDepartment => {
                operator::pause(installation, target).await;
                tokio::time::sleep(length).await;
                operator::resume(installation, target).await;
            }
            Kind::CloseDepartment => {
                installation.control(target, &json!({ "close_for_ms": milliseconds })).await;
                tokio::time::sleep(length).await;
            }
            Kind::LoseAnswers => {
                installation.control(target, &json!({ "lose_answers_for_ms": milliseconds })).await;
                tokio::time::sleep(length).await;
            }
            Kind::EchoReplies => {
                let seed = mixed(self.seed ^ mixed_text(target) ^ mixed(fault.at.as_secs()));
                self.echo.repeat(target, seed, &self.books);
            }
            Kind::KillBroker | Kind::KillLeader | Kind::FreezeBroker | Kind::PartBroker | Kind::RollBrokers => {
                unreachable!("these are of the broker")
            }
        }
    }

    async fn cut(&self, target: &str, side: Side, length: Duration) {
        let network = self.installation.between(target, side);
        network.cut();
        tokio::time::sleep(length).await;
        network.heal();
    }

    async fn stall(&self, target: &str, side: Side, length: Duration) {
        let network = self.installation.between(target, side);
        network.stall();
        tokio::time::sleep(length).await;
        network.heal();
    }

    /// Purges a queue when there is something in it: what its adapters had in hand and what came since they died.
    async fn purge(&self, department: &str, length: Duration) {
        let installation = &*self.installation;
        let adapters = installation.cast.departments.iter().find(|one| one.id == department).unwrap().adapters();
        for adapter in &adapters {
            installation.member(adapter).lock().await.kill().await;
        }
        tokio::time::sleep(length).await;
        installation.broker.purge(department).await;
        for adapter in &adapters {
            installation.member(adapter).lock().await.start().await;
        }
    }
}
