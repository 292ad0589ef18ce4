//! Pages (AIP-158): how many, from where on, and the token of the next one.

use jisr_core::problem::{Problem, Reason, Rule};

use crate::token::Scope;

const DEFAULT: u32 = 50;
const MOST: u32 = 500;

/// One page asked for.
pub(crate) struct Page {
    /// At most so many.
    pub(crate) size: u32,
    /// The last item of the page before, as [`Page::next`] was given it.
    pub(crate) after: Option<Vec<u8>>,
    scope: Scope,
}

impl Page {
    /// Reads `page_size` and `page_token`, the token within its scope.
    pub(crate) fn read(size: i32, token: &str, scope: Scope) -> Result<Self, Problem> {
        let size = u32::try_from(size).map_err(|_| {
            Problem::field("page_size", Rule::OutOfRange { min: Some("0".to_owned()), max: Some(MOST.to_string()) })
        })?;
        let size = if size == 0 { DEFAULT } else { size.min(MOST) };
        let after = match token {
            "" => None,
            token => Some(scope.open(token).ok_or(Reason::PageTokenMismatch)?),
        };
        Ok(Self { size, after, scope })
    }

    /// One more than fits: its presence says that there is a next page.
    pub(crate) fn limit(&self) -> u32 {
        self.size + 1
    }

    /// Cuts `items`, read with [`Page::limit`], down to the page; the token of the next page, empty on the last.
    pub(crate) fn next<T>(&self, items: &mut Vec<T>, place: impl Fn(&T) -> Option<Vec<u8>>) -> String {
        let size = self.size as usize;
        if items.len() <= size {
            return String::new();
        }
        items.truncate(size);
        items.last().and_then(place).map(|place| self.scope.seal(&place)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        Scope::new(&["ListServices", "local"])
    }

    #[test]
    fn sizes_are_kept_within_bounds() {
        for (asked, given) in [(0, 50), (1, 1), (500, 500), (501, 500), (i32::MAX, 500)] {
            assert_eq!(Page::read(asked, "", scope()).unwrap().size, given);
        }
        let problem = Page::read(-1, "", scope()).err().unwrap();
        assert_eq!(problem.violations()[0].field, "page_size");
    }

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let all: Vec<u8> = (1..=5).collect();
        let (mut token, mut seen) = (String::new(), Vec::new());
        loop {
            let page = Page::read(2, &token, scope()).unwrap();
            let after = page.after.as_ref().map_or(0, |place| place[0]);
            let mut items: Vec<u8> = all.iter().copied().filter(|item| *item > after).take(3).collect();
            token = page.next(&mut items, |item| Some(vec![*item]));
            seen.push(items);
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(seen, [vec![1, 2], vec![3, 4], vec![5]]);
    }

    #[test]
    fn a_token_of_another_list_is_refused() {
        let token = Scope::new(&["ListCentres", "local"]).seal(b"a");
        assert_eq!(Page::read(2, &token, scope()).err().unwrap().reason(), Reason::PageTokenMismatch);
    }
}
