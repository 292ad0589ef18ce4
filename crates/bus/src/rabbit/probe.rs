//! The engine's place at a broker, taken by whoever examines an adapter: what an engine sends in good order or out of it,
//! and what the adapter makes of it, as it came. For the conformance kit; an engine has no use for it.

use bytes::Bytes;
use futures::stream::StreamExt as _;
use jisr_core::id::MessageId;
use jisr_core::name::DepartmentId;
use lapin::options::{
    BasicCancelOptions, BasicConsumeOptions, BasicGetOptions, BasicPublishOptions, BasicQosOptions, BasicRejectOptions,
    ConfirmSelectOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Confirmation};
use tokio::sync::mpsc;

use super::line::{Line, within};
use super::names::{self, Names};
use super::options::RabbitOptions;
use super::topology::Declarer;
use super::trouble::Trouble;
use super::{pack, wire};
use crate::{Address, BusError, Message};

/// Before every adapter: RabbitMQ serves consumers of a higher priority first.
const FIRST: i64 = 1_000;

/// How a message is put on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// It says that its body is JSON. Either way the body goes as it is.
    pub json: bool,
    /// Another version of the contract than ours.
    pub version: Option<i64>,
    /// The broker says that somebody had it before.
    pub redelivered: bool,
}

/// Something that came for the engine.
#[derive(Clone, Debug)]
pub struct Heard {
    /// The messages in it; or why it is none.
    pub messages: Result<Vec<Message>, String>,
    /// The department that its routing key names.
    pub sender: Option<DepartmentId>,
    /// The broker keeps it on disk.
    pub durable: bool,
}

/// What lies in a department's queue, and who is at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Messages that nobody has in hand.
    pub waiting: u32,
    /// Consumers.
    pub consumers: u32,
}

/// See the module.
pub struct Probe {
    line: Line,
    channel: Channel,
    names: Names,
    sender: wire::Sender,
    options: RabbitOptions,
    department: DepartmentId,
}

impl Probe {
    /// Takes the engine's place for one department: declares what an engine declares. The options are an engine's.
    ///
    /// # Errors
    /// The broker cannot be reached, or refuses.
    pub async fn open(options: RabbitOptions, department: &DepartmentId) -> Result<Self, BusError> {
        options.check().map_err(|error| BusError(error.to_string().into()))?;
        let sender = wire::Sender::new(options.login.username(), &wire::source(None)).map_err(no_message)?;
        let names = Names::new(&options.prefix);
        let line = Line::open(&options, "conformance kit").await?;
        let channel = line.channel().await?;
        let declarer = Declarer { channel: &channel, names: &names, patience: options.patience };
        declarer.common().await?;
        declarer.department(department).await?;
        within(options.patience, channel.confirm_select(ConfirmSelectOptions::default())).await?;
        Ok(Self { line, channel, names, sender, options, department: department.clone() })
    }

    /// Sends a message to the department; returns once the broker has it.
    ///
    /// # Errors
    /// The broker did not take it.
    pub async fn send(&self, message: &Message, form: Form) -> Result<(), BusError> {
        if !form.redelivered {
            return self.publish(message, form).await;
        }
        // Somebody has it in hand and gives it back: to the adapter it comes as a redelivery.
        let channel = self.line.channel().await?;
        self.during(channel.basic_qos(1, BasicQosOptions::default())).await?;
        let mut arguments = FieldTable::default();
        arguments.insert("x-priority".into(), AMQPValue::LongLongInt(FIRST));
        let queue = self.queue();
        let consuming = channel.basic_consume(queue, "".into(), BasicConsumeOptions::default(), arguments);
        let mut consumer = self.during(consuming).await?;
        self.publish(message, form).await?;
        let taken = tokio::time::timeout(self.options.patience, consumer.next()).await;
        let Ok(Some(taken)) = taken else {
            return Err(BusError("the message that was to be given back did not come".into()));
        };
        let tag = taken.map_err(Trouble::from)?.delivery_tag;
        self.during(channel.basic_cancel(consumer.tag(), BasicCancelOptions::default())).await?;
        self.during(channel.basic_reject(tag, BasicRejectOptions { requeue: true })).await?;
        Ok(self.during(channel.close(200, "OK".into())).await?)
    }

    /// Sends several messages to the department as one.
    ///
    /// # Errors
    /// The broker did not take it.
    pub async fn send_packed(&self, id: MessageId, messages: &[Message]) -> Result<(), BusError> {
        let Some(first) = messages.first() else { return Ok(()) };
        let properties = self.sender.encode_pack(id, first.time, messages.len()).map_err(no_message)?;
        self.put(properties, &pack::encode(messages.iter())).await
    }

