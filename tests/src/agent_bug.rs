//! Bugs that can be planted in the agent.

/// A simulated bug of the agent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AgentBug {
    /// No bug.
    #[default]
    None,
    /// It runs the command although another instance has the claim.
    RunsUnclaimed,
    /// It reports the end without having written the exit record.
    ForgetsExitRecord,
    /// It records the end of a command that was stopped by a shutdown as the
    /// job's end.
    RecordsShutdown,
}
