//! The events that change a job after it was queued.

use super::exit::ExitStatus;
use names::{Attempt, JobId};
use serde::{Deserialize, Serialize};
use std::fmt;

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
    Drained {
        /// How the agent knows; `None` from agents before it was reported.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        termination: Option<HostTermination>,
    },
}

/// Why a host is being terminated, as its machine sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HostTermination {
    /// Host maintenance that terminates the machine was announced.
    Maintenance,
    /// Compute Engine preempts it.
    Preempted,
    /// It shuts down, whoever asked for that: Compute Engine, or the job.
    Shutdown,
}

impl HostTermination {
    /// Whether Compute Engine terminates the host, as far as the machine can
    /// tell. A shutdown may be the job's own.
    #[must_use]
    pub fn is_host_event(self) -> bool {
        match self {
            Self::Maintenance | Self::Preempted => true,
            Self::Shutdown => false,
        }
    }

    /// The better known of two reasons: a shutdown follows the others, and may be
    /// seen first.
    #[must_use]
    pub fn or_host_event(self, later: Option<Self>) -> Self {
        match later {
            Some(later) if !self.is_host_event() => later,
            Some(_) | None => self,
        }
    }
}

impl fmt::Display for HostTermination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Maintenance => "maintenance",
            Self::Preempted => "preempted",
            Self::Shutdown => "shutdown",
        })
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drained_report_is_read_with_and_without_its_reason() {
        let read = |text: &str| serde_json::from_str::<AgentReport>(text).expect("a report");
        let drained = |termination| AgentReport::Drained { termination };
        assert_eq!(read(r#"{"kind":"drained"}"#), drained(None));
        let preempted = drained(Some(HostTermination::Preempted));
        let text = r#"{"kind":"drained","termination":"preempted"}"#;
        assert_eq!(read(text), preempted);
        assert_eq!(serde_json::to_string(&preempted).expect("JSON"), text);
    }
}
