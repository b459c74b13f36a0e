//! Labels and metadata keys of the machines that groundcrew launches.

/// Label: the deployment of groundcrew that owns the machine.
pub const DEPLOYMENT: &str = "groundcrew-deployment";
/// Label: the job that the machine was launched for.
pub const JOB: &str = "groundcrew-job";
/// Label: the number of the attempt.
pub const ATTEMPT: &str = "groundcrew-attempt";
/// Metadata attribute: the attempt that the machine runs, as JSON
/// (`events::JobAssignment`).
pub const ASSIGNMENT: &str = "groundcrew-assignment";
