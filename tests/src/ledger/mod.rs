//! The pure half of the ledger (`tests/chaos`): who takes part, the plan drawn from a seed, and the judgement of what
//! was seen. Nothing here starts a process, reads a clock or draws from anything but the seed.

pub mod application;
pub mod cast;
pub mod effects;
pub mod fault;
pub mod history;
pub mod plan;
pub mod verdict;

/// Mixes the bits of a number well (the finaliser of SplitMix64): for what must be drawn alike by processes that do not
/// share a generator.
#[must_use]
pub fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// [`mixed`] of a text.
#[must_use]
pub fn mixed_text(text: &str) -> u64 {
    text.bytes().fold(0, |so_far, byte| mixed(so_far ^ u64::from(byte)))
}
