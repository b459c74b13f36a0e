//! groundcrew's command line, as a library: the local cloud and the
//! deployment are also what the tests run on.

mod access;
mod account;
mod args;
mod command;
mod counted;
pub mod deployment;
mod job;
pub mod local;
mod local_command;
mod logging;
mod out;
mod shell;
mod target;
mod tour;
mod volume;

pub use command::main;
