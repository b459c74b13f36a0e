//! Words that stories of the world are told in.

use crate::{
    chaos::Mix,
    world::{Plan, World},
};
use events::{Ending, JobSpec};
use jobs::{Job, JobOutcome, JobState};
use names::{Duration, JobId};

/// A minute.
pub const MINUTE: Duration = Duration::from_secs(60);
/// An hour.
pub const HOUR: Duration = Duration::from_secs(3600);

/// The id `text`.
///
/// # Panics
/// If it is none.
#[must_use]
pub fn id(text: &str) -> JobId {
    text.parse().expect("a job id")
}

/// A command that runs for `seconds` and exits with `code`.
#[must_use]
pub fn work(seconds: u64, code: i32) -> JobSpec {
    JobSpec::new(vec!["work".into(), seconds.to_string(), code.to_string()])
}

/// The same on a Spot machine.
#[must_use]
pub fn spot(spec: JobSpec) -> JobSpec {
    JobSpec { spot: true, ..spec }
}

/// The same with a GPU.
///
/// # Panics
/// Never: the names are constants.
#[must_use]
pub fn gpu(spec: JobSpec) -> JobSpec {
    JobSpec {
        gpu: Some("nvidia-tesla-t4:2".parse().expect("a gpu")),
        machine: "n1-standard-4".parse().expect("a machine type"),
        ..spec
    }
}

/// Exited by itself with `code`.
#[must_use]
pub fn exited(code: i32) -> JobOutcome {
    JobOutcome::Ended {
        ending: Ending::Exited { code },
    }
}

/// A world in which for `storm` what `mix` says goes wrong.
#[must_use]
pub fn rough(mix: Mix, storm: Duration) -> Plan {
    Plan {
        mix,
        storm,
        ..Plan::calm(1)
    }
}

/// Whether the job's command is known to run.
#[must_use]
pub fn runs(job: &Job) -> bool {
    matches!(job.state, JobState::Running { .. })
}

/// Whether the job is done.
#[must_use]
pub fn done(job: &Job) -> bool {
    job.outcome().is_some()
}

/// Whether the job's history has `what` in it.
#[must_use]
pub fn tells(job: &Job, what: &str) -> bool {
    job.history.iter().any(|moment| moment.what.contains(what))
}

impl World {
    /// Queues a job and waits until `is` holds of it, an hour at most.
    ///
    /// # Errors
    /// It did not come to hold.
    pub async fn begin(
        &self,
        name: &str,
        spec: &JobSpec,
        is: fn(&Job) -> bool,
    ) -> Result<Job, String> {
        self.submit(&id(name), spec);
        self.until(name, is, HOUR).await
    }

    /// The job once it is done, `longest` from now at most.
    ///
    /// # Errors
    /// It is not done then.
    pub async fn end(&self, name: &str, longest: Duration) -> Result<Job, String> {
        self.until(name, done, longest).await
    }

    /// The job once `is` holds of it, `longest` from now at most.
    ///
    /// # Errors
    /// It does not hold then.
    pub async fn until(
        &self,
        name: &str,
        is: fn(&Job) -> bool,
        longest: Duration,
    ) -> Result<Job, String> {
        let until = self.now() + longest;
        loop {
            let job = self.job(&id(name)).await;
            match job {
                Some(job) if is(&job) => return Ok(job),
                job if self.now() >= until => {
                    return Err(format!("{name} after {} s: {job:#?}", longest.as_secs()));
                }
                _ => tokio::time::sleep(Duration::from_secs(5)).await,
            }
        }
    }
}
