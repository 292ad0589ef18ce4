//! Which parked legs are meant: the flags that every command on failures understands.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use jisr_core::name::{DepartmentId, OperationId};

use super::moment::{Moment, moment};
use crate::leg_name::LegFlag;
use crate::transaction_name::TransactionName;

/// What the help calls these flags: said of each, as what follows them belongs to others.
const WHICH: &str = "Which legs";

/// All that are given must apply.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct SelectionArgs {
    /// Of this department
    #[arg(long, help_heading = WHICH, value_name = "DEPARTMENT", value_parser = super::department_id)]
    pub(crate) department: Option<DepartmentId>,
    /// Of this operation
    #[arg(long, help_heading = WHICH, value_name = "OPERATION")]
    pub(crate) operation: Option<OperationId>,
    /// Parked for this reason, a code such as BC-502
    #[arg(long, help_heading = WHICH, value_name = "CODE", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) reason: Option<String>,
    /// Reported by this version of the adapter; empty for those where it is not known
    #[arg(long, help_heading = WHICH, value_name = "VERSION")]
    pub(crate) adapter_version: Option<String>,
    /// Of this transaction: transactions/<uuid>, the uuid alone, or the reference number
    #[arg(long, help_heading = WHICH, value_name = "TRANSACTION")]
    pub(crate) transaction: Option<TransactionName>,
    /// This leg: <transaction>/legs/<leg>, or <leg> alone beside --transaction
    #[arg(long, help_heading = WHICH, value_name = "LEG")]
    pub(crate) leg: Option<LegFlag>,
    /// Parked then or later: 2h (ago), '2026-03-01 07:30', or RFC 3339
    #[arg(long, help_heading = WHICH, value_name = "WHEN", value_parser = moment)]
    pub(crate) since: Option<Moment>,
    /// Parked before: written as for --since
    #[arg(long, help_heading = WHICH, value_name = "WHEN", value_parser = moment)]
    pub(crate) before: Option<Moment>,
}

impl SelectionArgs {
    /// Nothing is said, so all are meant.
    pub(crate) fn is_empty(&self) -> bool {
        let Self { department, operation, reason, adapter_version, transaction, leg, since, before } = self;
        department.is_none()
            && operation.is_none()
            && reason.is_none()
            && adapter_version.is_none()
            && transaction.is_none()
            && leg.is_none()
            && since.is_none()
            && before.is_none()
    }
}
