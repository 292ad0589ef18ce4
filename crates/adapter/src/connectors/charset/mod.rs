//! Code pages: the single-byte character sets of old systems, strictly in both directions. Pure.
//!
//! What a page lacks is an error that names position and character and becomes `MAPPING_LOSS`; nothing is replaced,
//! dropped or guessed. Pages are those of the WHATWG Encoding Standard; DOS pages (720, 864) are not among them.

mod kind;
mod page;

pub use kind::CharacterKind;
pub use page::{CodePage, NotHeld, NotText, UnknownPage, looks_like_utf8};