    async fn publish(&self, message: &Message, form: Form) -> Result<(), BusError> {
        let mut properties = if form.json {
            self.sender.encode_said_to_be_json(message).map_err(no_message)?
        } else {
            self.sender.encode(message).map_err(no_message)?
        };
        if let Some(version) = form.version {
            properties = wire::of_version(properties, version);
        }
        self.put(properties, &message.body).await
    }

    async fn put(&self, properties: BasicProperties, body: &[u8]) -> Result<(), BusError> {
        let options = BasicPublishOptions { mandatory: true, ..Default::default() };
        let (exchange, key) = (self.names.outbound(), names::request_key(&self.department));
        let confirm = async { self.channel.basic_publish(exchange, key, options, body, properties).await?.await };
        match self.during(confirm).await? {
            Confirmation::Ack(None) => Ok(()),
            other => Err(BusError(format!("the broker did not take the message: {other:?}").into())),
        }
    }

    /// Everything that comes for the engine from now on. It is taken off the broker as it comes.
    ///
    /// # Errors
    /// The broker refuses.
    pub async fn listen(&self) -> Result<mpsc::UnboundedReceiver<Heard>, BusError> {
        let channel = self.line.channel().await?;
        let queue = self.names.queue(&Address::Engine);
        let options = BasicConsumeOptions { no_ack: true, ..Default::default() };
        let mut consumer = self.during(channel.basic_consume(queue, "".into(), options, FieldTable::default())).await?;
        let (to, heard) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            // The channel is closed when its last handle is dropped.
            let _channel = channel;
            while let Some(Ok(delivery)) = consumer.next().await {
                let sender = names::sender(delivery.routing_key.as_str());
                let durable = *delivery.properties.delivery_mode() == Some(2);
                let messages = read(&delivery.properties, delivery.data.into());
                if to.send(Heard { messages, sender, durable }).is_err() {
                    return;
                }
            }
        });
        Ok(heard)
    }

    /// The message-id and the reason of a message that the adapter has put aside as none, if there is one. It is taken
    /// off the broker.
    ///
    /// # Errors
    /// The broker cannot be reached.
    pub async fn dead(&self) -> Result<Option<(String, String)>, BusError> {
        let queue = self.names.dead_queue(&Address::Department(self.department.clone()));
        let got = self.during(self.channel.basic_get(queue, BasicGetOptions { no_ack: true })).await?;
        Ok(got.map(|got| {
            let properties = &got.delivery.properties;
            let id = properties.message_id().as_ref().map_or("", |id| id.as_str()).to_owned();
            (id, wire::reason_of(properties))
        }))
    }

    /// What lies in the department's queue, and who is at it.
    ///
    /// # Errors
    /// The broker cannot be reached.
    pub async fn waiting(&self) -> Result<Queue, BusError> {
        self.look(self.queue()).await
    }

    /// What lies in the engine's queue, and who is at it.
    ///
    /// # Errors
    /// The broker cannot be reached.
    pub async fn replies(&self) -> Result<Queue, BusError> {
        self.look(self.names.queue(&Address::Engine)).await
    }

    async fn look(&self, queue: ShortString) -> Result<Queue, BusError> {
        let options = QueueDeclareOptions { passive: true, ..Default::default() };
        let queue = self.during(self.channel.queue_declare(queue, options, FieldTable::default())).await?;
        Ok(Queue { waiting: queue.message_count(), consumers: queue.consumer_count() })
    }

    /// Ends it in good order.
    pub async fn close(self) {
        self.line.close().await;
    }

    fn queue(&self) -> ShortString {
        self.names.queue(&Address::Department(self.department.clone()))
    }

    async fn during<T>(&self, doing: impl Future<Output = Result<T, lapin::Error>>) -> Result<T, Trouble> {
        within(self.options.patience, doing).await
    }
}

fn no_message(error: wire::WireError) -> BusError {
    BusError(error.to_string().into())
}

fn read(properties: &BasicProperties, body: Bytes) -> Result<Vec<Message>, String> {
    if !wire::is_pack(properties) {
        return wire::decode(properties, body).map(|message| vec![message]).map_err(|error| error.to_string());
    }
    let count = wire::decode_pack(properties).map_err(|error| error.to_string())?;
    let messages = pack::decode(body, count).map_err(|error| error.to_string())?;
    messages.into_iter().map(|message| message.map_err(|garbled| garbled.why.to_string())).collect()
}
