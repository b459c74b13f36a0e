//! The rules of an agent: pure, so that a simulation runs the same ones.
//!
//! The shell starts with [`begin`], performs every [`Action`] in order, feeds
//! the results and all other events back as [`Input`]s, and calls [`decide`]
//! with the current time. At the time of [`State::wake`] it feeds [`Input::Tick`].
//!
//! One rule comes before the others: the termination of the host must never
//! count as the exit of the job. Once the agent has signalled the command
//! *because* of the host, no exit record is written, however the command ends.

mod action;
mod input;
mod state;

pub use action::{Action, Signal};
pub use events::HostTermination;
pub use input::{ClaimHolder, ClaimResult, CommandExit, Input};
pub use state::{Decision, Limits, State, StopReason};

use events::{AgentReport, ExitStatus};
use names::{Duration, Timestamp};

/// The first decision of every agent, on a new machine and after a restart.
/// `ssh_key` last_line whether the command gets the user's SSH key.
#[must_use]
pub fn begin(ssh_key: bool) -> Decision {
    State::Claiming {
        host_termination: None,
        ssh_key,
    }
    .with([Action::Claim])
}

/// The next state and the actions, for `input` at `now`.
#[must_use]
pub fn decide(state: State, input: Input, now: Timestamp, limits: &Limits) -> Decision {
    let termination = input.host_termination();
    match &state {
        State::Claiming {
            host_termination,
            ssh_key,
        } => match input {
            Input::Claimed(ClaimResult::Won | ClaimResult::AlreadyMine { started: false }) => {
                match (host_termination, ssh_key) {
                    (None, false) => starting(),
                    (None, true) => State::DecryptingSshKey.with([Action::DecryptSshKey]),
                    (Some(termination), _) => reporting(drained(*termination)),
                }
            }
            Input::Claimed(ClaimResult::AlreadyMine { started: true } | ClaimResult::Lost(_)) => {
                refused()
            }
            Input::Maintenance(_) | Input::Preempted | Input::Shutdown => State::Claiming {
                host_termination: merged(*host_termination, termination),
                ssh_key: *ssh_key,
            }
            .stay(),
            Input::SshKeyDecrypted
            | Input::Spawned
            | Input::SpawnFailed(_)
            | Input::Exited(_)
            | Input::Tick
            | Input::Recorded
            | Input::Reported => state.stay(),
        },
        State::DecryptingSshKey => match input {
            Input::SshKeyDecrypted => starting(),
            Input::SpawnFailed(reason) => not_started(reason, now),
            // No command runs that has to be stopped first.
            Input::Maintenance(_) | Input::Preempted | Input::Shutdown => match termination {
                Some(termination) => reporting(drained(termination)),
                None => state.stay(),
            },
            Input::Claimed(_)
            | Input::Spawned
            | Input::Exited(_)
            | Input::Tick
            | Input::Recorded
            | Input::Reported => state.stay(),
        },
        State::Starting { host_termination } => match input {
            Input::Spawned => match host_termination {
                None => State::Running {
                    started: now,
                    until: now + limits.max_run,
                }
                .stay(),
                Some(termination) => {
                    stopping(now, StopReason::HostTermination(*termination), now, limits)
                }
            },
            Input::SpawnFailed(reason) => not_started(reason, now),
            Input::Claimed(ClaimResult::AlreadyMine { started: true } | ClaimResult::Lost(_)) => {
                refused()
            }
            Input::Maintenance(_) | Input::Preempted | Input::Shutdown => State::Starting {
                host_termination: merged(*host_termination, termination),
            }
            .stay(),
            Input::Claimed(ClaimResult::Won | ClaimResult::AlreadyMine { started: false })
            | Input::SshKeyDecrypted
            | Input::Exited(_)
            | Input::Tick
            | Input::Recorded
            | Input::Reported => state.stay(),
        },
        State::Running { started, until } => match input {
            Input::Exited(exit) => exited(exit.into(), *started, now, None),
            Input::Maintenance(_) | Input::Preempted | Input::Shutdown => match termination {
                Some(termination) => stopping(
                    *started,
                    StopReason::HostTermination(termination),
                    now,
                    limits,
                ),
                None => state.stay(),
            },
            Input::Tick if now >= *until => stopping(*started, StopReason::MaxRun, now, limits),
            Input::Claimed(_)
            | Input::SshKeyDecrypted
            | Input::Spawned
            | Input::SpawnFailed(_)
            | Input::Tick
            | Input::Recorded
            | Input::Reported => state.stay(),
        },
        State::Stopping {
            started,
            reason,
            kill_at,
        } => match input {
            Input::Exited(_) => match reason {
                StopReason::MaxRun => {
                    let limit = humantime::format_duration(limits.max_run);
                    let last_line =
                        format!("groundcrew: time limit exceeded: stopped after {limit} (max_run)");
                    exited(ExitStatus::TimedOut, *started, now, Some(last_line))
                }
                StopReason::HostTermination(termination) => {
                    let report = drained(*termination);
                    let last_line =
                        format!("groundcrew: stopped: host termination ({termination})");
                    State::Recording { report }.with([Action::FlushLog { last_line }])
                }
            },
            Input::Maintenance(_) | Input::Preempted | Input::Shutdown => State::Stopping {
                started: *started,
                reason: match reason {
                    StopReason::MaxRun => StopReason::MaxRun,
                    StopReason::HostTermination(known) => {
                        StopReason::HostTermination(known.or_host_event(termination))
                    }
                },
                // The earlier deadline counts; after SIGKILL there is none.
                kill_at: kill_at
                    .map(|at| termination.map_or(at, |t| at.min(now + grace(t, limits)))),
            }
            .stay(),
            Input::Tick if kill_at.is_some_and(|at| now >= at) => State::Stopping {
                started: *started,
                reason: *reason,
                kill_at: None,
            }
            .with([Action::Signal(Signal::Kill)]),
            Input::Claimed(_)
            | Input::SshKeyDecrypted
            | Input::Spawned
            | Input::SpawnFailed(_)
            | Input::Tick
            | Input::Recorded
            | Input::Reported => state.stay(),
        },
        // From here on the termination of the host changes nothing: the command
        // has ended, and what to write was decided then.
        State::Recording { report } => match input {
            Input::Recorded => reporting(report.clone()),
            Input::Claimed(_)
            | Input::SshKeyDecrypted
            | Input::Spawned
            | Input::SpawnFailed(_)
            | Input::Exited(_)
            | Input::Maintenance(_)
            | Input::Preempted
            | Input::Shutdown
            | Input::Tick
            | Input::Reported => state.stay(),
        },
        State::Reporting { report } => match input {
            Input::Reported => match report {
                AgentReport::Drained { .. } => State::Drained,
                AgentReport::Started | AgentReport::Finished { .. } => State::Finished,
            }
            .with([Action::ExitAgent]),
            Input::Claimed(_)
            | Input::SshKeyDecrypted
            | Input::Spawned
            | Input::SpawnFailed(_)
            | Input::Exited(_)
            | Input::Maintenance(_)
            | Input::Preempted
            | Input::Shutdown
            | Input::Tick
            | Input::Recorded => state.stay(),
        },
        State::Finished | State::Refused | State::Drained => match input {
            Input::Claimed(_)
            | Input::SshKeyDecrypted
            | Input::Spawned
            | Input::SpawnFailed(_)
            | Input::Exited(_)
            | Input::Maintenance(_)
            | Input::Preempted
            | Input::Shutdown
            | Input::Tick
            | Input::Recorded
            | Input::Reported => state.stay(),
        },
    }
}

