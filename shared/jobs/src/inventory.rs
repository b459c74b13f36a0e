//! Machines that no job needs any more.
//!
//! The machines are listed first and the ledger is read second: a machine that
//! is created in between is not in the list, so none appears without its job.

use crate::{Error, Flow, Job, Settings, machine::is_labelled};
use gcp::methods::compute;
use names::{Attempt, Duration, JobId, Timestamp, Zone};

/// How old a machine must be before it can be removed as unneeded.
const GRACE: Duration = Duration::from_secs(180);

/// What to do with a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disposition {
    /// Its job needs it, or may.
    Keep,
    /// Its job does not need it any more.
    Remove,
    /// No job of that name is known. It is reported, not removed: a restored
    /// ledger must not kill running work, and the machine ends by itself.
    Unknown,
}

/// What to do with the machine of `attempt`, created at `made`.
pub(crate) fn disposition(
    job: Option<&Job>,
    attempt: Attempt,
    made: Timestamp,
    now: Timestamp,
) -> Disposition {
    if now.since(made) < GRACE {
        return Disposition::Keep;
    }
    match job {
        None => Disposition::Unknown,
        Some(job) if job.outcome().is_some() || attempt < job.attempt => Disposition::Remove,
        Some(_) => Disposition::Keep,
    }
}

/// A machine with this deployment's label.
struct Found {
    zone: Zone,
    job: JobId,
    attempt: Attempt,
    made: Timestamp,
}

impl Found {
    /// `None` unless its name and its labels agree: somebody may copy a machine
    /// with its labels.
    fn read(instance: &compute::Instance, settings: &Settings) -> Option<Self> {
        let (job, attempt) = settings.deployment_id().attempt_of(&instance.name)?;
        is_labelled(instance, settings, &job, attempt).then_some(Self {
            zone: instance.zone()?,
            job,
            attempt,
            made: instance.creation_timestamp?,
        })
    }
}

impl Flow {
    /// Removes machines that their jobs do not need any more; returns how many.
    ///
    /// # Errors
    /// A call failed; the next inventory tries again.
    pub async fn inventory(&self) -> Result<usize, Error> {
        let mut old = Vec::new();
        for instance in self.effects().machines().await? {
            let Some(found) = Found::read(&instance, self.settings()) else {
                tracing::error!(instance.name = %instance.name, "a machine has our label, but not the name and labels that we give");
                continue;
            };
            if disposition(None, found.attempt, found.made, self.now()) != Disposition::Keep {
                old.push(found);
            }
        }
        // Together, so that what runs for hours does not cost a call a minute each.
        let ids: Vec<JobId> = old.iter().map(|found| found.job.clone()).collect();
        let jobs = self.ledger().get_all::<Job>(&ids).await?;
        let mut removed = 0;
        for found in &old {
            let job = jobs.iter().find(|entry| entry.id == found.job);
            match disposition(
                job.map(|entry| &entry.record),
                found.attempt,
                found.made,
                self.now(),
            ) {
                Disposition::Keep => {}
                Disposition::Remove => {
                    tracing::warn!(job.id = %found.job, %found.attempt, "removing a machine that was left over");
                    self.effects()
                        .remove(&found.job, &found.zone, found.attempt)
                        .await?;
                    removed += 1;
                }
                Disposition::Unknown => {
                    tracing::error!(job.id = %found.job, %found.attempt, "a machine of an unknown job: it ends by itself at its time limit");
                }
            }
        }
        Ok(removed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{JobOutcome, JobState, admit};
    use events::JobSpec;

    #[test]
    fn only_machines_that_no_job_needs_are_deleted() {
        let at = Timestamp::from_seconds;
        let zone: Zone = "us-central1-a".parse().expect("valid");
        let first = Attempt::FIRST;
        let mut job = admit(JobSpec::new(vec!["true".into()]), &[zone], at(0)).job;
        let fate = |job: &Job, attempt, now| disposition(Some(job), attempt, at(0), at(now));
        assert_eq!(fate(&job, first, 1000), Disposition::Keep);
        job.attempt = first.next();
        assert_eq!(fate(&job, first, 1000), Disposition::Remove);
        assert_eq!(fate(&job, first.next(), 1000), Disposition::Keep);
        job.state = JobState::Done {
            outcome: JobOutcome::Cancelled,
            finished: at(900),
        };
        assert_eq!(fate(&job, first.next(), 1000), Disposition::Remove);
        assert_eq!(
            fate(&job, first.next(), 100),
            Disposition::Keep,
            "too young to judge"
        );
        assert_eq!(
            super::disposition(None, first, at(0), at(1000)),
            Disposition::Unknown
        );
    }
}
