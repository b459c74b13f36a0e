//! The events that an agent reacts to.

use events::{ExitStatus, HostTermination};

/// The result of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimResult {
    /// This request created it.
    Won,
    /// It exists and names this machine: an earlier request was applied, by
    /// this process or by one before it.
    AlreadyMine {
        /// Whether the command was started on this machine before.
        started: bool,
    },
    /// Somebody else holds it.
    Lost(ClaimHolder),
}

/// Who holds a claim that this machine lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimHolder {
    /// The machine with this id.
    Machine(String),
    /// groundcrew revoked the attempt.
    Revoked,
    /// The claim cannot be read, so it counts as somebody else's.
    Unreadable,
}

/// How the operating system says that a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandExit {
    /// It exited by itself with this code.
    Code(i32),
    /// Number of the signal that killed it.
    Signal(i32),
}

/// An event that an agent reacts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The result of [`super::Action::Claim`]; also of [`super::Action::Spawn`],
    /// if the command turns out to have been started before.
    Claimed(ClaimResult),
    /// The SSH key is decrypted.
    SshKeyDecrypted,
    /// The command runs.
    Spawned,
    /// The command could not be started, or not without its SSH key; holds the
    /// reason.
    SpawnFailed(String),
    /// The command has ended; if it was told to stop, so has every process
    /// that it started.
    Exited(CommandExit),
    /// The new value of `instance/maintenance-event`.
    Maintenance(String),
    /// `instance/preempted` has become `TRUE`.
    Preempted,
    /// The agent got SIGTERM: the host shuts down.
    Shutdown,
    /// The time of [`super::State::wake`] has come.
    Tick,
    /// [`super::Action::WriteExitRecord`] or [`super::Action::FlushLog`] is done.
    Recorded,
    /// The report `Finished` or `Drained` was accepted.
    Reported,
}

impl Input {
    /// Why the host is being terminated, if this input says that it is.
    pub(super) fn host_termination(&self) -> Option<HostTermination> {
        match self {
            Self::Maintenance(event) => {
                (event == "TERMINATE_ON_HOST_MAINTENANCE").then_some(HostTermination::Maintenance)
            }
            Self::Preempted => Some(HostTermination::Preempted),
            Self::Shutdown => Some(HostTermination::Shutdown),
            Self::Claimed(_)
            | Self::SshKeyDecrypted
            | Self::Spawned
            | Self::SpawnFailed(_)
            | Self::Exited(_)
            | Self::Tick
            | Self::Recorded
            | Self::Reported => None,
        }
    }
}

impl From<CommandExit> for ExitStatus {
    fn from(exit: CommandExit) -> Self {
        match exit {
            CommandExit::Code(code) => Self::Exited { code },
            CommandExit::Signal(signal) => Self::Signalled { signal },
        }
    }
}
