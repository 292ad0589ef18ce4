//! Where a field stands, as the front end wrote it. Made of borrowed steps: it becomes text only when a field is wrong.

use std::fmt;

/// A field's path from the request, such as `transaction.applicant.person.names[0].full_name`.
#[derive(Clone, Copy)]
pub(super) struct Path<'a> {
    above: Option<&'a Path<'a>>,
    name: &'a str,
    item: Option<usize>,
}

/// The transaction itself.
pub(super) const ROOT: Path<'static> = Path { above: None, name: "transaction", item: None };

impl<'a> Path<'a> {
    /// A field of it.
    pub(super) fn field(&'a self, name: &'a str) -> Self {
        Self { above: Some(self), name, item: None }
    }

    /// One item of a repeated field of it.
    pub(super) fn item(&'a self, name: &'a str, index: usize) -> Self {
        Self { above: Some(self), name, item: Some(index) }
    }

    /// The path from the transaction, as warnings have it: `applicant.person.identifiers[0].value`.
    pub(super) fn within(&self) -> String {
        let path = self.to_string();
        path.strip_prefix("transaction.").map(str::to_owned).unwrap_or(path)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(above) = self.above {
            write!(f, "{above}.")?;
        }
        f.write_str(self.name)?;
        self.item.map_or(Ok(()), |index| write!(f, "[{index}]"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_the_front_end_wrote_it() {
        let (applicant, index) = (ROOT.field("applicant"), 3);
        let person = applicant.field("person");
        let name = person.item("names", index);
        assert_eq!(name.field("full_name").to_string(), "transaction.applicant.person.names[3].full_name");
        assert_eq!(name.within(), "applicant.person.names[3]");
        assert_eq!(ROOT.to_string(), "transaction");
    }
}
