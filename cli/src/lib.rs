//! groundcrew's command line. A library as well, because the tests use its local
//! cloud and its deployment.

mod access;
mod account;
mod args;
mod call_counter;
mod command;
pub mod deployment;
mod job;
pub mod local;
mod local_command;
mod logging;
mod out;
mod prompt;
mod shell;
mod target;
mod tour;
mod volume;

pub use command::main;
