//! The command line from outside: the program as a child process, alone and against a server that plays a script.

mod alone;
mod departments;
mod desk;
mod failures;
mod follow;
mod jobs;
mod read_and_cancel;
mod submit;
mod support;
mod terminal;
