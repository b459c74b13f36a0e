//! What happens to an agent.

use events::ExitStatus;
use std::fmt;

/// What the claim came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed {
    /// We created it.
    Won,
    /// It was there and names this machine: an earlier request of ours was
    /// applied, by this process or by one before it.
    AlreadyMine {
        /// Whether the command was started on this machine before.
        started: bool,
    },
    /// Somebody else holds it.
    Lost(Holder),
}

/// Who holds a claim that we lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// The machine with this id.
    Machine(String),
    /// groundcrew revoked the attempt.
    Revoked,
    /// The claim cannot be read, so it is not ours.
    Unreadable,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// With this exit code.
    Code(i32),
    /// By this signal.
    Signal(i32),
}

/// What happens to an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The answer to [`super::Act::Claim`]; also to [`super::Act::Spawn`], if that finds
    /// that the command was started before.
    Claimed(Claimed),
    /// The SSH key is decrypted.
    Unlocked,
    /// The command runs.
    Spawned,
    /// The command could not be started, or not without its SSH key; holds the
    /// reason.
    SpawnFailed(String),
    /// The command and, if it was told to stop, all it started have ended.
    Exited(Exit),
    /// `instance/maintenance-event` has this value.
    Maintenance(String),
    /// `instance/preempted` has become `TRUE`.
    Preempted,
    /// The agent got SIGTERM: the host shuts down.
    Shutdown,
    /// Time has passed.
    Tick,
    /// [`super::Act::WriteExit`] or [`super::Act::FlushLog`] is done.
    Recorded,
    /// The report `Finished` or `Drained` was taken.
    Reported,
}

/// Why a host goes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Going {
    /// Maintenance that terminates it was announced.
    Maintenance,
    /// Compute Engine preempts it.
    Preempted,
    /// It shuts down, whoever asked for it.
    Shutdown,
}

impl Input {
    /// Why the host goes away, if this says that it does.
    pub(super) fn going(&self) -> Option<Going> {
        match self {
            Self::Maintenance(event) => {
                (event == "TERMINATE_ON_HOST_MAINTENANCE").then_some(Going::Maintenance)
            }
            Self::Preempted => Some(Going::Preempted),
            Self::Shutdown => Some(Going::Shutdown),
            Self::Claimed(_)
            | Self::Unlocked
            | Self::Spawned
            | Self::SpawnFailed(_)
            | Self::Exited(_)
            | Self::Tick
            | Self::Recorded
            | Self::Reported => None,
        }
    }
}

impl fmt::Display for Going {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Maintenance => "maintenance",
            Self::Preempted => "preempted",
            Self::Shutdown => "shutdown",
        })
    }
}

impl From<Exit> for ExitStatus {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Code(code) => Self::Exited { code },
            Exit::Signal(signal) => Self::Signalled { signal },
        }
    }
}
