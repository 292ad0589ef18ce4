//! Resume tokens: the place after one message of a watch.

use jisr_core::problem::{Problem, Reason};
use jisr_engine::journal::Position;

use crate::token::Scope;

/// A place in a watch. One commit's events share a position, and each is a message of its own: a watch can be left
/// between two of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// All up to here has been told.
    pub(super) after: Position,
    /// Of the commit right after it, so many events too.
    pub(super) told: u16,
    /// Nothing is left to tell.
    pub(super) ended: bool,
}

impl Place {
    /// The place after the first `told` of `of` events at a position.
    pub(super) fn within(position: Position, told: usize, of: usize) -> Self {
        if told >= of {
            return Self { after: position, told: 0, ended: false };
        }
        let told = u16::try_from(told).unwrap_or(u16::MAX);
        Self { after: Position(position.0 - 1), told, ended: false }
    }

    /// The token of this place.
    pub(super) fn seal(self, scope: &Scope) -> String {
        let mut place = self.after.0.to_be_bytes().to_vec();
        place.extend(self.told.to_be_bytes());
        place.push(u8::from(self.ended));
        scope.seal(&place)
    }

    /// The place of a token; nothing for an empty one.
    pub(super) fn open(token: &str, scope: &Scope) -> Result<Option<Self>, Problem> {
        if token.is_empty() {
            return Ok(None);
        }
        let place = scope.open(token).and_then(|bytes| read(&bytes));
        place.map(Some).ok_or_else(|| Reason::ResumeTokenInvalid.into())
    }
}

fn read(bytes: &[u8]) -> Option<Place> {
    let (after, bytes) = bytes.split_first_chunk()?;
    let (told, bytes) = bytes.split_first_chunk()?;
    let after = Position(i64::from_be_bytes(*after));
    let &[ended @ (0 | 1)] = bytes else { return None };
    (after.0 >= 0).then_some(Place { after, told: u16::from_be_bytes(*told), ended: ended == 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_come_back_in_their_scope() {
        let scope = Scope::new(&["WatchTransaction", "transactions/1"]);
        for place in [
            Place::default(),
            Place::within(Position(7), 1, 3),
            Place::within(Position(7), 3, 3),
            Place { after: Position(i64::MAX), told: 0, ended: true },
        ] {
            assert_eq!(Place::open(&place.seal(&scope), &scope).unwrap(), Some(place));
        }
        assert_eq!(Place::open("", &scope).unwrap(), None);
        let other = Scope::new(&["WatchTransaction", "transactions/2"]);
        for bad in [Place::default().seal(&other), "رمز".to_owned(), scope.seal(b"short"), scope.seal(&[0xff; 11])] {
            assert_eq!(Place::open(&bad, &scope).unwrap_err().reason(), Reason::ResumeTokenInvalid, "{bad}");
        }
    }

    #[test]
    fn a_place_between_events_of_one_commit_is_before_its_position() {
        assert_eq!(Place::within(Position(7), 2, 3), Place { after: Position(6), told: 2, ended: false });
        assert_eq!(Place::within(Position(7), 3, 3), Place { after: Position(7), told: 0, ended: false });
    }
}
