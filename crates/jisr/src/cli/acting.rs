//! Who does it: what operators do is kept under a name.

use clap::Args;
use tonic::metadata::{Ascii, MetadataValue};

/// The option of every command that changes something on the operators' side.
#[derive(Clone, Debug, Args)]
pub(crate) struct Acting {
    /// Who does this, for the records [default: the user of this shell]
    #[arg(long, value_name = "NAME", env = "JISR_OPERATOR", value_parser = operator, hide_env_values = true)]
    operator: Option<MetadataValue<Ascii>>,
}

impl Acting {
    /// The name to act under; nothing where the shell's user has none that could be kept.
    pub(crate) fn name(&self) -> Option<MetadataValue<Ascii>> {
        let user = || ["USER", "LOGNAME"].into_iter().find_map(|name| operator(&std::env::var(name).ok()?).ok());
        self.operator.clone().or_else(user)
    }
}

/// As the server keeps it: an account's name.
fn operator(text: &str) -> Result<MetadataValue<Ascii>, String> {
    let account = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'@');
    let fits = (1..=64).contains(&text.len()) && text.bytes().all(account);
    let value = fits.then(|| text.parse().ok()).flatten();
    value.ok_or_else(|| "give an account name such as m.rashid: a to z, 0 to 9 and - . _ @".to_owned())
}
