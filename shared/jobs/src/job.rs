//! A job as the ledger stores it.

use crate::Refusal;
use events::{ExitStatus, JobSpec};
use ledger::{HistoryEntry, Record};
use names::{Attempt, JobId, JobObjects, Timestamp, VolumeName, Zone};
use serde::{Deserialize, Serialize};

/// A job, from the event that queued it to the end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// What to run; `None` if that could not be read (the job is then rejected).
    pub spec: Option<JobSpec>,
    /// Zones to request a machine in, in order of preference.
    pub zones: Vec<Zone>,
    /// Where the job is between being queued and being done.
    pub state: JobState,
    /// When the job is overdue, if no event comes before.
    pub due: Option<Timestamp>,
    /// When the event that queued it was first handled.
    pub submitted: Timestamp,
    /// The newest attempt: its log and its exit record are the job's.
    pub attempt: Attempt,
    /// Failures so far, which limit how often it is tried again.
    pub counters: Counters,
    /// Zones that refused a machine, and until when not to try them.
    pub blocked: Vec<ZoneBlock>,
    /// What happened, oldest first; at most [`Job::HISTORY`] entries.
    pub history: Vec<HistoryEntry>,
}

/// The state of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum JobState {
    /// The job has no machine; one is requested at `due`, if a zone is free.
    Queued {
        /// What it waits for, for people.
        waiting_for: String,
    },
    /// A machine was requested and has not reported yet.
    Launching {
        /// The attempt's machine.
        machine: Machine,
    },
    /// The command is running.
    Running {
        /// The attempt's machine.
        machine: Machine,
        /// When the agent reported the start.
        started: Timestamp,
    },
    /// The host is being terminated; the agent is stopping the command.
    Draining {
        /// The attempt's machine.
        machine: Machine,
        /// When the agent reported the start.
        started: Timestamp,
        /// When to stop waiting for the agent.
        until: Timestamp,
    },
    /// The machine is being deleted. Nothing else happens before it is gone.
    Deleting {
        /// The attempt's machine.
        machine: Machine,
        /// Decides what happens once the machine is gone.
        reason: TeardownReason,
    },
    /// The final state. No machine is left.
    Done {
        /// The result that users see.
        outcome: JobOutcome,
        /// When the job became done, after its machine was deleted.
        finished: Timestamp,
    },
}

/// The machine of an attempt. Its name follows from job and attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The attempt that the machine runs.
    pub attempt: Attempt,
    /// The zone in which it was requested.
    pub zone: Zone,
    /// When it was first requested; the boot limit counts from then.
    pub requested_at: Timestamp,
    /// What Compute Engine did to its host, as far as that is known: why it is
    /// lost, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_event: Option<String>,
}

/// Why a machine is removed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum TeardownReason {
    /// The command ended and the exit record is written.
    Ended {
        /// How the command ended.
        exit_status: ExitStatus,
    },
    /// A user cancelled the job.
    Cancelled,
    /// The machine was lost; [`Machine::host_event`] says whether that is known to
    /// be through no fault of the job.
    Lost {
        /// What happened to the machine, for people.
        cause: String,
    },
    /// The machine is running, but its agent never started the job.
    Unstarted,
    /// The command exceeded every limit and its agent did not stop it.
    Overran,
    /// Compute Engine refused the machine.
    Refused {
        /// Decides where a machine is requested next, if anywhere.
        refusal: Refusal,
    },
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum JobOutcome {
    /// Its command ended.
    Ended {
        /// From the agent, or [`ExitStatus::TimedOut`] if groundcrew ended it.
        exit_status: ExitStatus,
    },
    /// A user cancelled it.
    Cancelled,
    /// The job was invalid; nothing was launched.
    Rejected {
        /// What is wrong with it.
        reason: String,
    },
    /// No machine could run the job.
    Failed {
        /// The refusal or loss that was one too many, for people.
        reason: String,
    },
}

impl JobOutcome {
    /// The exit code that `job wait` passes on: the command's own, or 130 for
    /// cancelled, 125 for a job that could not be run, 2 for one that could
    /// not be read.
    #[must_use]
    pub fn exit_code(&self) -> i32 {
        match self {
            Self::Ended { exit_status } => exit_status.exit_code(),
            Self::Cancelled => 130,
            Self::Rejected { .. } => 2,
            Self::Failed { .. } => 125,
        }
    }
}

/// How often something went wrong with a job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Machines that were lost; they do not count as retries.
    pub lost: u32,
    /// Those of them whose host had no known event: the job may have done it.
    #[serde(default)]
    pub unexplained: u32,
    /// How long the lost machines existed, in seconds.
    #[serde(default)]
    pub lost_seconds: u64,
    /// Machines that ran and never started the job.
    pub unstarted: u32,
    /// Retries after the command failed.
    pub retried: u32,
    /// Machines refused because permission was denied.
    #[serde(default)]
    pub denied: u32,
}

/// A zone not to try before `until`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneBlock {
    /// The zone that refused.
    pub zone: Zone,
    /// When it may be tried again.
    pub until: Timestamp,
    /// The refusal, for people.
    pub reason: String,
    /// Whether waiting for the zone is pointless.
    #[serde(default)]
    pub lasting: bool,
}

impl Job {
    /// How many history entries are kept.
    pub const HISTORY: usize = 40;

    /// The machine that the job has, or had until it is gone.
    #[must_use]
    pub fn machine(&self) -> Option<&Machine> {
        match &self.state {
            JobState::Launching { machine }
            | JobState::Running { machine, .. }
            | JobState::Draining { machine, .. }
            | JobState::Deleting { machine, .. } => Some(machine),
            JobState::Queued { .. } | JobState::Done { .. } => None,
        }
    }

    /// How it ended, if it has.
    #[must_use]
    pub fn outcome(&self) -> Option<&JobOutcome> {
        match &self.state {
            JobState::Done { outcome, .. } => Some(outcome),
            JobState::Queued { .. }
            | JobState::Launching { .. }
            | JobState::Running { .. }
            | JobState::Draining { .. }
            | JobState::Deleting { .. } => None,
        }
    }

    /// The data volume that it runs with, if any.
    #[must_use]
    pub fn volume(&self) -> Option<&VolumeName> {
        self.spec.as_ref()?.volume.as_ref()
    }

    /// The names of its objects in the bucket; `id` is the job's.
    #[must_use]
    pub fn objects(&self, id: &JobId) -> JobObjects {
        JobObjects::new(id, self.volume())
    }

    pub(crate) fn note(&mut self, at: Timestamp, what: impl Into<String>) {
        HistoryEntry::append(&mut self.history, Self::HISTORY, at, what.into());
    }
}

impl Record for Job {
    const COLLECTION: &'static str = "jobs";
    type Id = JobId;

    fn state(&self) -> &str {
        match self.state {
            JobState::Queued { .. } => "queued",
            JobState::Launching { .. } => "launching",
            JobState::Running { .. } => "running",
            JobState::Draining { .. } => "draining",
            JobState::Deleting { .. } => "deleting",
            JobState::Done { .. } => "done",
        }
    }

    fn due(&self) -> Option<Timestamp> {
        self.due
    }

    /// A job with a volume stays, as its objects do.
    fn ended(&self) -> Option<Timestamp> {
        match self.state {
            JobState::Done { finished, .. } if self.volume().is_none() => Some(finished),
            JobState::Done { .. }
            | JobState::Queued { .. }
            | JobState::Launching { .. }
            | JobState::Running { .. }
            | JobState::Draining { .. }
            | JobState::Deleting { .. } => None,
        }
    }
}
