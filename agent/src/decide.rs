//! What an agent does next: pure, so that a simulation runs the same rules.
//!
//! The shell starts from [`begin`], performs every [`Act`] in order, feeds
//! what happens back as an [`Input`] and calls [`decide`] with the time; when
//! [`State::wake`] has come it feeds [`Input::Tick`].
//!
//! One rule outweighs the others: a host that goes away is never taken for
//! the end of the job. Once the agent has signalled the command *because* of
//! the host, no exit record is written, however the command then ends.

mod act;
mod input;

pub use act::{Act, Signal};
pub use input::{Claimed, Exit, Going, Holder, Input};

use events::{AgentReport, ExitStatus};
use names::{Duration, Timestamp};

/// Spans that the decisions go by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The longest that the command may run.
    pub max_run: Duration,
    /// From SIGTERM to SIGKILL when `max_run` is over.
    pub max_run_grace: Duration,
    /// From SIGTERM to SIGKILL when the host is preempted or shuts down. Spot
    /// machines get 30 seconds from the notice to power-off.
    pub shutdown_grace: Duration,
    /// From SIGTERM to SIGKILL on notice of maintenance, which comes 60
    /// minutes ahead on a GPU machine and 60 seconds on others; there the
    /// shutdown that follows shortens the grace.
    pub maintenance_grace: Duration,
}

impl Limits {
    /// The usual graces: 10 seconds, 25 seconds and 5 minutes.
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

/// Where an agent stands with its attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// The claim was asked for; nothing runs.
    Claiming {
        /// Why the host goes away, if it does.
        going: Option<Going>,
        /// Whether the command gets the user's SSH key.
        ssh_key: bool,
    },
    /// The attempt is ours; the SSH key is being read. Nothing runs.
    Unlocking,
    /// The attempt is ours; the command is being started.
    Starting {
        /// Why the host goes away, if it does.
        going: Option<Going>,
    },
    /// The command runs.
    Running {
        /// Since when.
        started: Timestamp,
        /// When `max_run` is over.
        until: Timestamp,
    },
    /// The command got SIGTERM and has not ended yet.
    Stopping {
        /// Since when it has run.
        started: Timestamp,
        /// Why it is being stopped.
        why: Why,
        /// When it gets SIGKILL; `None` once it has got it.
        kill_at: Option<Timestamp>,
    },
    /// The command is over; the exit record, or on a host that goes away the
    /// rest of the log, is being written.
    Recording {
        /// What will be reported.
        report: AgentReport,
    },
    /// The last report is being sent.
    Reporting {
        /// What is being reported.
        report: AgentReport,
    },
    /// The end was recorded and reported.
    Finished,
    /// The attempt is not ours to run: another machine has it, it was
    /// revoked, or its command was started before this agent was.
    Refused,
    /// The host goes away; the command did not finish, and that was reported.
    Drained,
}

/// Why a command is being stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It ran for `max_run`.
    MaxRun,
    /// The host goes away.
    Host(Going),
}

/// A new state and what to do on the way there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The state that the agent is in now.
    pub next: State,
    /// What to do, in order.
    pub acts: Vec<Act>,
}

impl State {
    /// When [`Input::Tick`] is due, if nothing else happens before.
    #[must_use]
    pub fn wake(&self) -> Option<Timestamp> {
        match self {
            Self::Running { until, .. } => Some(*until),
            Self::Stopping { kill_at, .. } => *kill_at,
            Self::Claiming { .. }
            | Self::Unlocking
            | Self::Starting { .. }
            | Self::Recording { .. }
            | Self::Reporting { .. }
            | Self::Finished
            | Self::Refused
            | Self::Drained => None,
        }
    }

    fn with(self, acts: impl Into<Vec<Act>>) -> Decision {
        Decision {
            next: self,
            acts: acts.into(),
        }
    }

    /// Nothing to do.
    fn stay(self) -> Decision {
        self.with([])
    }
}

/// How every agent begins, whether on a fresh machine or after a restart;
/// `ssh_key` if its assignment names a key to decrypt the user's SSH key with.
#[must_use]
pub fn begin(ssh_key: bool) -> Decision {
    let going = None;
    State::Claiming { going, ssh_key }.with([Act::Claim])
}

