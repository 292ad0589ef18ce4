//! Layers that every server of ours wears: the caller's language, and no error without its details.

mod enrich;
mod locale;

pub use enrich::{Enrich, EnrichLayer};
pub use locale::{LocaleLayer, Localize};
