//! A virtual clock, which advances when every task waits for a timer.

use names::{Clock, Timestamp};
use tokio::time::Instant;

/// Tokio's paused time, as the time since a fixed start.
pub struct VirtualClock {
    start: Instant,
    start_time: Timestamp,
}

/// The time at which every simulation begins.
pub const DAY: Timestamp = Timestamp::from_seconds(1_795_305_600);

impl VirtualClock {
    /// A clock whose time is now [`DAY`].
    #[must_use]
    pub fn new() -> Self {
        Self::at(DAY)
    }

    /// A clock whose time is now `start_time`.
    #[must_use]
    pub fn at(start_time: Timestamp) -> Self {
        let start = Instant::now();
        Self { start, start_time }
    }
}

impl Default for VirtualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        self.start_time + self.start.elapsed()
    }
}
