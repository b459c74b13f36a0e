//! The events of groundcrew's functions, one type each, and the forms in which
//! they arrive.
//!
//! Pure: no I/O and no clock. An event that does not parse becomes
//! a [`DecodeError`], so that it can be recorded.

mod audit;
mod build;
mod decode;
pub mod encode;
mod envelope;
mod error;
mod hardware;
mod job;
mod json;
mod maintenance;
mod outcome;
mod product;
mod project;
mod tick;

pub use audit::{AuditEntry, AuditStatus, Severity};
pub use build::{Build, BuildStatus, BuiltImage};
pub use decode::decode;
pub use envelope::{CloudEvent, Envelope};
pub use error::{DecodeError, MalformedEvent};
pub use job::{
    AgentReport, Claim, ExitObject, ExitRecord, ExitStatus, Gpu, HostTermination, JobAssignment,
    JobChanged, JobQueued, JobReported, JobSpec,
};
pub use maintenance::MaintenanceNoticed;
pub use outcome::Outcome;
pub use product::ProductRequested;
pub use project::ProjectProvisioned;
pub use tick::Tick;
