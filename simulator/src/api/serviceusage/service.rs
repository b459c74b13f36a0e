//! Whether an API of a project is on, and whether it answers yet.

use names::{Duration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long an API that says it is enabled still answers that it is not.
/// 30 to 60 s were seen.
const LAG: Duration = Duration::from_secs(45);

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Service {
    pub(super) enabled: bool,
    /// When that became so; until then it was the other way. `None`: it was
    /// never otherwise.
    pub(super) since: Option<Timestamp>,
}

impl Service {
    /// One that was never on.
    pub(super) fn never() -> Self {
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

    pub(super) fn answers(self, now: Timestamp) -> bool {
        match self.since {
            Some(since) if self.enabled => since + LAG <= now,
            Some(_) | None => self.is_enabled(now),
        }
    }
}
