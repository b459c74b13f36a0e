//! The job flow: a queued job gets a machine, runs once, and leaves nothing behind.
//!
//! [`decide`] is a pure, total function of state and input. [`Flow`] loads the
//! job, decides, commits state and effects in one compare-and-swap, performs the
//! effects and feeds their results back. After a crash at any await, the next
//! delivery or an `overdue` event continues.

#[cfg(test)]
mod cloud;
mod decide;
mod effect_runner;
mod error;
mod flow;
mod identity;
mod input;
mod inventory;
mod job;
mod machine;
mod placement;
mod refusal;
mod settings;
mod sweep;

pub use decide::{Decide, Decision, admit, cancel_ahead, decide, reject};
pub use effect_runner::EffectRunner;
pub use error::Error;
pub use flow::Flow;
pub use identity::{Identity, Topics};
pub use input::{DeleteResult, Effect, Input, InsertResult, MachineStatus, ReportSender};
pub use job::{Counters, Job, JobOutcome, JobState, Machine, TeardownReason};
pub use machine::insert_request;
pub use refusal::{Place, Refusal};
pub use settings::Settings;
pub use sweep::Sweep;
