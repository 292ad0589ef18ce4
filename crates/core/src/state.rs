//! The states of a transaction and of a leg, and which state may follow which.
//!
//! These tables are the law: the state machine in [`crate::case`] is tested never to leave them.
//! REFUSED (the department's answer to the customer) and FAILED (a technical fault) never share anything.

use crate::problem::Text;

/// Where a transaction stands, as the front end sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TransactionState {
    /// Durably received; nothing has been asked of a department yet.
    Submitted,
    /// Valid, and the service's plan is fixed.
    Accepted,
    /// At least one department is at work, or its work waits to be sent.
    Processing,
    /// A department needs more from the customer; the clock pauses.
    InformationRequired,
    /// A fee has fallen due and is not settled.
    PaymentRequired,
    /// Held by an operator; returns to the state before.
    Suspended,
    /// Cancellation has begun; finished legs are being compensated.
    Cancelling,
    /// Every leg of the plan has ended well. Terminal.
    Completed,
    /// A department refused, and the service's policy ends the application. Terminal.
    Rejected,
    /// Cancelled, and everything done has been undone. Terminal.
    Cancelled,
    /// The customer did not answer in time. Terminal.
    Expired,
}

impl TransactionState {
    /// Every state, in the order of the declaration.
    pub const ALL: [Self; 11] = [
        Self::Submitted,
        Self::Accepted,
        Self::Processing,
        Self::InformationRequired,
        Self::PaymentRequired,
        Self::Suspended,
        Self::Cancelling,
        Self::Completed,
        Self::Rejected,
        Self::Cancelled,
        Self::Expired,
    ];

    /// Nothing leaves a terminal state: to re-open is a new transaction with a link.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Rejected | Self::Cancelled | Self::Expired)
    }

    /// The customer's move: the clock pauses, and `expire_time` counts.
    #[must_use]
    pub const fn waits_for_customer(self) -> bool {
        matches!(self, Self::InformationRequired | Self::PaymentRequired)
    }

    /// What people call it.
    #[must_use]
    pub const fn words(self) -> Text {
        let (ar, en) = match self {
            Self::Submitted => ("مُستلَمة", "Submitted"),
            Self::Accepted => ("مقبولة", "Accepted"),
            Self::Processing => ("قيد المعالجة", "Processing"),
            Self::InformationRequired => ("بانتظار معلومات", "Information required"),
            Self::PaymentRequired => ("بانتظار الدفع", "Payment required"),
            Self::Suspended => ("معلَّقة", "Suspended"),
            Self::Cancelling => ("قيد الإلغاء", "Cancelling"),
            Self::Completed => ("مكتملة", "Completed"),
            Self::Rejected => ("مرفوضة", "Rejected"),
            Self::Cancelled => ("ملغاة", "Cancelled"),
            Self::Expired => ("منتهية المهلة", "Expired"),
        };
        Text { ar, en }
    }

    /// Whether `to` may directly follow `self`.
    #[must_use]
    pub const fn may_become(self, to: Self) -> bool {
        use TransactionState::{
            Accepted, Cancelled, Cancelling, Completed, Expired, InformationRequired, PaymentRequired, Processing,
            Rejected, Submitted, Suspended,
        };
        match self {
            Submitted => matches!(to, Accepted | Rejected | Cancelling | Suspended),
            Accepted => matches!(to, Processing | PaymentRequired | Rejected | Cancelling | Suspended),
            Processing => matches!(
                to,
                Completed | Rejected | Expired | InformationRequired | PaymentRequired | Cancelling | Suspended
            ),
            InformationRequired | PaymentRequired => {
                matches!(to, Processing | Expired | Cancelling | Suspended)
            }
            Suspended => !to.is_terminal() && !matches!(to, Suspended),
            Cancelling => matches!(to, Cancelled | Suspended),
            Completed | Rejected | Cancelled | Expired => false,
        }
    }
}

/// Where one department's part of a transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LegState {
    /// Not sent: it waits for the legs it depends on.
    Planned,
    /// A request is on its way to the department's adapter.
    Dispatched,
    /// The adapter has it and is about to call the department's system.
    Acknowledged,
    /// The department has it and will answer later.
    InProgress,
    /// The department asks the customer for more.
    InformationRequired,
    /// The department did it.
    Succeeded,
    /// The department said no to the customer.
    Refused,
    /// A technical fault: certainly not done. Retried, or parked for an operator when `held`.
    Failed,
    /// The call may have happened. Never repeated blindly.
    InDoubt,
    /// Will not be done: not needed any more, or settled by an operator.
    Skipped,
    /// Done, and now being undone.
    Compensating,
    /// Done and undone.
    Compensated,
}

impl LegState {
    /// Every state, in the order of the declaration.
    pub const ALL: [Self; 12] = [
        Self::Planned,
        Self::Dispatched,
        Self::Acknowledged,
        Self::InProgress,
        Self::InformationRequired,
        Self::Succeeded,
        Self::Refused,
        Self::Failed,
        Self::InDoubt,
        Self::Skipped,
        Self::Compensating,
        Self::Compensated,
    ];

    /// A request has been sent and its effect is not known yet.
    #[must_use]
    pub const fn in_flight(self) -> bool {
        matches!(self, Self::Dispatched | Self::Acknowledged | Self::InProgress | Self::InDoubt)
    }

    /// Nothing leaves these.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Refused | Self::Skipped | Self::Compensated)
    }

    /// Whether `to` may directly follow `self`. `X -> X` stands where a leg is asked again without moving.
    #[must_use]
    pub const fn may_become(self, to: Self) -> bool {
        use LegState::{
            Acknowledged, Compensated, Compensating, Dispatched, Failed, InDoubt, InProgress, InformationRequired,
            Planned, Refused, Skipped, Succeeded,
        };
        match self {
            Planned => matches!(to, Dispatched | Skipped),
            Dispatched => matches!(
                to,
                Dispatched
                    | Acknowledged
                    | InProgress
                    | InformationRequired
                    | Succeeded
                    | Refused
                    | Failed
                    | InDoubt
                    | Compensating
            ),
            Acknowledged | InProgress => {
                matches!(to, InProgress | InformationRequired | Succeeded | Refused | Failed | InDoubt)
            }
            InformationRequired => {
                matches!(to, Dispatched | InProgress | Succeeded | Refused | Compensating | Skipped)
            }
            Failed => matches!(to, Dispatched | Succeeded | Skipped),
            InDoubt => {
                matches!(
                    to,
                    InDoubt
                        | Dispatched
                        | InProgress
                        | InformationRequired
                        | Succeeded
                        | Refused
                        | Compensating
                        | Skipped
                )
            }
            Succeeded => matches!(to, Compensating),
            Compensating => matches!(to, Compensating | Compensated | Skipped),
            Refused | Skipped | Compensated => false,
        }
    }
}
