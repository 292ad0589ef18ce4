//! Addresses of entities and queries: every value is escaped twice, once for OData and once for the URL, and a link that the
//! service gives is followed only within the service.

use std::fmt;

use http::Uri;

/// Longest link that is followed, in bytes.
const MAX_LINK_BYTES: usize = 8 * 1024;

/// An address that cannot be used. Quotes nothing of a link: it may hold personal data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// The service root is no plain absolute address.
    #[error("not an absolute http or https address without user information, query or fragment")]
    Root,
    /// A name of an entity set or a query option that cannot be one.
    #[error("{0:?} is no name of OData")]
    Name(String),
    /// A link to another server, out of the service, too long, or no link at all.
    #[error("a link leaves the service or is none")]
    Link,
}

/// A value as OData writes it in a key or a filter (OData URL conventions, 5.1.1.6.1). Not escaped for the URL yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Literal(String);

impl Literal {
    /// `Edm.String`: in quotes, a quote within doubled.
    #[must_use]
    pub fn text(value: &str) -> Self {
        Self(format!("'{}'", value.replace('\'', "''")))
    }

    /// `Edm.Int64` and shorter.
    #[must_use]
    pub fn number(value: i64) -> Self {
        Self(value.to_string())
    }

    /// `Edm.Boolean`.
    #[must_use]
    pub fn boolean(value: bool) -> Self {
        Self(value.to_string())
    }

    /// `Edm.DateTimeOffset`, in UTC.
    #[must_use]
    pub fn instant(value: jiff::Timestamp) -> Self {
        Self(value.to_string())
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The root of a service; everything below it is the service's, nothing else is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceRoot {
    /// `https://host:port`, as it was given.
    origin: String,
    /// Begins and ends with a slash.
    path: String,
}

impl ServiceRoot {
    /// The root at this address; its path may end with a slash or not.
    ///
    /// # Errors
    /// [`AddressError::Root`].
    pub fn new(address: &str) -> Result<Self, AddressError> {
        let uri: Uri = address.parse().map_err(|_| AddressError::Root)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(AddressError::Root);
        };
        let plain = matches!(scheme, "http" | "https") && uri.query().is_none() && !address.contains('#');
        if !plain || authority.as_str().contains('@') || has_dots(uri.path()) {
            return Err(AddressError::Root);
        }
        let origin = format!("{scheme}://{}", authority.as_str().to_ascii_lowercase());
        Ok(Self { origin, path: format!("{}/", uri.path().trim_end_matches('/')) })
    }

    /// The address of one entity: `<root>/<set>(<key>)`.
    ///
    /// # Errors
    /// The set's name is none.
    pub fn entity(&self, set: &str, key: &Literal) -> Result<Uri, AddressError> {
        self.below(&format!("{}({})", name(set)?, escaped(&key.0)))
    }

    /// The address of a set with query options, such as `("$filter", "Collected eq false")`.
    ///
    /// # Errors
    /// A name is none.
    pub fn query(&self, set: &str, options: &[(&str, String)]) -> Result<Uri, AddressError> {
        let mut relative = name(set)?.to_owned();
        for (place, (option, value)) in options.iter().enumerate() {
            let bare = name(option.strip_prefix('$').unwrap_or(option))?;
            let dollar = if option.starts_with('$') { "$" } else { "" };
            let separator = if place == 0 { '?' } else { '&' };
            relative.push_str(&format!("{separator}{dollar}{bare}={}", escaped(value)));
        }
        self.below(&relative)
    }

    /// Where a link of an answer leads that came from `from`: to the same server and below the root, or nowhere.
    ///
    /// # Errors
    /// [`AddressError::Link`].
    pub fn linked(&self, from: &Uri, link: &str) -> Result<Uri, AddressError> {
        if link.is_empty() || link.len() > MAX_LINK_BYTES || link.contains('#') || link.starts_with("//") {
            return Err(AddressError::Link);
        }
        let directory = from.path().rfind('/').map_or("/", |end| &from.path()[..=end]);
        let absolute = match link.as_bytes()[0] {
            b'/' => format!("{}{link}", self.origin),
            b'?' => format!("{}{}{link}", self.origin, from.path()),
            _ if link.split('?').next().is_some_and(|before| before.contains("://")) => link.to_owned(),
            _ => format!("{}{directory}{link}", self.origin),
        };
        let uri: Uri = absolute.parse().map_err(|_| AddressError::Link)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(AddressError::Link);
        };
        let origin = format!("{}://{}", scheme.to_ascii_lowercase(), authority.as_str().to_ascii_lowercase());
        let ours = without_default_port(&origin) == without_default_port(&self.origin);
        if ours && uri.path().starts_with(&self.path) && !has_dots(uri.path()) {
            return Ok(uri);
        }
        Err(AddressError::Link)
    }

    fn below(&self, relative: &str) -> Result<Uri, AddressError> {
        format!("{}{}{relative}", self.origin, self.path).parse().map_err(|_| AddressError::Name(relative.to_owned()))
    }
}

impl fmt::Display for ServiceRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.path)
    }
}

/// A segment that a server may resolve to somewhere else, as it is or escaped.
fn has_dots(path: &str) -> bool {
    path.to_ascii_lowercase().replace("%2e", ".").split('/').any(|segment| matches!(segment, "." | ".."))
}

fn without_default_port(origin: &str) -> &str {
    let port = if origin.starts_with("https:") { ":443" } else { ":80" };
    origin.strip_suffix(port).unwrap_or(origin)
}