/// What to do when `input` happens at `now`.
#[must_use]
pub fn decide(state: State, input: Input, now: Timestamp, limits: &Limits) -> Decision {
    let leaving = input.going();
    match &state {
        State::Claiming { going, ssh_key } => match input {
            Input::Claimed(Claimed::Won | Claimed::AlreadyMine { started: false }) => {
                match (going, ssh_key) {
                    (None, false) => starting(),
                    (None, true) => State::Unlocking.with([Act::Unlock]),
                    (Some(_), _) => reporting(AgentReport::Drained),
                }
            }
            Input::Claimed(Claimed::AlreadyMine { started: true } | Claimed::Lost(_)) => refused(),
            Input::Maintenance(_) | Input::Preempted | Input::Shutdown => State::Claiming {
                going: going.or(leaving),
                ssh_key: *ssh_key,
            }
            .stay(),
            Input::Unlocked
            | Input::Spawned
            | Input::SpawnFailed(_)
            | Input::Exited(_)
            | Input::Tick
            | Input::Recorded
            | Input::Reported => state.stay(),
        },
        State::Unlocking => match input {
            Input::Unlocked => starting(),
            Input::SpawnFailed(reason) => not_started(reason, now),
            // Nothing runs that would have to stop first.
            Input::Maintenance(_) | Input::Preempted | Input::Shutdown => match leaving {
                Some(_) => reporting(AgentReport::Drained),
                None => state.stay(),
            },
            Input::Claimed(_)
            | Input::Spawned
            | Input::Exited(_)
            | Input::Tick
            | Input::Recorded
            | Input::Reported => state.stay(),
        },
        State::Starting { going } => match input {
            Input::Spawned => match going {
                None => State::Running {
                    started: now,
                    until: now + limits.max_run,
                }
                .stay(),
                Some(going) => stopping(now, Why::Host(*going), now, limits),
            },
            Input::SpawnFailed(reason) => not_started(reason, now),
            Input::Claimed(Claimed::AlreadyMine { started: true } | Claimed::Lost(_)) => refused(),
            Input::Maintenance(_) | Input::Preempted | Input::Shutdown => State::Starting {
                going: going.or(leaving),
            }
            .stay(),
            Input::Claimed(Claimed::Won | Claimed::AlreadyMine { started: false })
            | Input::Unlocked
            | Input::Exited(_)
            | Input::Tick
            | Input::Recorded
            | Input::Reported => state.stay(),
        },
        State::Running { started, until } => match input {
            Input::Exited(exit) => ended(exit.into(), *started, now, None),
            Input::Maintenance(_) | Input::Preempted | Input::Shutdown => match leaving {
                Some(going) => stopping(*started, Why::Host(going), now, limits),
                None => state.stay(),
            },
            Input::Tick if now >= *until => stopping(*started, Why::MaxRun, now, limits),
            Input::Claimed(_)
            | Input::Unlocked
            | Input::Spawned
            | Input::SpawnFailed(_)
            | Input::Tick
            | Input::Recorded
            | Input::Reported => state.stay(),
        },
        State::Stopping {
            started,
            why,
            kill_at,
        } => match input {
            Input::Exited(_) => match why {
                Why::MaxRun => {
                    let ran = humantime::format_duration(limits.max_run);
                    let says = format!("groundcrew: stopped after {ran} (max_run)");
                    ended(ExitStatus::TimedOut, *started, now, Some(says))
                }
                Why::Host(going) => {
                    let report = AgentReport::Drained;
                    let says = format!("groundcrew: stopped, the machine goes away ({going})");
                    State::Recording { report }.with([Act::FlushLog { says }])
                }
            },
            Input::Maintenance(_) | Input::Preempted | Input::Shutdown => State::Stopping {
                started: *started,
                why: *why,
                // The nearer end of the host counts; once killed stays so.
                kill_at: kill_at.map(|at| leaving.map_or(at, |g| at.min(now + g.grace(limits)))),
            }
            .stay(),
            Input::Tick if kill_at.is_some_and(|at| now >= at) => State::Stopping {
                started: *started,
                why: *why,
                kill_at: None,
            }
            .with([Act::Signal(Signal::Kill)]),
            Input::Claimed(_)
            | Input::Unlocked
            | Input::Spawned
            | Input::SpawnFailed(_)
            | Input::Tick
            | Input::Recorded
            | Input::Reported => state.stay(),
        },
        // From here on the host may go away: the command is over, and what
        // is to be written was decided when it ended.
        State::Recording { report } => match input {
            Input::Recorded => reporting(report.clone()),
            Input::Claimed(_)
            | Input::Unlocked
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
                AgentReport::Drained => State::Drained,
                AgentReport::Started | AgentReport::Finished { .. } => State::Finished,
            }
            .with([Act::Stop]),
            Input::Claimed(_)
            | Input::Unlocked
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
            | Input::Unlocked
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
    State::Starting { going: None }.with([Act::Report(AgentReport::Started), Act::Spawn])
}

fn not_started(reason: String, now: Timestamp) -> Decision {
    let says = format!("groundcrew: could not start the command: {reason}");
    ended(ExitStatus::NotStarted { reason }, now, now, Some(says))
}

fn refused() -> Decision {
    State::Refused.with([Act::Stop])
}

fn reporting(report: AgentReport) -> Decision {
    State::Reporting {
        report: report.clone(),
    }
    .with([Act::Report(report)])
}

fn stopping(started: Timestamp, why: Why, now: Timestamp, limits: &Limits) -> Decision {
    let grace = match why {
        Why::MaxRun => limits.max_run_grace,
        Why::Host(going) => going.grace(limits),
    };
    State::Stopping {
        started,
        why,
        kill_at: Some(now + grace),
    }
    .with([Act::Signal(Signal::Terminate)])
}

fn ended(ending: ExitStatus, started: Timestamp, now: Timestamp, says: Option<String>) -> Decision {
    let report = AgentReport::Finished {
        ending: ending.clone(),
    };
    State::Recording { report }.with([Act::WriteExit {
        ending,
        started,
        finished: now,
        says,
    }])
}

impl Going {
    fn grace(self, limits: &Limits) -> Duration {
        match self {
            Self::Maintenance => limits.maintenance_grace,
            Self::Preempted | Self::Shutdown => limits.shutdown_grace,
        }
    }
}

#[cfg(test)]
mod tests;
