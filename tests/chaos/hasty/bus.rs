//! A bus whose consumer acknowledges a message before anybody has dealt with it.

use std::sync::Arc;

use async_trait::async_trait;
use jisr_bus::{Address, Bus, BusError, Consumer, Delivery, Publisher, RabbitBus, Settle, Settled};
use tokio::sync::mpsc;

use super::LATE;

/// See the module.
pub(crate) struct HastyBus(pub(crate) RabbitBus);

#[async_trait]
impl Bus for HastyBus {
    async fn publisher(&self) -> Result<Arc<dyn Publisher>, BusError> {
        self.0.publisher().await
    }

    async fn consume(&self, from: &Address, prefetch: u16) -> Result<Consumer, BusError> {
        let mut inner = self.0.consume(from, prefetch).await?;
        let (sender, receiver) = mpsc::channel(usize::from(prefetch));
        tokio::spawn(async move {
            while let Some(delivery) = inner.next().await {
                let again = Delivery::new(delivery.message.clone(), delivery.redelivered, Box::new(Deaf));
                let again = again.sent_by(delivery.sender.clone());
                // This is what is wrong.
                delivery.acknowledge();
                let sender = sender.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(LATE).await;
                    let _ = sender.send(again).await;
                });
            }
        });
        Ok(Consumer::new(receiver))
    }
}

/// There is nobody left to tell.
struct Deaf;

impl Settle for Deaf {
    fn settle(self: Box<Self>, _: Settled) {}
}
