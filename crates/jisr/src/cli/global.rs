//! What every command understands.

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use jisr_core::text::Locale;
use tonic::transport::Uri;

/// Where front ends' gRPC is by default.
pub(crate) const ADDRESS: &str = "http://127.0.0.1:50051";
/// Where the operators' API is by default.
pub(crate) const OPERATIONS_ADDRESS: &str = "http://127.0.0.1:9090";

/// Options that stand before or after any command.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Options for all commands")]
pub(crate) struct Global {
    /// Print JSON: one document, or one on each line where there are many; errors too, on standard error
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print values separated by tabs, without headings or colour
    #[arg(long, global = true, conflicts_with = "json")]
    pub(crate) plain: bool,
    /// No colour (also: the environment variable NO_COLOR)
    #[arg(long, global = true)]
    pub(crate) no_color: bool,
    /// Read this configuration file, instead of /etc/jisr/jisr.toml and ./jisr.toml; may be repeated
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Vec<PathBuf>,
    /// Set one value over the configuration files; may be repeated
    #[arg(long, global = true, value_name = "SECTION.KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Where front ends' gRPC is [default: http://127.0.0.1:50051]
    #[arg(long, global = true, value_name = "URL", env = "JISR_ADDRESS", value_parser = address, hide_env_values = true)]
    address: Option<String>,
    /// Where the operators' API is [default: http://127.0.0.1:9090]
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "JISR_OPERATIONS_ADDRESS",
        value_parser = address,
        hide_env_values = true
    )]
    operations_address: Option<String>,
    /// The language of texts [default: by LC_ALL, LC_MESSAGES or LANG]
    #[arg(long, global = true, value_name = "LANGUAGE")]
    lang: Option<Language>,
    /// How long to go on trying for an answer, such as 10s or 2m
    #[arg(long, global = true, value_name = "DURATION", default_value = "30s", value_parser = super::duration)]
    pub(crate) timeout: Duration,
}

/// The languages there are texts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Language {
    /// العربية
    Ar,
    /// English
    En,
}

impl Global {
    /// Where front ends' gRPC is.
    pub(crate) fn address(&self) -> &str {
        self.address.as_deref().unwrap_or(ADDRESS)
    }

    /// Someone said where the server is, and so expects one there.
    pub(crate) fn expects_a_server(&self) -> bool {
        self.address.is_some()
    }

    /// Where the operators' API is.
    pub(crate) fn operations_address(&self) -> &str {
        self.operations_address.as_deref().unwrap_or(OPERATIONS_ADDRESS)
    }

    /// The language of texts.
    pub(crate) fn locale(&self) -> Locale {
        match self.lang {
            Some(Language::Ar) => Locale::Ar,
            Some(Language::En) => Locale::En,
            None => of_environment(|name| std::env::var(name).ok()),
        }
    }
}

/// The first of the POSIX variables that says anything decides. A shell that says nothing, or `C`, is not Arabic.
fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Locale {
    let said = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(variable).find(|value| !value.is_empty());
    match said.as_deref().and_then(|value| value.split(['_', '.', '@', '-']).next()) {
        Some("ar") => Locale::Ar,
        _ => Locale::En,
    }
}

fn address(text: &str) -> Result<String, String> {
    let Ok(uri) = text.parse::<Uri>() else { return Err("not a URL such as http://127.0.0.1:50051".to_owned()) };
    match (uri.scheme_str(), uri.authority()) {
        (Some("http"), Some(_)) => Ok(text.to_owned()),
        (Some("https"), _) => Err("this version speaks http:// only, on this machine".to_owned()),
        (None, Some(authority)) => Err(format!("write it as http://{authority}")),
        _ => Err("not a URL such as http://127.0.0.1:50051".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_that_of_the_shell() {
        for (variables, expected) in [
            (&[][..], Locale::En),
            (&[("LANG", "ar_AE.UTF-8")][..], Locale::Ar),
            (&[("LANG", "ar_AE.UTF-8"), ("LC_ALL", "en_GB.UTF-8")][..], Locale::En),
            (&[("LANG", "en_GB.UTF-8"), ("LC_MESSAGES", "ar")][..], Locale::Ar),
            (&[("LC_ALL", ""), ("LANG", "ar")][..], Locale::Ar),
            (&[("LC_ALL", "C.UTF-8")][..], Locale::En),
            (&[("LANG", "arn_CL")][..], Locale::En),
        ] {
            let find =
                |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            assert_eq!(of_environment(find), expected, "{variables:?}");
        }
    }
}
