//! Jobs: how they are submitted, run, reported and changed.

mod assignment;
mod change;
mod duration_text;
mod exit;
mod queued;
mod spec;

pub use assignment::JobAssignment;
pub use change::{AgentReport, HostTermination, JobChanged, JobReported};
pub use exit::{Claim, ExitObject, ExitRecord, ExitStatus};
pub use queued::JobQueued;
pub use spec::{Gpu, JobSpec};
