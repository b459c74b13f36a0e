//! Helpers for scenarios: job specs, predicates and waiting.

use crate::{
    chaos::FaultRates,
    retry::retry_for,
    world::{World, WorldConfig},
};
use events::{ExitStatus, JobSpec};
use jobs::{Job, JobOutcome, JobState};
use names::{Duration, JobId};

pub use crate::machine_names::machine_name;

/// A minute.
pub const MINUTE: Duration = Duration::from_secs(60);
/// An hour.
pub const HOUR: Duration = Duration::from_secs(3600);

/// Parses a job ID.
///
/// # Panics
/// If `text` is not a valid ID.
#[must_use]
pub fn id(text: &str) -> JobId {
    text.parse().expect("a job id")
}

/// A job whose command runs for `seconds` and exits with `code`.
#[must_use]
pub fn work(seconds: u64, code: i32) -> JobSpec {
    JobSpec::new(vec!["work".into(), seconds.to_string(), code.to_string()])
}

/// The job on a Spot instance.
#[must_use]
pub fn spot(spec: JobSpec) -> JobSpec {
    JobSpec { spot: true, ..spec }
}

/// The job with GPUs.
///
/// # Panics
/// Never: the names are constants.
#[must_use]
pub fn gpu(spec: JobSpec) -> JobSpec {
    JobSpec {
        gpu: Some("nvidia-tesla-t4:2".parse().expect("a gpu")),
        machine: "n1-standard-4".parse().ok(),
        ..spec
    }
}

/// The outcome of a command that exited by itself with `code`.
#[must_use]
pub fn exited(code: i32) -> JobOutcome {
    JobOutcome::Ended {
        exit_status: ExitStatus::Exited { code },
    }
}

/// A world in which faults occur at `faults` for the duration of `storm`.
#[must_use]
pub fn with_faults(faults: FaultRates, storm: Duration) -> WorldConfig {
    WorldConfig {
        faults,
        storm,
        ..WorldConfig::calm(1)
    }
}

/// Whether the ledger has the job as running.
#[must_use]
pub fn runs(job: &Job) -> bool {
    matches!(job.state, JobState::Running { .. })
}

/// Whether the job is done.
#[must_use]
pub fn done(job: &Job) -> bool {
    job.outcome().is_some()
}

/// Whether an entry of the job's history contains `what`.
#[must_use]
pub fn history_contains(job: &Job, what: &str) -> bool {
    job.history.iter().any(|entry| entry.what.contains(what))
}

impl World {
    /// Submits a job and waits for at most an hour until the predicate `is` holds.
    ///
    /// # Errors
    /// It does not hold after an hour.
    pub async fn submit_until(
        &self,
        name: &str,
        spec: &JobSpec,
        is: fn(&Job) -> bool,
    ) -> Result<Job, String> {
        self.submit(&id(name), spec);
        self.wait_until(name, is, HOUR).await
    }

    /// Waits until the job is done, for at most `longest`.
    ///
    /// # Errors
    /// It is not done by then.
    pub async fn wait_until_done(&self, name: &str, longest: Duration) -> Result<Job, String> {
        self.wait_until(name, done, longest).await
    }

    /// Waits until the predicate `is` holds for the job, for at most `longest`.
    ///
    /// # Errors
    /// It does not hold by then.
    pub async fn wait_until(
        &self,
        name: &str,
        is: fn(&Job) -> bool,
        longest: Duration,
    ) -> Result<Job, String> {
        let mut job = None;
        let met = retry_for(longest, Duration::from_secs(5), async || {
            job = self.job(&id(name)).await;
            job.clone().filter(is)
        });
        let met = met.await;
        met.ok_or_else(|| format!("{name} after {} s: {job:#?}", longest.as_secs()))
    }
}
