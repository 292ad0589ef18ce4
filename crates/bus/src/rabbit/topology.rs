//! Exchanges, queues and bindings, as only the engine's end declares them. Declaring what is there changes nothing.

use std::time::Duration;

use jisr_core::name::DepartmentId;
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{Channel, ExchangeKind};

use super::line::within;
use super::names::{self, Names};
use super::trouble::Trouble;
use crate::Address;

/// RabbitMQ 4 moves a message aside by itself after 20 returns, which an outage of an adapter makes quickly; 3.10 knows
/// no "never", so it is a number that is not reached.
const NEVER: i64 = i32::MAX as i64;

/// Declares on one channel, each step within the patience given.
pub(super) struct Declarer<'a> {
    pub(super) channel: &'a Channel,
    pub(super) names: &'a Names,
    pub(super) patience: Duration,
}

impl Declarer<'_> {
    /// What is there whatever the departments are.
    pub(super) async fn common(&self) -> Result<(), Trouble> {
        let names = self.names;
        self.exchange(names.unroutable(), ExchangeKind::Fanout, FieldTable::default()).await?;
        self.queue(names.unroutable(), FieldTable::default()).await?;
        self.bind(names.unroutable(), names.unroutable(), "".into()).await?;
        // Adapters in any language write here: what they give a wrong key is kept.
        let mut kept = FieldTable::default();
        kept.insert("alternate-exchange".into(), text(names.unroutable().as_str()));
        self.exchange(names.inbound(), ExchangeKind::Topic, kept).await?;
        // Only the engine writes here. Without an alternate exchange, so that what reaches no queue is returned to it
        // and not confirmed as if a department had it.
        self.exchange(names.outbound(), ExchangeKind::Topic, FieldTable::default()).await?;
        self.address(&Address::Engine, names.inbound(), names::EVERY_REPLY.into()).await
    }

    /// The queues of a department.
    pub(super) async fn department(&self, department: &DepartmentId) -> Result<(), Trouble> {
        let address = Address::Department(department.clone());
        self.address(&address, self.names.outbound(), names::request_key(department)).await
    }

    /// An address's queue and the one beside it for what is dead; the latter first, so that nothing dies into nowhere.
    async fn address(&self, address: &Address, exchange: ShortString, key: ShortString) -> Result<(), Trouble> {
        let (queue, dead) = (self.names.queue(address), self.names.dead_queue(address));
        self.queue(dead.clone(), FieldTable::default()).await?;
        self.bind(dead, self.names.inbound(), names::dead_key(address)).await?;
        let mut arguments = FieldTable::default();
        arguments.insert("x-dead-letter-exchange".into(), text(self.names.inbound().as_str()));
        arguments.insert("x-dead-letter-routing-key".into(), text(names::dead_key(address).as_str()));
        arguments.insert("x-dead-letter-strategy".into(), text("at-least-once"));
        arguments.insert("x-delivery-limit".into(), AMQPValue::LongLongInt(NEVER));
        self.queue(queue.clone(), arguments).await?;
        self.bind(queue, exchange, key).await
    }

    async fn exchange(&self, name: ShortString, kind: ExchangeKind, arguments: FieldTable) -> Result<(), Trouble> {
        let options = ExchangeDeclareOptions { durable: true, ..Default::default() };
        within(self.patience, self.channel.exchange_declare(name, kind, options, arguments)).await
    }

    async fn queue(&self, name: ShortString, mut arguments: FieldTable) -> Result<(), Trouble> {
        arguments.insert("x-queue-type".into(), text("quorum"));
        // A full queue refuses what is new; the default would drop what is old. At-least-once demands it, too.
        arguments.insert("x-overflow".into(), text("reject-publish"));
        let options = QueueDeclareOptions { durable: true, ..Default::default() };
        within(self.patience, self.channel.queue_declare(name, options, arguments)).await?;
        Ok(())
    }

    async fn bind(&self, queue: ShortString, exchange: ShortString, key: ShortString) -> Result<(), Trouble> {
        let binding = self.channel.queue_bind(queue, exchange, key, QueueBindOptions::default(), FieldTable::default());
        within(self.patience, binding).await
    }
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.into())
}
