//! The agent's clock, which is monotonic.

use names::{Clock, Timestamp};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// The system time at the start plus the monotonic time elapsed since: setting
/// the system clock while a job runs does not change its time limit.
pub(crate) struct SteadyClock {
    started: Timestamp,
    since: Instant,
}

impl SteadyClock {
    /// Reads the system time once.
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
