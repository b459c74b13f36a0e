//! What an agent does.

use events::{AgentReport, ExitStatus};
use names::Timestamp;

/// What an agent does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Create the claim object unless it exists; answered by [`super::Input::Claimed`].
    Claim,
    /// Read the user's SSH key from the bucket and decrypt it, again until that
    /// works; answered by [`super::Input::Unlocked`], or by
    /// [`super::Input::SpawnFailed`] if it never will.
    Unlock,
    /// Mark on the machine's disk that the command starts, then start it;
    /// answered by [`super::Input::Spawned`] or [`super::Input::SpawnFailed`].
    /// The SSH key, if the job has one, lies in a private file from the start of the
    /// command to its end.
    Spawn,
    /// Send a report, again until it is taken, behind the ones before it.
    /// `Finished` and `Drained` are answered by [`super::Input::Reported`].
    Report(AgentReport),
    /// Signal the command and all it started.
    Signal(Signal),
    /// Write what is left of the log and then the exit record, again until
    /// both are there; answered by [`super::Input::Recorded`].
    WriteExit {
        /// How the command ended.
        ending: ExitStatus,
        /// When it was started.
        started: Timestamp,
        /// When it ended.
        finished: Timestamp,
        /// A last line for the log.
        says: Option<String>,
    },
    /// Write what is left of the log, for a few seconds at most: the host is
    /// going away. Answered by [`super::Input::Recorded`] either way.
    FlushLog {
        /// A last line for the log.
        says: String,
    },
    /// Nothing is left to do.
    Stop,
}

/// A signal to a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM.
    Terminate,
    /// SIGKILL.
    Kill,
}
