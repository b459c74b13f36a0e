//! groundcrew's command line. A library as well, because the tests use its local
//! cloud, its deployment and what it generates.

// `eprintln!` panics where nobody reads standard error.
#![cfg_attr(not(test), deny(clippy::print_stderr))]

mod access;
mod account;
mod args;
mod call_counter;
mod command;
mod dead_letter;
pub mod generate;
mod job;
pub mod local;
mod local_command;
mod logging;
mod named_file;
mod out;
mod plan_view;
mod product;
mod progress;
mod prompt;
mod shell;
mod target;
mod tour;
mod volume;

pub use command::main;
