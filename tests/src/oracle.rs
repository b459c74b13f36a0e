//! What really happened, recorded by the modelled commands.

use names::{Attempt, JobId, Timestamp};
use std::collections::BTreeMap;

/// One run of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandRun {
    /// The attempt it belongs to.
    pub attempt: Attempt,
    /// The numeric ID of the instance.
    pub instance: String,
    /// When it started.
    pub started: Timestamp,
    /// When it ended; `None` while it is running.
    pub ended: Option<Timestamp>,
    /// Whether the command exited by itself.
    pub complete: bool,
}

/// Every run of every job, and the invariants that were violated.
#[derive(Debug, Default)]
pub struct Oracle {
    runs: BTreeMap<JobId, Vec<CommandRun>>,
    /// A description of each violation.
    pub violations: Vec<String>,
}

impl Oracle {
    /// Records that a command starts. `succeeded` is whether the bucket already has
    /// an exit record with the job's success.
    pub fn command_started(
        &mut self,
        job: &JobId,
        attempt: Attempt,
        instance: &str,
        succeeded: bool,
        now: Timestamp,
    ) {
        let runs = self.runs.entry(job.clone()).or_default();
        if let Some(other) = runs.iter().find(|run| run.ended.is_none()) {
            self.violations.push(format!(
                "{now}: {job} attempt {attempt} starts on {instance} while attempt {} is running on {}",
                other.attempt, other.instance
            ));
        }
        if succeeded {
            self.violations.push(format!(
                "{now}: {job} attempt {attempt} starts on {instance} after its success was recorded"
            ));
        }
        runs.push(CommandRun {
            attempt,
            instance: instance.to_owned(),
            started: now,
            ended: None,
            complete: false,
        });
    }

    /// Records that the command on `instance` ended. `complete` is whether it exited
    /// by itself.
    pub fn command_ended(&mut self, instance: &str, complete: bool, now: Timestamp) {
        for run in self.runs.values_mut().flatten() {
            if run.instance == instance && run.ended.is_none() {
                run.ended = Some(now);
                run.complete = complete;
            }
        }
    }

    /// The runs of `job`, in the order in which they started.
    #[must_use]
    pub fn runs(&self, job: &JobId) -> &[CommandRun] {
        self.runs.get(job).map_or(&[], Vec::as_slice)
    }

    /// Records a violation.
    pub fn violated(&mut self, description: String) {
        self.violations.push(description);
    }
}
