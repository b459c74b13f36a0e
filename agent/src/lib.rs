//! The agent: runs the command of one job attempt on its machine and reports how
//! it ended.
//!
//! It claims its attempt in the bucket, starts the command, writes the output to
//! the bucket, watches for the termination of its host, writes an exit record and
//! then reports. [`decide`] holds the rules; everything else is the I/O around
//! them.

// `eprintln!` panics where nobody reads standard error.
#![cfg_attr(not(test), deny(clippy::print_stderr))]

mod attempt;
mod backoff;
mod bucket;
mod calls;
mod claim;
mod clock;
mod command;
pub mod decide;
mod error;
mod host_events;
mod log;
mod machine;
mod options;
mod orphans;
mod report;
mod run;
mod ssh_key;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use calls::calls;
pub use decide::State;
pub use error::Error;
pub use log::{Flush, LogLimits};
pub use options::Options;
pub use run::{run, trace_to_stderr};
