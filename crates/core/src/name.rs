//! The open, validated names of departments, services, operations, legs and centres, and of the resources they name.
//! Nothing here knows which of them exist.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The longest name, in characters: that of a DNS label, so that a name can stand in queues, metrics and hosts.
pub const MAX_NAME_LENGTH: usize = 63;

/// Why a text is not a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing was given.
    #[error("the name is empty")]
    Empty,
    /// Longer than [`MAX_NAME_LENGTH`].
    #[error("the name has more than {MAX_NAME_LENGTH} characters")]
    TooLong,
    /// Does not begin with a lower-case letter.
    #[error("the name must begin with a letter from a to z, not {0:?}")]
    Start(char),
    /// Holds something other than lower-case letters, digits and hyphens.
    #[error("the name may hold only a to z, 0 to 9 and hyphens, not {0:?}")]
    Character(char),
    /// A resource name that is not `{collection}/{id}`.
    #[error("the resource name is not of the form {0}/{{id}}")]
    NotInCollection(&'static str),
}

fn validate(name: &str) -> Result<(), NameError> {
    let first = name.chars().next().ok_or(NameError::Empty)?;
    if !first.is_ascii_lowercase() {
        return Err(NameError::Start(first));
    }
    if let Some(wrong) = name.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
        return Err(NameError::Character(wrong));
    }
    if name.len() > MAX_NAME_LENGTH {
        return Err(NameError::TooLong);
    }
    Ok(())
}

/// The id in a resource name `{collection}/{id}`, or nothing when the name is of another form. The id itself is not
/// checked.
#[must_use]
pub fn id_in<'a>(collection: &str, resource_name: &'a str) -> Option<&'a str> {
    let id = resource_name.strip_prefix(collection)?.strip_prefix('/')?;
    (!id.is_empty() && !id.contains('/')).then_some(id)
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        ///
        /// Matches `[a-z][a-z0-9-]{0,62}`. Cheap to clone.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks and takes a name.
            ///
            /// # Errors
            /// [`NameError`] says what is wrong with it.
            pub fn new(name: impl AsRef<str>) -> Result<Self, NameError> {
                let name = name.as_ref();
                validate(name)?;
                Ok(Self(name.into()))
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                Self::new(name)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(name: String) -> Result<Self, Self::Error> {
                Self::new(name)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.as_str().to_owned()
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                *self.0 == *other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                *self.0 == **other
            }
        }
    )*};
}

names! {
    /// A department: `municipality`, `naturalization`.
    DepartmentId;
    /// A service of the catalogue: `building-permit`.
    ServiceId;
    /// An operation one department offers: `issue-permit`. Unique within its department.
    OperationId;
    /// A leg of one transaction's plan: `site-inspection`. Unique within its transaction.
    LegId;
    /// A customer-service centre: `al-twar`.
    CentreId;
}

macro_rules! resources {
    ($($name:ident in $collection:literal;)*) => {$(
        impl $name {
            /// The collection of its resource names.
            pub const COLLECTION: &'static str = $collection;

            #[doc = concat!("The resource name `", $collection, "/{id}` (AIP-122).")]
            #[must_use]
            pub fn resource_name(&self) -> String {
                format!("{}/{}", Self::COLLECTION, self.0)
            }

            #[doc = concat!("Reads a resource name `", $collection, "/{id}`.")]
            ///
            /// # Errors
            /// [`NameError`] when the collection is another or the id is no name.
            pub fn from_resource_name(resource_name: &str) -> Result<Self, NameError> {
                Self::new(id_in($collection, resource_name).ok_or(NameError::NotInCollection($collection))?)
            }
        }
    )*};
}

resources! {
    DepartmentId in "departments";
    ServiceId in "services";
    CentreId in "centres";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn takes_kebab_names_only() {
        let longest = "a".repeat(63);
        for good in ["a", "municipality", "al-twar", "form-2b", "a-", longest.as_str()] {
            assert_eq!(DepartmentId::new(good).unwrap(), good);
        }
        for (bad, why) in [
            ("", NameError::Empty),
            ("Municipality", NameError::Start('M')),
            ("9lives", NameError::Start('9')),
            ("-a", NameError::Start('-')),
            ("بلدية", NameError::Start('ب')),
            ("al_twar", NameError::Character('_')),
            ("al twar", NameError::Character(' ')),
            ("a/b", NameError::Character('/')),
            ("a".repeat(64).as_str(), NameError::TooLong),
        ] {
            assert_eq!(DepartmentId::new(bad), Err(why), "{bad}");
        }
    }

    #[test]
    fn resource_names_round_trip() {
        let service = ServiceId::new("building-permit").unwrap();
        assert_eq!(service.resource_name(), "services/building-permit");
        assert_eq!(ServiceId::from_resource_name("services/building-permit"), Ok(service));
        for bad in ["services", "services/", "centres/a", "services/a/b", "/services/a", "building-permit"] {
            assert_eq!(ServiceId::from_resource_name(bad), Err(NameError::NotInCollection("services")), "{bad}");
        }
        assert_eq!(ServiceId::from_resource_name("services/A"), Err(NameError::Start('A')));
    }

    #[test]
    fn maps_are_searched_by_plain_text() {
        let map = HashMap::from([(LegId::new("inspection").unwrap(), 1)]);
        assert_eq!(map.get("inspection"), Some(&1));
        assert_eq!(format!("{:>12}|", LegId::new("inspection").unwrap()), "  inspection|");
    }
}
