//! What groundcrew's functions are told, one type per event, and the form in
//! which it arrives.
//!
//! Pure: bytes and time in, values out. An event that does not parse becomes
//! an [`Unreadable`] that says what and where, so that it can be recorded.

mod audit;
mod build;
mod decode;
pub mod encode;
mod envelope;
mod job;
mod json;
mod maintenance;
mod outcome;
mod project;
mod tick;

pub use audit::{AuditEntry, AuditStatus, Severity};
pub use build::{Build, BuildStatus, Image};
pub use decode::decode;
pub use envelope::{CloudEvent, Envelope, Unreadable};
pub use job::{
    Assignment, Claim, Ending, ExitRecord, Gpu, JobChanged, JobQueued, JobReported, JobSpec, Report,
};
pub use maintenance::MaintenanceNoticed;
pub use outcome::Outcome;
pub use project::ProjectProvisioned;
pub use tick::Tick;