/// A simple identifier (OData CSDL, 17.2), in ASCII.
fn name(text: &str) -> Result<&str, AddressError> {
    let good =
        |(place, byte): (usize, u8)| byte == b'_' || byte.is_ascii_alphabetic() || place > 0 && byte.is_ascii_digit();
    if !text.is_empty() && text.len() <= 128 && text.bytes().enumerate().all(good) {
        return Ok(text);
    }
    Err(AddressError::Name(text.to_owned()))
}

/// Escaped so that nothing of it means anything in a URL (RFC 3986, 2.3).
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> ServiceRoot {
        ServiceRoot::new("https://Permits.example:8443/odata/v4").unwrap()
    }

    #[test]
    fn keys_are_escaped_for_odata_and_for_the_url() {
        for (key, expected) in [
            ("R-1", "Applications(%27R-1%27)"),
            ("O'Brien", "Applications(%27O%27%27Brien%27)"),
            ("a/b?c#d&e", "Applications(%27a%2Fb%3Fc%23d%26e%27)"),
            ("') or (1 eq 1", "Applications(%27%27%27%29%20or%20%281%20eq%201%27)"),
            ("طلب", "Applications(%27%D8%B7%D9%84%D8%A8%27)"),
        ] {
            let address = root().entity("Applications", &Literal::text(key)).unwrap().to_string();
            assert_eq!(address, format!("https://permits.example:8443/odata/v4/{expected}"));
        }
        assert_eq!(root().entity("Files", &Literal::number(-7)).unwrap().path(), "/odata/v4/Files(-7)");
    }

    #[test]
    fn queries_are_escaped() {
        let filter =
            format!("Name eq {} and Collected eq {}", Literal::text("D'Souza & مريم"), Literal::boolean(false));
        let address = root().query("Applications", &[("$filter", filter), ("$top", "5".into())]).unwrap();
        let expected = "$filter=Name%20eq%20%27D%27%27Souza%20%26%20%D9%85%D8%B1%D9%8A%D9%85%27%20and%20Collected%20eq%20false&$top=5";
        assert_eq!(address.query(), Some(expected));
        let instant = Literal::instant("2026-03-01T07:00:00Z".parse().unwrap());
        assert_eq!(instant.to_string(), "2026-03-01T07:00:00Z");
        for bad in ["", "Applications/$count", "a b", "1st", "طلبات", "Applications?x"] {
            assert!(matches!(root().query(bad, &[]), Err(AddressError::Name(_))), "{bad}");
            assert!(root().entity(bad, &Literal::number(1)).is_err(), "{bad}");
        }
        assert!(root().query("A", &[("$filter&x", String::new())]).is_err());
    }

    #[test]
    fn links_lead_nowhere_but_into_the_service() {
        let from = root().query("Applications", &[("$top", "5".into())]).unwrap();
        for (link, expected) in [
            ("Applications?$skip=5", "/odata/v4/Applications?$skip=5"),
            ("?$skiptoken=a%20b", "/odata/v4/Applications?$skiptoken=a%20b"),
            ("/odata/v4/Applications?$skip=5", "/odata/v4/Applications?$skip=5"),
            ("https://permits.example:8443/odata/v4/Applications?$skip=5", "/odata/v4/Applications?$skip=5"),
            ("HTTPS://PERMITS.EXAMPLE:8443/odata/v4/Applications", "/odata/v4/Applications"),
            ("Applications?back=https://elsewhere.example/", "/odata/v4/Applications?back=https://elsewhere.example/"),
        ] {
            let found = root().linked(&from, link).unwrap();
            assert_eq!(found.path_and_query().unwrap().as_str(), expected, "{link}");
            assert_eq!(found.authority().unwrap().as_str().to_ascii_lowercase(), "permits.example:8443");
        }
        for link in [
            "",
            "//elsewhere.example/odata/v4/Applications",
            "https://elsewhere.example/odata/v4/Applications",
            "http://permits.example:8443/odata/v4/Applications",
            "https://permits.example:8444/odata/v4/Applications",
            "https://permits.example:8443@elsewhere.example/odata/v4/Applications",
            "https://me@permits.example:8443/odata/v4/Applications",
            "/administration",
            "/odata/v4/../../administration",
            "/odata/v4/%2E%2e/administration",
            "../administration",
            "Applications?x#y",
            "طلبات ",
        ] {
            assert_eq!(root().linked(&from, link), Err(AddressError::Link), "{link}");
        }
        assert_eq!(root().linked(&from, &"a".repeat(9000)), Err(AddressError::Link));
    }

    #[test]
    fn the_default_port_is_the_same_server() {
        let root = ServiceRoot::new("https://permits.example/").unwrap();
        let from = root.query("A", &[]).unwrap();
        assert!(root.linked(&from, "https://permits.example:443/A?$skip=1").is_ok());
        assert!(root.linked(&from, "https://permits.example:80/A?$skip=1").is_err());
    }

    #[test]
    fn a_root_is_plain() {
        for bad in
            ["/odata", "ftp://x/", "https://me:secret@x/", "https://x/?a=b", "https://x/#a", "https://x/a/../b", ""]
        {
            assert_eq!(ServiceRoot::new(bad), Err(AddressError::Root), "{bad}");
        }
        assert_eq!(ServiceRoot::new("http://x").unwrap().to_string(), "http://x/");
    }
}
