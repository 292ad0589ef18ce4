//! What may go wrong, to whom, and for how long.

use std::fmt;
use std::time::Duration;

use super::cast::{Cast, Department};

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    KillGateway,
    KillEngine,
    KillEngines,
    KillAdapter,
    KillBroker,
    KillLeader,
    KillDatabase,
    KillDepartment,
    FreezeGateway,
    FreezeEngine,
    FreezeAdapter,
    FreezeBroker,
    PartBroker,
    FreezeDatabase,
    CutFrontEnd,
    CutBroker,
    CutDatabase,
    StallBroker,
    StallDatabase,
    PurgeQueue,
    PauseDepartment,
    CloseDepartment,
    LoseAnswers,
    EchoReplies,
    RollBrokers,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 25] = [
        Self::KillGateway,
        Self::KillEngine,
        Self::KillEngines,
        Self::KillAdapter,
        Self::KillBroker,
        Self::KillLeader,
        Self::KillDatabase,
        Self::KillDepartment,
        Self::FreezeGateway,
        Self::FreezeEngine,
        Self::FreezeAdapter,
        Self::FreezeBroker,
        Self::PartBroker,
        Self::FreezeDatabase,
        Self::CutFrontEnd,
        Self::CutBroker,
        Self::CutDatabase,
        Self::StallBroker,
        Self::StallDatabase,
        Self::PurgeQueue,
        Self::PauseDepartment,
        Self::CloseDepartment,
        Self::LoseAnswers,
        Self::EchoReplies,
        Self::RollBrokers,
    ];

    /// What is done, in words; the target follows.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::KillGateway | Self::KillEngine | Self::KillEngines | Self::KillAdapter => "kill",
            Self::KillBroker => "kill the broker",
            Self::KillLeader => "kill the node that leads the queue of",
            Self::KillDatabase => "kill the database",
            Self::KillDepartment => "kill the system of",
            Self::FreezeGateway | Self::FreezeEngine | Self::FreezeAdapter => "freeze",
            Self::FreezeBroker => "freeze the broker",
            Self::PartBroker => "part from the other nodes",
            Self::FreezeDatabase => "freeze the database",
            Self::CutFrontEnd => "cut the front ends off",
            Self::CutBroker => "cut from the broker",
            Self::CutDatabase => "cut from the database",
            Self::StallBroker => "stall on the way to the broker",
            Self::StallDatabase => "stall on the way to the database",
            Self::PurgeQueue => "purge the queue of",
            Self::PauseDepartment => "an operator pauses",
            Self::CloseDepartment => "connections are refused by",
            Self::LoseAnswers => "done, and the answers lost, by",
            Self::EchoReplies => "replies come twice and late from",
            Self::RollBrokers => "restart one after the other",
        }
    }

    /// The word that counts are shown by.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::KillGateway => "gateway killed",
            Self::KillEngine => "engine killed",
            Self::KillEngines => "all engines killed",
            Self::KillAdapter => "adapter killed",
            Self::KillBroker => "RabbitMQ killed",
            Self::KillLeader => "RabbitMQ's leader killed",
            Self::KillDatabase => "PostgreSQL killed",
            Self::KillDepartment => "department's system killed",
            Self::FreezeGateway => "gateway frozen",
            Self::FreezeEngine => "engine frozen",
            Self::FreezeAdapter => "adapter frozen",
            Self::FreezeBroker => "RabbitMQ frozen",
            Self::PartBroker => "RabbitMQ partitioned",
            Self::FreezeDatabase => "PostgreSQL frozen",
            Self::CutFrontEnd => "front ends cut off",
            Self::CutBroker => "connections to RabbitMQ cut",
            Self::CutDatabase => "connections to PostgreSQL cut",
            Self::StallBroker => "connections to RabbitMQ stalled",
            Self::StallDatabase => "connections to PostgreSQL stalled",
            Self::PurgeQueue => "queue purged",
            Self::PauseDepartment => "department paused",
            Self::CloseDepartment => "department closed",
            Self::LoseAnswers => "answers lost",
            Self::EchoReplies => "replies repeated",
            Self::RollBrokers => "rolling restart",
        }
    }

    /// How often it is drawn, beside the others.
    #[must_use]
    pub const fn weight(self) -> usize {
        match self {
            Self::KillEngine | Self::KillAdapter | Self::EchoReplies => 3,
            Self::KillGateway | Self::CutBroker | Self::LoseAnswers | Self::FreezeAdapter => 2,
            _ => 1,
        }
    }

    /// How long it lasts, in milliseconds: at least, and less than.
    #[must_use]
    pub const fn length(self) -> (u64, u64) {
        match self {
            Self::KillGateway | Self::KillEngine | Self::KillAdapter | Self::KillDepartment => (100, 3_000),
            // Until requests are missed to which the replies wait.
            Self::KillEngines => (5_000, 25_000),
            Self::KillBroker | Self::KillLeader | Self::KillDatabase => (300, 3_000),
            Self::FreezeGateway | Self::FreezeEngine | Self::FreezeAdapter | Self::FreezeBroker => (500, 8_000),
            // Longer than the nodes take to notice.
            Self::PartBroker => (8_000, 20_000),
            Self::FreezeDatabase | Self::CutDatabase | Self::StallDatabase => (200, 5_000),
            Self::CutFrontEnd => (100, 2_000),
            Self::CutBroker => (100, 12_000),
            Self::StallBroker => (500, 14_000),
            Self::PurgeQueue => (1_000, 2_500),
            Self::PauseDepartment | Self::CloseDepartment => (2_000, 10_000),
            Self::LoseAnswers => (2_000, 6_000),
            Self::EchoReplies => (0, 1),
            Self::RollBrokers => (500, 2_000),
        }
    }

    /// Whether it can last much longer than that.
    #[must_use]
    pub const fn may_last(self) -> bool {
        !matches!(
            self,
            Self::KillEngines | Self::FreezeAdapter | Self::PurgeQueue | Self::EchoReplies | Self::RollBrokers
        )
    }

    /// To whom it can be done.
    #[must_use]
    pub fn targets(self, cast: &Cast) -> Vec<String> {
        let all_departments = || cast.departments.iter().map(|department| department.id.to_owned()).collect();
        match self {
            Self::KillGateway | Self::FreezeGateway | Self::CutFrontEnd => cast.gateways.clone(),
            Self::KillEngine | Self::FreezeEngine => cast.engines.clone(),
            Self::KillEngines if cast.engines.len() > 1 => vec!["all engines".to_owned()],
            Self::KillEngines => Vec::new(),
            Self::KillAdapter | Self::FreezeAdapter => cast.adapters(),
            Self::KillBroker | Self::FreezeBroker => cast.brokers.clone(),
            Self::KillDatabase | Self::FreezeDatabase => cast.database.iter().cloned().collect(),
            Self::CutBroker | Self::StallBroker => cast.on_the_bus(),
            Self::CutDatabase | Self::StallDatabase if cast.database.is_some() => cast.servers(),
            Self::CutDatabase | Self::StallDatabase => Vec::new(),
            Self::PurgeQueue | Self::PauseDepartment | Self::EchoReplies => all_departments(),
            Self::KillDepartment | Self::CloseDepartment | Self::LoseAnswers => cast.stand_ins(),
            // One node alone has no others.
            Self::KillLeader | Self::PartBroker | Self::RollBrokers if cast.brokers.len() < 2 => Vec::new(),
            Self::KillLeader => all_departments(),
            Self::PartBroker => cast.brokers.clone(),
            Self::RollBrokers => vec!["all nodes".to_owned()],
        }
    }

    /// The department whose work it disturbs, where it is one.
    #[must_use]
    pub fn strikes(self, target: &str, cast: &Cast) -> Option<Department> {
        let its =
            |department: &&Department| department.id == target || department.adapters().iter().any(|it| it == target);
        cast.departments.iter().find(its).copied()
    }

    /// Whether the broker is what it is done to.
    #[must_use]
    pub const fn is_of_broker(self) -> bool {
        matches!(self, Self::KillBroker | Self::KillLeader | Self::FreezeBroker | Self::PartBroker | Self::RollBrokers)
    }

    /// What nothing else may be done to meanwhile. A broker of three nodes is one whole: with two of them gone it has no
    /// majority, and what it keeps is not at stake.
    #[must_use]
    pub fn occupies(self, target: &str, cast: &Cast) -> Vec<String> {
        let broker = || "the broker".to_owned();
        match self {
            _ if self.is_of_broker() => vec![broker()],
            Self::PurgeQueue => {
                let department = cast.departments.iter().find(|department| department.id == target);
                let mut all = department.map(Department::adapters).unwrap_or_default();
                all.push(broker());
                all
            }
            Self::KillEngines => cast.engines.clone(),
            Self::CutBroker | Self::StallBroker => vec![format!("{target} to the broker")],
            Self::CutDatabase | Self::StallDatabase => vec![format!("{target} to the database")],
            Self::CutFrontEnd => vec![format!("front ends to {target}")],
            Self::PauseDepartment => vec![format!("orders for {target}")],
            Self::EchoReplies => Vec::new(),
            _ => vec![target.to_owned()],
        }
    }
}

/// One fault of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// When it begins, from the start of the load.
    pub at: Duration,
    /// How long it lasts.
    pub length: Duration,
    /// What.
    pub kind: Kind,
    /// To whom.
    pub target: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.words(), self.target)?;
        if self.length > Duration::from_millis(1) {
            write!(f, " for {}.{:01} s", self.length.as_secs(), self.length.subsec_millis() / 100)?;
        }
        Ok(())
    }
}