fn starting() -> Decision {
    State::Starting {
        host_termination: None,
    }
    .with([Action::Report(AgentReport::Started), Action::Spawn])
}

fn not_started(reason: String, now: Timestamp) -> Decision {
    let last_line = format!("groundcrew: could not start the command: {reason}");
    exited(ExitStatus::NotStarted { reason }, now, now, Some(last_line))
}

fn refused() -> Decision {
    State::Refused.with([Action::ExitAgent])
}

fn drained(termination: HostTermination) -> AgentReport {
    AgentReport::Drained {
        termination: Some(termination),
    }
}

/// Why the host is being terminated, now that `later` is known, too.
fn merged(
    known: Option<HostTermination>,
    later: Option<HostTermination>,
) -> Option<HostTermination> {
    known.map(|known| known.or_host_event(later)).or(later)
}

fn reporting(report: AgentReport) -> Decision {
    State::Reporting {
        report: report.clone(),
    }
    .with([Action::Report(report)])
}

fn stopping(started: Timestamp, reason: StopReason, now: Timestamp, limits: &Limits) -> Decision {
    let grace = match reason {
        StopReason::MaxRun => limits.max_run_grace,
        StopReason::HostTermination(termination) => grace(termination, limits),
    };
    State::Stopping {
        started,
        reason,
        kill_at: Some(now + grace),
    }
    .with([Action::Signal(Signal::Terminate)])
}

fn exited(
    exit_status: ExitStatus,
    started: Timestamp,
    now: Timestamp,
    last_line: Option<String>,
) -> Decision {
    let report = AgentReport::Finished {
        exit_status: exit_status.clone(),
    };
    State::Recording { report }.with([Action::WriteExitRecord {
        exit_status,
        started,
        finished: now,
        last_line,
    }])
}

fn grace(termination: HostTermination, limits: &Limits) -> Duration {
    match termination {
        HostTermination::Maintenance => limits.maintenance_grace,
        HostTermination::Preempted | HostTermination::Shutdown => limits.shutdown_grace,
    }
}

#[cfg(test)]
mod tests;
