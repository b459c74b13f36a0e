//! What groundcrew's functions are told, one type per event, and the form in
//! which it arrives.
//!
//! Pure: bytes and time in, values out. An event that does not parse becomes
//! an [`Unreadable`] that says what and where, so that it can be recorded.

mod decode;
mod envelope;
mod job;
mod maintenance;

pub use decode::decode;
pub use envelope::{CloudEvent, Envelope, Unreadable};
pub use job::{
    Assignment, Claim, Ending, ExitRecord, Gpu, JobChanged, JobQueued, JobReported, JobSpec, Report,
};
pub use maintenance::MaintenanceNoticed;
