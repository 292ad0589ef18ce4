//! What only a journal shared by several processes, at the end of a network, has to keep.
#![allow(clippy::unwrap_used)]

mod open;
mod outage;
mod several;
mod world;
