//! Whether an API of a project is enabled, and whether it serves yet.

use names::{Duration, Timestamp};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Enablement {
    pub(super) enabled: bool,
    /// When `enabled` became true or false; before, it had the opposite value.
    /// `None`: it always had this value.
    pub(super) since: Option<Timestamp>,
}

impl Enablement {
    /// An API that was never enabled.
    pub(super) fn never_enabled() -> Self {
        Self {
            enabled: false,
            since: None,
        }
    }

    pub(super) fn from(enabled: bool, since: Timestamp) -> Self {
        Self {
            enabled,
            since: Some(since),
        }
    }

    pub(super) fn is_enabled(self, now: Timestamp) -> bool {
        self.enabled == self.since.is_none_or(|since| since <= now)
    }

    /// Whether calls are answered, which takes a while after it is enabled.
    pub(super) fn serves(self, now: Timestamp, propagation: Duration) -> bool {
        match self.since {
            Some(since) if self.enabled => since + propagation <= now,
            Some(_) | None => self.is_enabled(now),
        }
    }
}
