//! The canonical domain: identifiers, state machines, faults and errors. Pure: no I/O, no clock, no randomness, no
//! async, no serialisation. What time it is and what chance says are arguments.

pub mod case;
pub mod emirates_id;
pub mod fault;
pub mod id;
pub mod job;
pub mod money;
pub mod name;
pub mod policy;
pub mod problem;
pub mod reference_no;
pub mod state;
pub mod text;
pub mod time;
mod typed;
