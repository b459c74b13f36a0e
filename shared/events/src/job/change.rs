//! The events that change a job after it was queued.

use super::exit::ExitStatus;
use names::{Attempt, JobId};
use serde::{Deserialize, Serialize};

/// What an agent reports about its attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AgentReport {
    /// The attempt is claimed and the command is being started.
    Started,
    /// The command ended and the exit record was written.
    Finished {
        /// As in the exit record, which was written before the report.
        exit_status: ExitStatus,
    },
    /// The host is being terminated; the command was stopped and did not finish.
    Drained,
}

/// The event `job-reported`: an agent's report. It is accepted only with the
/// identity token of the machine that the attempt runs on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobReported {
    /// The job that the machine runs.
    pub job: JobId,
    /// The attempt that the agent claimed.
    pub attempt: Attempt,
    /// The agent's message.
    pub report: AgentReport,
    /// Identity token of the machine (a JWT, `format=full`).
    pub identity: String,
}

/// The event `job-changed`, published by users and by the sweep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum JobChanged {
    /// A user cancelled the job.
    Cancelled {
        /// The job that changed.
        job: JobId,
    },
    /// The job is overdue: its deadline for the next step has passed.
    Overdue {
        /// The job that changed.
        job: JobId,
    },
    /// Compare all machines with the ledger and delete orphans.
    Inventory,
}
