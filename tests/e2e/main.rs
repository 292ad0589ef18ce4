//! One canonical transaction, end to end: the program against building control behind spyne.
#![allow(clippy::unwrap_used)]

mod bad_input;
mod calendar;
mod idempotency;
mod operating;
mod outcomes;
mod services;
mod watching;
