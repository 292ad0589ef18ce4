//! The bus on RabbitMQ, 3.10 or later. Nobody else names AMQP.
//!
//! One task publishes and one per consumer consumes, each on a connection of its own, and each connects again for as
//! long as it takes: an outage is a pause. What the broker has confirmed it keeps on a majority of its nodes; what it has
//! not, the sender sends again. Nothing here waits for a retry: that is the engine's, in its journal (ADR 8). What waits to
//! be sent while the broker confirms goes as one message, a pack; each of a pack is settled by itself (ADR 10).

mod backoff;
mod consume;
mod definitions;
mod json;
mod line;
mod names;
mod options;
mod pack;
pub mod probe;
mod publish;
mod tls;
mod topology;
mod trouble;
mod wire;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
pub use definitions::definitions;
use jisr_core::name::DepartmentId;
pub use options::{ClientCertificate, Login, Password, RabbitOptions, RabbitOptionsError, Role};

use self::line::Line;
use self::names::Names;
use self::publish::{Link, Load, Route, Way};
use crate::{Address, Bus, BusError, Consumer, Message, Publisher, Receipt};

/// One end of the bus on RabbitMQ. Clones are the same end.
#[derive(Clone)]
pub struct RabbitBus {
    options: Arc<RabbitOptions>,
    names: Names,
    link: Link,
    /// Where messages go that have been sent already.
    ways: Arc<Mutex<HashMap<Address, Arc<Way>>>>,
}

impl RabbitBus {
    /// An end that connects in the background, now and after every outage: for a process that must start, and accept
    /// work, while the broker is down. Call it in a tokio runtime.
    ///
    /// # Errors
    /// The options cannot work, whatever the broker says.
    pub fn new(options: RabbitOptions) -> Result<Self, RabbitOptionsError> {
        options.check()?;
        let options = Arc::new(options);
        let link = Link::start(options.clone());
        Ok(Self { names: Names::new(&options.prefix), link, ways: Arc::default(), options })
    }

    /// The same, once the broker was reached and has let us in.
    ///
    /// # Errors
    /// The options cannot work, or the broker cannot be reached, or refuses.
    pub async fn connect(options: RabbitOptions) -> Result<Self, BusError> {
        let refused = |error: RabbitOptionsError| BusError(error.to_string().into());
        options.check().map_err(refused)?;
        Line::open(&options, "introduction").await?.close().await;
        Self::new(options).map_err(refused)
    }

    /// The way of a message for `to`, for those who may send there.
    fn way(&self, to: &Address) -> Result<Arc<Way>, BusError> {
        let mut ways = self.ways.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(way) = ways.get(to) {
            return Ok(way.clone());
        }
        let way = self.link.way(self.route(to)?);
        if *to == Address::Engine {
            // It is of our own making, and understands packs.
            way.set_pack(u16::MAX);
        }
        ways.insert(to.clone(), way.clone());
        Ok(way)
    }

    /// Where a message for `to` goes, for those who may send there.
    fn route(&self, to: &Address) -> Result<Route, BusError> {
        match (to, &self.options.role) {
            (Address::Department(department), Role::Engine { .. }) => Ok(Route {
                exchange: self.names.outbound(),
                key: names::request_key(department),
                department: Some(department.clone()),
            }),
            (Address::Department(_), Role::Adapter(_)) => Err(BusError("an adapter sends to the engine only".into())),
            (Address::Engine, role) => {
                let sender = match role {
                    Role::Engine { .. } => None,
                    Role::Adapter(department) => Some(department),
                };
                Ok(Route { exchange: self.names.inbound(), key: names::reply_key(sender), department: None })
            }
        }
    }
}

#[async_trait]
impl Bus for RabbitBus {
    async fn publisher(&self) -> Result<Arc<dyn Publisher>, BusError> {
        Ok(Arc::new(self.clone()))
    }

    async fn consume(&self, from: &Address, prefetch: u16) -> Result<Consumer, BusError> {
        if let Role::Adapter(own) = &self.options.role
            && !matches!(from, Address::Department(department) if department == own)
        {
            return Err(BusError("an adapter consumes its own requests only".into()));
        }
        consume::start(self.options.clone(), from.clone(), prefetch, self.link.clone()).await
    }

    fn set_pack(&self, department: &DepartmentId, most: u16) {
        // Who may not send there has nothing to pack.
        if let Ok(way) = self.way(&Address::Department(department.clone())) {
            way.set_pack(most);
        }
    }

    fn set_json(&self, department: &DepartmentId, json: bool) {
        if let Ok(way) = self.way(&Address::Department(department.clone())) {
            way.set_json(json);
        }
    }
}

#[async_trait]
impl Publisher for RabbitBus {
    async fn publish(&self, to: &Address, message: Message) -> Result<Receipt, BusError> {
        let way = self.way(to)?;
        self.link.publish(&way, Load::Message(message)).await?;
        let (durable, receipt) = Receipt::pair();
        // Confirmed is held and durable at once.
        let _ = durable.send(());
        Ok(receipt)
    }
}
