//! The configuration as TOML, each value with its origin, for `jisr config show`.

use std::fmt::Write as _;

use toml::{Table, Value};

use super::error::Origin;
use super::load::Configuration;

impl Configuration {
    /// The whole configuration as TOML. Each line ends in a comment that says where its value was written;
    /// secrets appear as the references they are, and a text under a key that sounds like a secret as `***`.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut out = String::new();
        self.section(&mut out, &mut Vec::new(), &self.values);
        out
    }

    fn section(&self, out: &mut String, path: &mut Vec<String>, table: &Table) {
        let plain: Vec<_> = table.iter().filter(|(_, value)| !value.is_table()).collect();
        if !plain.is_empty() {
            let separator = if out.is_empty() { "" } else { "\n" };
            let name: Vec<String> = path.iter().map(|part| quoted(part)).collect();
            // Writing to a String cannot fail.
            let _ = writeln!(out, "{separator}[{}]", name.join("."));
        }
        for (key, value) in plain {
            path.push(key.clone());
            let origin = self.origins.get(&path.join(".")).unwrap_or(&Origin::BuiltIn);
            let shown = if is_private(path, value) { Value::String("***".to_owned()) } else { value.clone() };
            let _ = writeln!(out, "{} = {shown} # {origin}", quoted(key));
            path.pop();
        }
        for (key, value) in table {
            if let Value::Table(inner) = value {
                path.push(key.clone());
                self.section(out, path, inner);
                path.pop();
            }
        }
    }
}

fn quoted(key: &str) -> String {
    let bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if bare { key.to_owned() } else { Value::String(key.to_owned()).to_string() }
}

/// Adapters should use `Secret`, which refuses literals; this catches one that does not.
fn is_private(path: &[String], value: &Value) -> bool {
    const WORDS: [&str; 6] = ["password", "passphrase", "secret", "token", "credential", "private_key"];
    let key = path.last().map(|key| key.to_lowercase()).unwrap_or_default();
    value.is_str() && WORDS.iter().any(|word| key.ends_with(word))
}
