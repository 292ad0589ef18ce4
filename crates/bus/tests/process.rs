//! The in-process bus, put through the suite, and what is its own.

use std::sync::Arc;

use jisr_bus::{Bus, ProcessBus};

async fn bus() -> Arc<dyn Bus> {
    Arc::new(ProcessBus::new())
}

jisr_bus::bus_suite!(bus());
