//! What the ledger keeps of a job.

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
    /// Zones to try, in order.
    pub zones: Vec<Zone>,
    /// Where it stands.
    pub state: JobState,
    /// When to look at it again, if nothing is heard before.
    pub due: Option<Timestamp>,
    /// When it was queued.
    pub submitted: Timestamp,
    /// The newest attempt: its log and its exit record are the job's.
    pub attempt: Attempt,
    /// What went wrong so far.
    pub counters: Counters,
    /// Zones that refused a machine, and until when not to ask there.
    pub blocked: Vec<ZoneBlock>,
    /// What happened, oldest first; the last [`Job::HISTORY`] moments.
    pub history: Vec<HistoryEntry>,
}

/// Where a job stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum JobState {
    /// It has no machine and waits for `due`, then for one in a free zone.
    Queued {
        /// What it waits for, for people to read.
        waiting_for: String,
    },
    /// A machine was asked for; nothing was heard from it yet.
    Launching {
        /// The machine.
        machine: Machine,
    },
    /// The command runs.
    Running {
        /// The machine.
        machine: Machine,
        /// When its agent said so.
        started: Timestamp,
    },
    /// The host will take the machine away; its agent is stopping the command.
    Draining {
        /// The machine.
        machine: Machine,
        /// When its agent had said that the command runs.
        started: Timestamp,
        /// When it is given up at the latest.
        until: Timestamp,
    },
    /// The machine is being removed. Nothing follows before it is gone.
    Deleting {
        /// The machine.
        machine: Machine,
        /// Why.
        reason: TeardownReason,
    },
    /// The end. No machine is left.
    Done {
        /// How it ended.
        outcome: JobOutcome,
        /// When.
        finished: Timestamp,
    },
}

/// The machine of an attempt. Its name follows from job and attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The attempt.
    pub attempt: Attempt,
    /// The zone it was asked for in.
    pub zone: Zone,
    /// When it was asked for first.
    pub asked: Timestamp,
}

/// Why a machine is removed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum TeardownReason {
    /// The command ended and the exit record is written.
    Ended {
        /// How the command ended.
        ending: ExitStatus,
    },
    /// A user cancelled the job.
    Cancelled,
    /// The machine was lost to the infrastructure. Not the job's fault.
    Lost {
        /// How, for people to read.
        cause: String,
    },
    /// The machine runs, but its agent never started the job.
    Unstarted,
    /// The command outlived every limit and its agent did not stop it.
    Overran,
    /// Compute Engine would not give the machine.
    Refused {
        /// In which way.
        refusal: Refusal,
    },
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum JobOutcome {
    /// Its command ended.
    Ended {
        /// How.
        ending: ExitStatus,
    },
    /// A user cancelled it.
    Cancelled,
    /// It could not be read; nothing was launched.
    Rejected {
        /// What is wrong with it.
        reason: String,
    },
    /// It could not be run.
    Failed {
        /// Why.
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
            Self::Ended { ending } => ending.exit_code(),
            Self::Cancelled => 130,
            Self::Rejected { .. } => 2,
            Self::Failed { .. } => 125,
        }
    }
}

/// What went wrong with a job so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Machines lost to the infrastructure, never charged to the job.
    pub lost: u32,
    /// Machines that ran and never started the job.
    pub unstarted: u32,
    /// Runs that failed by themselves and were run again.
    pub retried: u32,
    /// Machines that groundcrew may not have.
    #[serde(default)]
    pub denied: u32,
}

/// A zone not to ask before `until`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneBlock {
    /// The zone.
    pub zone: Zone,
    /// When it may be asked again.
    pub until: Timestamp,
    /// What it said.
    pub reason: String,
}

impl Job {
    /// How many moments are kept.
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

    /// Where its objects lie, `id` being its own.
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
}
