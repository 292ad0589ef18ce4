//! Users and their rights at the broker, as the file that RabbitMQ imports: one user for the engine, one per adapter,
//! each with what it needs and nothing more.

use jisr_core::name::DepartmentId;
use serde_json::{Value, json};

use super::names::{self, Names};
use crate::Address;

/// The definitions for these departments in a virtual host, for `rabbitmqctl import_definitions` or
/// `load_definitions`.
///
/// The users have no passwords and cannot log in by one until it is set (`rabbitmqctl change_password`); with
/// certificates they need none. Queues and exchanges are not in it: the engine declares them.
#[must_use]
pub fn definitions(vhost: &str, departments: &[DepartmentId]) -> Value {
    let names = Names::new("");
    let mut users = vec![user("jisr-engine")];
    let mut permissions = vec![json!({
        "user": "jisr-engine", "vhost": vhost, "configure": r"^jisr\.", "write": r"^jisr\.", "read": r"^jisr\.",
    })];
    let mut topics = Vec::new();
    for department in departments {
        let name = format!("jisr-adapter-{department}");
        users.push(user(&name));
        let queue = names.queue(&Address::Department(department.clone()));
        permissions.push(json!({
            "user": name, "vhost": vhost, "configure": "^$",
            "write": exactly(names.inbound().as_str()), "read": exactly(queue.as_str()),
        }));
        // Its own routing keys only: by them the engine knows who sent.
        let address = Address::Department(department.clone());
        let (reply, dead) = (names::reply_key(Some(department)), names::dead_key(&address));
        topics.push(json!({
            "user": name, "vhost": vhost, "exchange": names.inbound().as_str(),
            "write": format!("^({}|{})$", escaped(reply.as_str()), escaped(dead.as_str())), "read": "^$",
        }));
    }
    json!({
        "vhosts": [{ "name": vhost }],
        "users": users,
        "permissions": permissions,
        "topic_permissions": topics,
    })
}

fn user(name: &str) -> Value {
    json!({ "name": name, "password_hash": "", "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": [] })
}

fn exactly(name: &str) -> String {
    format!("^{}$", escaped(name))
}

/// Names hold letters, digits, hyphens and dots; of these only the dot means something to a regular expression.
fn escaped(name: &str) -> String {
    name.replace('.', r"\.")
}
