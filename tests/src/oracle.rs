//! What really happened, told by the commands themselves.

use names::{Attempt, JobId, Timestamp};
use std::collections::BTreeMap;

/// A command's run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The attempt.
    pub attempt: Attempt,
    /// The machine's id.
    pub instance: String,
    /// When it began.
    pub began: Timestamp,
    /// When it ended; `None` while it runs.
    pub ended: Option<Timestamp>,
    /// Whether it ended by itself.
    pub complete: bool,
}

/// Every run of every job, and what should not have been.
#[derive(Debug, Default)]
pub struct Oracle {
    runs: BTreeMap<JobId, Vec<Run>>,
    /// What broke an invariant, in words.
    pub violations: Vec<String>,
}

impl Oracle {
    /// A command begins. `succeeded` says whether a record of the
    /// job's success is in the bucket already.
    pub fn begins(
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
                "{now}: {job} attempt {attempt} begins on {instance} while attempt {} runs on {}",
                other.attempt, other.instance
            ));
        }
        if succeeded {
            self.violations.push(format!(
                "{now}: {job} attempt {attempt} begins on {instance} after its success was recorded"
            ));
        }
        runs.push(Run {
            attempt,
            instance: instance.to_owned(),
            began: now,
            ended: None,
            complete: false,
        });
    }

    /// The command on `instance` ends, by itself or not.
    pub fn ends(&mut self, instance: &str, complete: bool, now: Timestamp) {
        for run in self.runs.values_mut().flatten() {
            if run.instance == instance && run.ended.is_none() {
                run.ended = Some(now);
                run.complete = complete;
            }
        }
    }

    /// The runs of `job`, in order.
    #[must_use]
    pub fn runs(&self, job: &JobId) -> &[Run] {
        self.runs.get(job).map_or(&[], Vec::as_slice)
    }

    /// Something that must not be.
    pub fn violated(&mut self, what: String) {
        self.violations.push(what);
    }
}
