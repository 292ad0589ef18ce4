//! The command line from outside: the program as a child process, alone and against a server that plays a script.

mod alone;
mod follow;
mod read_and_cancel;
mod submit;
mod support;
