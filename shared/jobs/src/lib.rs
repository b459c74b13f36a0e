//! The job flow: a queued job gets a machine, runs once, and leaves nothing behind.
//!
//! [`decide`] is the heart: pure, total, exhaustive over (state, input). The
//! [`Flow`] is the shell: load, decide, commit state and effects in one
//! compare-and-swap, perform the effects, feed the results back. A crash at
//! any await is healed by the next delivery or by an `overdue`.

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

pub use decide::{Decide, Decision, admit, decide, reject};
pub use effect_runner::EffectRunner;
pub use error::Error;
pub use flow::Flow;
pub use identity::{Identity, Topics};
pub use input::{DeleteResult, Effect, Input, InsertResult, MachineStatus, ReportSender};
pub use job::{Counters, Job, JobOutcome, JobState, Machine, TeardownReason};
pub use machine::insert_request;
pub use refusal::Refusal;
pub use settings::Settings;
pub use sweep::Sweep;
