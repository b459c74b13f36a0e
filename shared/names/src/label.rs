//! The labels and metadata keys that mark a machine as groundcrew's.

/// Label: which deployment of groundcrew owns the machine.
pub const DEPLOYMENT: &str = "groundcrew-deployment";
/// Label: the job that the machine was launched for.
pub const JOB: &str = "groundcrew-job";
/// Label: the number of the attempt.
pub const ATTEMPT: &str = "groundcrew-attempt";
/// Metadata attribute: what the machine is to run, as
/// JSON (`events::Assignment`).
pub const ASSIGNMENT: &str = "groundcrew-assignment";
