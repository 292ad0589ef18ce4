//! Secrets: read from a file or an environment variable, never from a configuration value, and never printed.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer, de};

/// A secret text that prints as `***`, whatever the format.
///
/// In configuration it is a reference, `{ file = "/run/secrets/x" }` or `{ env = "X_PASSWORD" }`,
/// resolved while the configuration is read, so that a missing secret is found before a port opens.
/// A literal is refused: configuration is copied, committed and shown in support tickets.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value that is already in memory (tests, the demo).
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The secret itself, for the one call that needs it. Never log or store what this returns.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
enum Reference {
    File(PathBuf),
    Env(String),
}

impl Reference {
    fn resolve(&self) -> Result<String, String> {
        let text = match self {
            Self::File(path) => std::fs::read_to_string(path)
                .map_err(|error| format!("the secret's file {} cannot be read: {error}", path.display()))?,
            Self::Env(name) => {
                std::env::var(name).map_err(|error| format!("the secret's environment variable {name}: {error}"))?
            }
        };
        // Editors and `echo` end a file with a newline, which is no part of the secret.
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() {
            return Err(match self {
                Self::File(path) => format!("the secret's file {} is empty", path.display()),
                Self::Env(name) => format!("the secret's environment variable {name} is empty"),
            });
        }
        Ok(text.to_owned())
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Secret;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a reference to a secret: { file = \"path\" } or { env = \"NAME\" }")
            }

            // The offered text may be the secret itself: it must not reach the error message.
            fn visit_str<E: de::Error>(self, _text: &str) -> Result<Self::Value, E> {
                Err(E::custom(
                    "secrets are not written in configuration: use { file = \"path\" } or { env = \"NAME\" }",
                ))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let reference = Reference::deserialize(de::value::MapAccessDeserializer::new(map))?;
                reference.resolve().map(Secret).map_err(de::Error::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Holder {
        password: Secret,
    }

    fn read(text: &str) -> Result<Holder, String> {
        toml::from_str::<Holder>(text).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn comes_from_a_file_without_its_newline() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        std::fs::write(&path, "كلمة السر\n").unwrap();
        let holder = read(&format!("password = {{ file = {:?} }}", path.to_str().unwrap())).unwrap();
        assert_eq!(holder.password.reveal(), "كلمة السر");
        assert_eq!(format!("{holder:?} {}", holder.password), "Holder { password: *** } ***");
    }

    #[test]
    fn a_missing_or_empty_secret_is_an_error_naming_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let empty = folder.path().join("empty");
        std::fs::write(&empty, "\n").unwrap();
        let error = read(&format!("password = {{ file = {:?} }}", empty.to_str().unwrap())).unwrap_err();
        assert!(error.contains("is empty"), "{error}");
        let error = read("password = { env = \"JISR_TEST_NO_SUCH_VARIABLE\" }").unwrap_err();
        assert!(error.contains("JISR_TEST_NO_SUCH_VARIABLE"), "{error}");
    }

    #[test]
    fn a_literal_is_refused_without_being_repeated() {
        let error = read("password = \"hunter2\"").unwrap_err();
        assert!(error.contains("secrets are not written in configuration"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}
