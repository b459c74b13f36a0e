//! The agent's clock.

use names::{Clock, Timestamp};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// The system's time when the agent started and the time passed since: a
/// clock that is set while a job runs neither shortens nor lengthens it.
pub(crate) struct SteadyClock {
    started: Timestamp,
    since: Instant,
}

impl SteadyClock {
    /// A clock that shows the system's time now.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one reading of the system's time"
    )]
    pub(crate) fn start() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            started: Timestamp::from_seconds(0) + since_epoch.unwrap_or_default(),
            since: Instant::now(),
        }
    }
}

impl Clock for SteadyClock {
    fn now(&self) -> Timestamp {
        self.started + self.since.elapsed()
    }
}
