//! A clock that stands still until everybody waits, and then jumps.

use names::{Clock, Timestamp};
use tokio::time::Instant;

/// Tokio's paused time, counted from a fixed day.
pub struct VirtualClock {
    start: Instant,
    shown: Timestamp,
}

/// The day that every simulation begins on.
pub const DAY: Timestamp = Timestamp::from_seconds(1_795_305_600);

impl VirtualClock {
    /// A clock that shows [`DAY`] now.
    #[must_use]
    pub fn new() -> Self {
        Self::at(DAY)
    }

    /// A clock that shows `shown` now.
    #[must_use]
    pub fn at(shown: Timestamp) -> Self {
        let start = Instant::now();
        Self { start, shown }
    }
}

impl Default for VirtualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        self.shown + self.start.elapsed()
    }
}
