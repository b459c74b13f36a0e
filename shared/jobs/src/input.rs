//! The inputs of a decision, and the effects that it can request.

use crate::Refusal;
use events::{AgentReport, ExitRecord};
use names::{Attempt, JobId, VolumeName, Zone};
use serde::{Deserialize, Serialize};

/// Something that happened, to be decided on.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The job's `due` time has passed.
    Overdue,
    /// A user cancelled the job.
    Cancelled,
    /// A machine reported, and its identity was verified.
    Report {
        /// The attempt that the report names.
        attempt: Attempt,
        /// The machine that sent it, from its identity token.
        sender: ReportSender,
        /// The agent's message; not trusted beyond what `sender` may say.
        report: AgentReport,
    },
    /// Compute Engine's audit log says that the machine is being, or was,
    /// stopped by the infrastructure.
    Noticed {
        /// The attempt, from the machine's name.
        attempt: Attempt,
        /// The zone in the audit log entry.
        zone: Zone,
        /// The system event: `preempted`, `hostError`, `upcomingMaintenance`, …
        what: String,
    },
    /// The result of [`Effect::Insert`].
    Inserted {
        /// The attempt that the effect was performed for.
        attempt: Attempt,
        /// What Compute Engine answered.
        result: InsertResult,
    },
    /// The result of [`Effect::ReadOperation`].
    OperationRead {
        /// The attempt that the effect was performed for.
        attempt: Attempt,
        /// What became of the newest request; `None`: none is known.
        result: Option<InsertResult>,
    },
    /// The result of [`Effect::Observe`].
    Observed {
        /// The attempt that the effect was performed for.
        attempt: Attempt,
        /// The status that Compute Engine reports.
        status: MachineStatus,
    },
    /// The result of [`Effect::Fence`].
    Fenced {
        /// The attempt that the effect was performed for.
        attempt: Attempt,
        /// Whether a machine had claimed the attempt before, and so may have
        /// started the command. If not, no machine can start it any more.
        claimed: bool,
    },
    /// The result of [`Effect::Delete`].
    Deleted {
        /// The attempt that the effect was performed for.
        attempt: Attempt,
        /// The effect's `claimed`.
        claimed: bool,
        /// What Compute Engine answered.
        result: DeleteResult,
    },
    /// The result of [`Effect::Fence`] or [`Effect::Delete`]: permission denied.
    Denied {
        /// The attempt that the effect was performed for.
        attempt: Attempt,
        /// The effect's `claimed`.
        claimed: bool,
        /// Google's message, and what to do about it.
        reason: String,
    },
    /// The result of [`Effect::ReadExit`] or [`Effect::CloseExit`].
    ExitRead {
        /// The attempt that the effect was performed for.
        attempt: Attempt,
        /// The exit record, if there is one.
        record: Option<ExitRecord>,
    },
}

impl Input {
    /// The attempt that the input is about, if it is about one.
    #[must_use]
    pub fn attempt(&self) -> Option<Attempt> {
        match self {
            Self::Overdue | Self::Cancelled => None,
            Self::Report { attempt, .. }
            | Self::Noticed { attempt, .. }
            | Self::Inserted { attempt, .. }
            | Self::OperationRead { attempt, .. }
            | Self::Observed { attempt, .. }
            | Self::Fenced { attempt, .. }
            | Self::Deleted { attempt, .. }
            | Self::Denied { attempt, .. }
            | Self::ExitRead { attempt, .. } => Some(*attempt),
        }
    }
}

/// The result of a request for a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InsertResult {
    /// The machine was created.
    Created,
    /// The machine is being created.
    Pending,
    /// Compute Engine refused it.
    Refused(Refusal),
}

/// The result of a request to delete a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeleteResult {
    /// The machine is gone.
    Gone,
    /// The machine is being deleted.
    Pending,
}

/// The machine that sent a report, as its identity token proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportSender {
    /// The job in the instance's name in the token.
    pub job: JobId,
    /// The attempt in that name.
    pub attempt: Attempt,
    /// The instance's zone in the token.
    pub zone: Zone,
    /// The volume whose account it runs as; `None`: the instances account.
    pub volume: Option<VolumeName>,
}

/// The status of a machine in Compute Engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MachineStatus {
    /// No machine has that name.
    Absent,
    /// The machine is running or starting.
    Up,
    /// The machine is stopped or stopping.
    Down,
}

/// Something to do. Every effect is idempotent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Effect {
    /// Request the machine. Repeated, it returns the result of the first request,
    /// or begins anew if that failed: Google promises neither.
    Insert,
    /// Find the newest operation of the requests for the machine, which is not there:
    /// it knows why.
    ReadOperation,
    /// Read the machine's status from Compute Engine.
    Observe,
    /// Create the claim as revoked, so that no machine can start the attempt
    /// from now on; learn whether one has claimed it already.
    Fence,
    /// Request the deletion of the machine; repeated until it is gone.
    Delete {
        /// Whether a machine claimed the attempt, whose exit record then
        /// decides how it ended.
        claimed: bool,
    },
    /// Read whether the attempt has ended.
    ReadExit,
    /// Read the exit record, or create it as closed where there is none, so
    /// that none can be written from now on. Only once the machine is gone: a
    /// write that it sent before may still arrive.
    CloseExit,
}
