//! The states of an agent, and what a decision consists of.

use super::action::Action;
use events::{AgentReport, HostTermination};
use names::{Duration, Timestamp};

/// Time limits of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The time limit of the job.
    pub max_run: Duration,
    /// From SIGTERM to SIGKILL when the time limit is exceeded.
    pub max_run_grace: Duration,
    /// From SIGTERM to SIGKILL when the host is preempted or shuts down. Spot
    /// machines get 30 seconds from the notice to power-off.
    pub shutdown_grace: Duration,
    /// From SIGTERM to SIGKILL on a maintenance notice, which comes 60 minutes
    /// ahead on a GPU machine and 60 seconds ahead on others; the shutdown that
    /// follows then shortens the grace period.
    pub maintenance_grace: Duration,
}

impl Limits {
    /// The default grace periods: 10 seconds, 25 seconds and 5 minutes.
    #[must_use]
    pub const fn new(max_run: Duration) -> Self {
        Self {
            max_run,
            max_run_grace: Duration::from_secs(10),
            shutdown_grace: Duration::from_secs(25),
            maintenance_grace: Duration::from_secs(300),
        }
    }
}

/// The progress of an agent with its attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// The claim was requested; nothing runs.
    Claiming {
        /// Why the host is being terminated, if it is.
        host_termination: Option<HostTermination>,
        /// Whether the command gets the user's SSH key.
        ssh_key: bool,
    },
    /// The attempt is claimed and the SSH key is being decrypted; nothing runs.
    DecryptingSshKey,
    /// The attempt is claimed and the command is being started.
    Starting {
        /// Why the host is being terminated, if it is.
        host_termination: Option<HostTermination>,
    },
    /// The command runs.
    Running {
        /// When the command was started.
        started: Timestamp,
        /// When the time limit is exceeded.
        until: Timestamp,
    },
    /// The command got SIGTERM and has not ended yet.
    Stopping {
        /// When the command was started.
        started: Timestamp,
        /// Why it is being stopped.
        reason: StopReason,
        /// When it gets SIGKILL; `None` once that was sent.
        kill_at: Option<Timestamp>,
    },
    /// The command has ended, and the exit record is being written; on a host
    /// that is being terminated, only the rest of the log.
    Recording {
        /// The report to send afterwards.
        report: AgentReport,
    },
    /// The last report is being sent.
    Reporting {
        /// The report that is being sent.
        report: AgentReport,
    },
    /// The exit was recorded and reported.
    Finished,
    /// This agent must not run the attempt: another machine has claimed it, it
    /// was revoked, or its command was started before this agent was.
    Refused,
    /// The host is being terminated; the command did not finish, and that was
    /// reported.
    Drained,
}

/// Why a command is being stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// The time limit `max_run` is exceeded.
    MaxRun,
    /// The host is being terminated.
    HostTermination(HostTermination),
}

/// The next state, and the actions that lead to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The state that the agent is in now.
    pub next: State,
    /// The actions to perform, in order.
    pub actions: Vec<Action>,
}

impl State {
    /// When [`super::Input::Tick`] is due, if nothing else happens before.
    #[must_use]
    pub fn wake(&self) -> Option<Timestamp> {
        match self {
            Self::Running { until, .. } => Some(*until),
            Self::Stopping { kill_at, .. } => *kill_at,
            Self::Claiming { .. }
            | Self::DecryptingSshKey
            | Self::Starting { .. }
            | Self::Recording { .. }
            | Self::Reporting { .. }
            | Self::Finished
            | Self::Refused
            | Self::Drained => None,
        }
    }

    /// Enters this state by way of `actions`.
    pub(super) fn with(self, actions: impl Into<Vec<Action>>) -> Decision {
        Decision {
            next: self,
            actions: actions.into(),
        }
    }

    /// Enters this state, or stays in it, without any action.
    pub(super) fn stay(self) -> Decision {
        self.with([])
    }
}
