//! Names of machines in the deployment of the tests' world.

use deployment::Deployment;
use names::{Attempt, JobId};

/// The name of the machine of an attempt, in the deployment of the tests' world.
///
/// # Panics
/// If `job` is not a valid ID, or `attempt` is 0.
#[must_use]
pub fn machine_name(job: &str, attempt: u32) -> String {
    let attempt = attempt.try_into().expect("from 1");
    let name = Deployment::local()
        .settings
        .deployment_id()
        .instance(&job.parse().expect("a job id"), attempt);
    name.to_string()
}

/// The job and the attempt whose machine has that name in the tests' world.
#[must_use]
pub fn attempt_of(machine: &str) -> Option<(JobId, Attempt)> {
    Deployment::local()
        .settings
        .deployment_id()
        .attempt_of(machine)
}
