//! A job on one line of a table, or as one JSON object.

use crate::shell;
use events::ExitStatus;
use jobs::{Job, JobOutcome, JobState};
use ledger::Record;
use names::{Duration, Timestamp};
use serde::Serialize;

/// The summary of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct JobSummary {
    id: String,
    state: String,
    attempt: u32,
    /// `None` until the job is done.
    exit_code: Option<i32>,
    submitted: Timestamp,
    command: Vec<String>,
    /// What the job waits for, or why it failed.
    note: Option<String>,
}

impl JobSummary {
    pub(crate) fn of(id: &str, job: &Job) -> Self {
        Self {
            id: id.to_owned(),
            state: job.state().to_owned(),
            attempt: job.attempt.number(),
            exit_code: job.outcome().map(JobOutcome::exit_code),
            submitted: job.submitted,
            command: job
                .spec
                .as_ref()
                .map(|spec| spec.command.clone())
                .unwrap_or_default(),
            note: note(&job.state),
        }
    }

    /// The column headings for [`JobSummary::cells`].
    pub(crate) fn header() -> Vec<String> {
        ["ID", "STATE", "ATTEMPT", "EXIT", "AGE", "COMMAND"]
            .map(String::from)
            .into()
    }

    /// The job's row in a table.
    pub(crate) fn cells(&self, now: Timestamp) -> Vec<String> {
        let command = shell::command(&self.command, 60);
        let last = match &self.note {
            None => command,
            Some(note) => format!("{command}  ({})", shell::truncate(note, 300))
                .trim_start()
                .to_owned(),
        };
        vec![
            self.id.clone(),
            self.state.clone(),
            self.attempt.to_string(),
            self.exit_code
                .map_or_else(|| "-".to_owned(), |code| code.to_string()),
            age(now.since(self.submitted)),
            last,
        ]
    }
}

fn note(state: &JobState) -> Option<String> {
    let note = match state {
        JobState::Queued { waiting_for } if waiting_for.is_empty() => return None,
        JobState::Queued { waiting_for } => format!("waiting for {waiting_for}"),
        JobState::Draining { .. } => "its host is being terminated".to_owned(),
        JobState::Launching { .. } | JobState::Running { .. } | JobState::Deleting { .. } => {
            return None;
        }
        JobState::Done { outcome, .. } => return failure(outcome),
    };
    Some(note)
}

/// Why a job did not succeed; `None` if it did.
pub(crate) fn failure(outcome: &JobOutcome) -> Option<String> {
    Some(match outcome {
        JobOutcome::Ended { exit_status } => match exit_status {
            ExitStatus::Exited { code: 0 } => return None,
            ExitStatus::Exited { code } => format!("exited with {code}"),
            ExitStatus::Signalled { signal } => format!("ended by signal {signal}"),
            ExitStatus::TimedOut => "time limit exceeded".to_owned(),
            ExitStatus::NotStarted { reason } => format!("failed to start: {reason}"),
        },
        JobOutcome::Cancelled => "cancelled".to_owned(),
        JobOutcome::Rejected { reason } => format!("rejected: {reason}"),
        JobOutcome::Failed { reason } => format!("failed: {reason}"),
    })
}

/// A duration in whole units of its largest unit.
fn age(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::out;
    use names::Attempt;

    pub(crate) fn job(state: JobState) -> Job {
        Job {
            spec: Some(events::JobSpec::new(
                ["sh", "-c", "exit 3"].map(String::from).into(),
            )),
            zones: Vec::new(),
            state,
            due: None,
            submitted: Timestamp::from_seconds(1_000),
            attempt: Attempt::FIRST,
            counters: jobs::Counters::default(),
            blocked: Vec::new(),
            history: Vec::new(),
        }
    }

    pub(crate) fn done(outcome: JobOutcome) -> JobState {
        JobState::Done {
            outcome,
            finished: Timestamp::from_seconds(1_010),
        }
    }

    #[test]
    fn the_table_shows_what_a_job_waits_for_and_why_it_failed() {
        let queued = JobState::Queued {
            waiting_for: "a zone with room".to_owned(),
        };
        let exited = |code| {
            done(JobOutcome::Ended {
                exit_status: ExitStatus::Exited { code },
            })
        };
        let rejected = done(JobOutcome::Rejected {
            reason: "command is missing".to_owned(),
        });
        let unread = Job {
            spec: None,
            ..job(rejected)
        };
        let jobs = [job(queued), job(exited(3)), job(exited(0)), unread];
        let now = Timestamp::from_seconds(1_000 + 7_300);
        let mut rows = vec![JobSummary::header()];
        rows.extend(
            jobs.iter()
                .map(|job| JobSummary::of("job-1", job).cells(now)),
        );
        assert_eq!(
            out::table(&rows),
            "\
ID     STATE   ATTEMPT  EXIT  AGE  COMMAND
job-1  queued  1        -     2h   sh -c 'exit 3'  (waiting for a zone with room)
job-1  done    1        3     2h   sh -c 'exit 3'  (exited with 3)
job-1  done    1        0     2h   sh -c 'exit 3'
job-1  done    1        2     2h   (rejected: command is missing)
"
        );
    }

    #[test]
    fn an_age_has_one_unit() {
        for (seconds, text) in [
            (0, "0s"),
            (59, "59s"),
            (60, "1m"),
            (7_199, "1h"),
            (200_000, "2d"),
        ] {
            assert_eq!(age(Duration::from_secs(seconds)), text);
        }
    }
}
