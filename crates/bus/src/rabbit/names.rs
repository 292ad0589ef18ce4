//! What exchanges, queues and routing keys are called, and nothing else: `contracts.md` has the same list.

use jisr_core::name::DepartmentId;
use lapin::types::ShortString;

use crate::Address;

/// First word of the engine's own routing keys. No department can be called so: names have no underscore.
const ENGINE: &str = "_engine";

/// The names of one installation. With a prefix of up to 100 characters none is longer than AMQP's 255.
#[derive(Clone, Debug)]
pub(super) struct Names {
    prefix: String,
}

impl Names {
    pub(super) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned() }
    }

    fn name(&self, rest: &str) -> ShortString {
        format!("{}jisr.{rest}", self.prefix).into()
    }

    /// Topic exchange from the engine to departments. Only the engine writes here.
    pub(super) fn outbound(&self) -> ShortString {
        self.name("to-department")
    }

    /// Topic exchange from departments, and of everything dead.
    pub(super) fn inbound(&self) -> ShortString {
        self.name("from-department")
    }

    /// Exchange and queue of what a sender in `from-department` gave a wrong key.
    pub(super) fn unroutable(&self) -> ShortString {
        self.name("unroutable")
    }

    /// The queue that is consumed for an address.
    pub(super) fn queue(&self, address: &Address) -> ShortString {
        match address {
            Address::Department(department) => self.name(&format!("department.{department}")),
            Address::Engine => self.name("replies"),
        }
    }

    /// The queue of what could not be dealt with there.
    pub(super) fn dead_queue(&self, address: &Address) -> ShortString {
        match address {
            Address::Department(department) => self.name(&format!("department.{department}.dead")),
            Address::Engine => self.name("replies.dead"),
        }
    }
}

/// Binding of the engine's queue: a reply of whomever.
pub(super) const EVERY_REPLY: &str = "*.reply";

/// Key of a message for a department.
pub(super) fn request_key(department: &DepartmentId) -> ShortString {
    department.as_str().into()
}

/// Key of a message for the engine. The broker lets an adapter use only its own (topic permissions), so the engine
/// knows from it who sent.
pub(super) fn reply_key(sender: Option<&DepartmentId>) -> ShortString {
    format!("{}.reply", sender.map_or(ENGINE, |department| department.as_str())).into()
}

/// Key of what died at an address.
pub(super) fn dead_key(at: &Address) -> ShortString {
    match at {
        Address::Department(department) => format!("{department}.dead").into(),
        Address::Engine => format!("{ENGINE}.dead").into(),
    }
}

/// The department that a reply's key names.
pub(super) fn sender(key: &str) -> Option<DepartmentId> {
    DepartmentId::new(key.strip_suffix(".reply")?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_contract() {
        let names = Names::new("");
        let department = Address::Department(DepartmentId::new("civil-defence").unwrap());
        assert_eq!(names.outbound().as_str(), "jisr.to-department");
        assert_eq!(names.inbound().as_str(), "jisr.from-department");
        assert_eq!(names.unroutable().as_str(), "jisr.unroutable");
        assert_eq!(names.queue(&department).as_str(), "jisr.department.civil-defence");
        assert_eq!(names.dead_queue(&department).as_str(), "jisr.department.civil-defence.dead");
        assert_eq!(names.queue(&Address::Engine).as_str(), "jisr.replies");
        assert_eq!(names.dead_queue(&Address::Engine).as_str(), "jisr.replies.dead");
        assert_eq!(Names::new("t1.").queue(&Address::Engine).as_str(), "t1.jisr.replies");
    }

    #[test]
    fn a_reply_key_names_its_sender() {
        let department = DepartmentId::new("economy").unwrap();
        assert_eq!(sender(reply_key(Some(&department)).as_str()), Some(department));
        assert_eq!(sender(reply_key(None).as_str()), None);
        assert_eq!(sender("economy.dead"), None);
    }
}
