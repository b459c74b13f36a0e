//! The actions that the rules ask the agent to perform.

use events::{AgentReport, ExitStatus};
use names::Timestamp;

/// An action of the agent. The shell feeds its result back as a
/// [`super::Input`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Create the claim object unless it exists. Result: [`super::Input::Claimed`].
    Claim,
    /// Read the user's SSH key from the bucket and decrypt it, with retries.
    /// Result: [`super::Input::SshKeyDecrypted`], or
    /// [`super::Input::SpawnFailed`] if retries cannot help.
    DecryptSshKey,
    /// Record on the machine's disk that the command starts, then start it.
    /// Result: [`super::Input::Spawned`] or [`super::Input::SpawnFailed`].
    /// The SSH key, if the job has one, is in a private file from the start of
    /// the command to its end.
    Spawn,
    /// Send a report after the ones before it, with retries until it is
    /// accepted. Result of `Finished` and `Drained`: [`super::Input::Reported`].
    Report(AgentReport),
    /// Signal the command's process group.
    Signal(Signal),
    /// Write the rest of the log and then the exit record, with retries until
    /// both exist. Result: [`super::Input::Recorded`].
    WriteExitRecord {
        /// How the command ended.
        exit_status: ExitStatus,
        /// When it was started.
        started: Timestamp,
        /// When it ended.
        finished: Timestamp,
        /// A line to append to the log, such as why the command was stopped.
        last_line: Option<String>,
    },
    /// Write the rest of the log, for a few seconds at most, because the host
    /// is being terminated. Result, complete or not: [`super::Input::Recorded`].
    FlushLog {
        /// A line to append to the log, such as why the command was stopped.
        last_line: String,
    },
    /// Exit; nothing is left to do.
    ExitAgent,
}

/// A signal to a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM.
    Terminate,
    /// SIGKILL.
    Kill,
}
