//! Who takes part: departments with their effect contracts, and the processes of an installation.

use std::time::Duration;

/// What a department's system does when the same request reaches it twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Recognises our reference.
    Idempotent,
    /// Does it again, and can be asked whether it has our reference.
    Lookup,
    /// Does it again, and cannot be asked by an adapter; a person can.
    Once,
}

impl Effect {
    /// As `adapter.toml` writes it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Idempotent => "idempotent",
            Self::Lookup => "lookup",
            Self::Once => "once",
        }
    }
}

/// Whose system stands behind a department's adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// A stand-in of the ledger's own, which misbehaves from the seed.
    StandIn,
    /// The municipality's building control on spyne, behind the real adapter.
    BuildingControl,
}

/// A department of the catalogue, with a service it alone carries out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Department {
    /// Its id.
    pub id: &'static str,
    /// The service.
    pub service: &'static str,
    /// The leg in the service's plan.
    pub leg: &'static str,
    /// The operation of that leg.
    pub operation: &'static str,
    /// What a repetition does.
    pub effect: Effect,
    /// Whether the operation can be undone.
    pub compensable: bool,
    /// Processes that run its adapter.
    pub instances: usize,
    /// What stands behind it.
    pub system: System,
    /// Its part of all applications, of the sum of all parts.
    pub share: u32,
}

impl Department {
    /// What its system knows a transaction's work by.
    #[must_use]
    pub fn reference(&self, reference_no: &str) -> String {
        format!("{reference_no}/{}", self.leg)
    }

    /// Whether it says no to the customer: the same answer however often it is asked.
    #[must_use]
    pub fn refuses(&self, reference: &str) -> bool {
        self.system == System::StandIn && refuses(reference)
    }

    /// The processes of its adapter.
    #[must_use]
    pub fn adapters(&self) -> Vec<String> {
        (1..=self.instances).map(|number| format!("adapter-{}-{number}", self.id)).collect()
    }

    /// `adapter.toml` of its stand-in.
    #[must_use]
    pub fn manifest(&self, pace: &Pace) -> String {
        let ms = |duration: Duration| format!("{}ms", duration.as_millis());
        format!(
            r#"department = "{}"
titles = {{ ar = "دائرة للاختبار", en = "A stand-in" }}
system = "a durable record"
protocol = "HTTP"
begin_within = "{}"
[operations.{}]
effect = "{}"
call_timeout = "{}"
ends_within = "{}"
answer_within = "1h"
compensable = {}
compensation_effect = "idempotent"
max_in_flight = 2
retry = {{ first = "500ms", max = "4s", multiplier_percent = 200, attempts = 8 }}
"#,
            self.id,
            ms(pace.begin_within),
            self.operation,
            self.effect.word(),
            ms(pace.call_timeout),
            ms(pace.ends_within),
            self.compensable,
        )
    }
}

/// One in twenty-five applications is refused by a stand-in.
#[must_use]
pub fn refuses(reference: &str) -> bool {
    super::mixed_text(reference).is_multiple_of(25)
}

/// The times that decide how long it takes until everything has come to rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How long after its dispatch a request may be begun.
    pub start_within: Duration,
    /// How long an adapter waits for its department.
    pub call_timeout: Duration,
    /// How long after a request has come its call may begin.
    pub begin_within: Duration,
    /// How long after its start a call has certainly ended.
    pub ends_within: Duration,
}

impl Pace {
    /// Short enough that everything rests within a minute after the last fault.
    pub const SHORT: Self = Self {
        start_within: Duration::from_secs(12),
        call_timeout: Duration::from_secs(2),
        begin_within: Duration::from_secs(5),
        ends_within: Duration::from_secs(5),
    };

    /// For a long run: a request may be begun long after it was sent, as with the usual settings.
    pub const LONG: Self = Self { start_within: Duration::from_secs(45), ..Self::SHORT };

    /// When the call of a request has certainly ended, whatever became of it, counted from its dispatch.
    #[must_use]
    pub fn certain_after(&self) -> Duration {
        // Clocks may differ by two seconds; see the state machine's margin.
        self.start_within + self.ends_within + Duration::from_secs(2)
    }
}

/// The departments of the ledger: every effect contract, one of them twice.
pub const DEPARTMENTS: [Department; 4] = [
    Department {
        id: "municipality",
        service: "building-noc",
        leg: "building-noc",
        operation: "building-noc",
        effect: Effect::Lookup,
        compensable: true,
        instances: 2,
        system: System::BuildingControl,
        share: 3,
    },
    Department {
        id: "civil-defence",
        service: "fire-safety-certificate",
        leg: "fire-certificate",
        operation: "inspection",
        effect: Effect::Lookup,
        compensable: true,
        instances: 2,
        system: System::StandIn,
        share: 3,
    },
    Department {
        id: "economy",
        service: "trade-licence-renew",
        leg: "trade-licence",
        operation: "licence-renew",
        effect: Effect::Idempotent,
        compensable: true,
        instances: 1,
        system: System::StandIn,
        share: 3,
    },
    Department {
        id: "health",
        service: "medical-fitness",
        leg: "medical",
        operation: "fitness-order",
        effect: Effect::Once,
        compensable: false,
        instances: 2,
        system: System::StandIn,
        share: 2,
    },
];

/// The processes that faults may be done to, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cast {
    /// Those that take applications in.
    pub gateways: Vec<String>,
    /// Those that take replies in and keep the time; may be the same.
    pub engines: Vec<String>,
    /// Nodes of the broker.
    pub brokers: Vec<String>,
    /// The database, where it is a process.
    pub database: Option<String>,
    /// The departments.
    pub departments: Vec<Department>,
}

impl Cast {
    /// Every process of every adapter.
    #[must_use]
    pub fn adapters(&self) -> Vec<String> {
        self.departments.iter().flat_map(Department::adapters).collect()
    }

    /// Every process that holds connections to the broker.
    #[must_use]
    pub fn on_the_bus(&self) -> Vec<String> {
        let mut all = self.servers();
        all.extend(self.adapters());
        all
    }

    /// Gateways and engines, each once.
    #[must_use]
    pub fn servers(&self) -> Vec<String> {
        let mut all = self.gateways.clone();
        all.extend(self.engines.iter().filter(|engine| !self.gateways.contains(engine)).cloned());
        all
    }

    /// The departments whose system is a stand-in.
    #[must_use]
    pub fn stand_ins(&self) -> Vec<String> {
        let stand_ins = self.departments.iter().filter(|department| department.system == System::StandIn);
        stand_ins.map(|department| department.id.to_owned()).collect()
    }
}
