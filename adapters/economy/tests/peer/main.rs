//! The adapter against business licensing in a database that this project did not write, with everything that goes wrong
//! there.

mod calls;
mod faults;
mod own_word;
mod world;
