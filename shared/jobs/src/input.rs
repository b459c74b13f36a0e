//! What a decision is made of, and what it asks to be done.

use crate::Refusal;
use events::{AgentReport, ExitRecord};
use names::{Attempt, InstanceName, VolumeName, Zone};
use serde::{Deserialize, Serialize};

/// Something to decide about.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The time to look at the job has come.
    Overdue,
    /// A user wants it stopped.
    Cancelled,
    /// A machine reports. Its identity was proved.
    Report {
        /// The attempt that it claimed.
        attempt: Attempt,
        /// The machine that proved to have sent it.
        sender: ReportSender,
        /// What it says.
        report: AgentReport,
    },
    /// Compute Engine's audit log says that the machine goes, or is gone.
    Noticed {
        /// The attempt, from the machine's name.
        attempt: Attempt,
        /// The machine's zone.
        zone: Zone,
        /// `preempted`, `hostError`, …
        what: String,
    },
    /// What came of [`Effect::Insert`].
    Inserted {
        /// The attempt.
        attempt: Attempt,
        /// Whether the machine had been looked for before, and was absent.
        absent: bool,
        /// What Compute Engine answered.
        result: InsertResult,
    },
    /// What came of [`Effect::Observe`].
    Observed {
        /// The attempt.
        attempt: Attempt,
        /// What Compute Engine says.
        presence: MachineStatus,
    },
    /// What came of [`Effect::Fence`].
    Fenced {
        /// The attempt.
        attempt: Attempt,
        /// Whether a machine had claimed it before: it started the command.
        /// If not, none ever will.
        claimed: bool,
    },
    /// What came of [`Effect::Delete`].
    Deleted {
        /// The attempt.
        attempt: Attempt,
        /// As in the effect.
        claimed: bool,
        /// What Compute Engine answered.
        result: DeleteResult,
    },
    /// What came of [`Effect::Fence`] or [`Effect::Delete`]: groundcrew may not.
    Denied {
        /// The attempt.
        attempt: Attempt,
        /// As in the effect.
        claimed: bool,
        /// Google's words, and what to do.
        reason: String,
    },
    /// What came of [`Effect::ReadExit`] or [`Effect::CloseExit`].
    ExitRead {
        /// The attempt.
        attempt: Attempt,
        /// The exit record, if there is one.
        record: Option<ExitRecord>,
    },
}

impl Input {
    /// The attempt that it speaks of, if it speaks of one.
    #[must_use]
    pub fn attempt(&self) -> Option<Attempt> {
        match self {
            Self::Overdue | Self::Cancelled => None,
            Self::Report { attempt, .. }
            | Self::Noticed { attempt, .. }
            | Self::Inserted { attempt, .. }
            | Self::Observed { attempt, .. }
            | Self::Fenced { attempt, .. }
            | Self::Deleted { attempt, .. }
            | Self::Denied { attempt, .. }
            | Self::ExitRead { attempt, .. } => Some(*attempt),
        }
    }
}

/// What became of a request for a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InsertResult {
    /// The machine was created.
    Created,
    /// The machine is being created.
    Pending,
    /// Compute Engine refused it.
    Refused(Refusal),
}

/// What became of a request to delete a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeleteResult {
    /// The machine is gone.
    Gone,
    /// The machine is being deleted.
    Pending,
}

/// The machine that a report's identity token proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportSender {
    /// Its name.
    pub instance: InstanceName,
    /// Its zone.
    pub zone: Zone,
    /// The volume whose account it runs as; `None`: the instances account.
    pub volume: Option<VolumeName>,
}

/// What Compute Engine says of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MachineStatus {
    /// There is none of that name.
    Absent,
    /// It is there and runs, or is on its way up.
    Up,
    /// It is there and stopped, or on its way down.
    Down,
}

/// Something to do. Doing it again does nothing more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Effect {
    /// Ask for the machine. Asked again, it answers what became of the first.
    Insert {
        /// Whether the machine was looked for before, and was absent.
        #[serde(default)]
        absent: bool,
    },
    /// Look whether the machine is there.
    Observe,
    /// See to it that no machine starts the attempt from now on; learn
    /// whether one has.
    Fence,
    /// Delete the machine.
    Delete {
        /// Whether a machine claimed the attempt, which then must be judged
        /// by its exit record.
        claimed: bool,
    },
    /// Read whether the attempt has ended.
    ReadExit,
    /// Read how the attempt ended, and if it did not, see to it that no exit
    /// record is written from now on. Only once its machine is gone: a write
    /// that its machine sent before may still arrive.
    CloseExit,
}
