//! The two languages we have texts in, and the choice between them.

use std::fmt;

/// The two languages our own texts exist in. Arabic is the official one and the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Locale {
    /// Arabic, written from right to left.
    #[default]
    Ar,
    /// English.
    En,
}

impl Locale {
    /// Chooses by an HTTP `Accept-Language` header (RFC 9110 section 12.5.4).
    ///
    /// The higher q-value wins, then the earlier place; `*` stands for the default; languages we have no texts in
    /// and parts we cannot read are passed over. An empty header gives the default.
    #[must_use]
    pub fn negotiate(accept_language: &str) -> Self {
        let mut best = (0, Self::default());
        for range in accept_language.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let Some(locale) = parts.next().and_then(Self::of_range) else { continue };
            let Some(weight) = parts.next().map_or(Some(1_000), quality) else { continue };
            if weight > best.0 {
                best = (weight, locale);
            }
        }
        best.1
    }

    /// The BCP 47 tag: `ar` or `en`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Ar => "ar",
            Self::En => "en",
        }
    }

    fn of_range(range: &str) -> Option<Self> {
        let primary = range.split('-').next().unwrap_or(range);
        match () {
            () if range == "*" => Some(Self::default()),
            () if primary.eq_ignore_ascii_case("ar") => Some(Self::Ar),
            () if primary.eq_ignore_ascii_case("en") => Some(Self::En),
            () => None,
        }
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

/// Thousandths of a `q=0.8` parameter.
fn quality(parameter: &str) -> Option<u16> {
    let value = parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q="))?;
    let (whole, decimals) = value.split_once('.').unwrap_or((value, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths = format!("{decimals:0<3}").parse().ok()?;
    match (whole, thousandths) {
        ("0", thousandths) => Some(thousandths),
        ("1", 0) => Some(1_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negotiates_by_weight_then_place() {
        for (header, expected) in [
            ("", Locale::Ar),
            ("en", Locale::En),
            ("en-GB,ar;q=0.9", Locale::En),
            ("en;q=0.3, ar-AE;q=0.30", Locale::En),
            ("en;q=0.3, ar-AE;q=0.301", Locale::Ar),
            ("fr, en;q=0.1", Locale::En),
            ("*, en;q=0.5", Locale::Ar),
            ("en;q=0", Locale::Ar),
            ("en;q=1.001, ar;q=0.1", Locale::Ar),
            ("en;q=0.1234, *;q=0.1", Locale::Ar),
            ("EN-us ; Q=1", Locale::En),
            (";;,,q=1", Locale::Ar),
        ] {
            assert_eq!(Locale::negotiate(header), expected, "{header}");
        }
    }
}
