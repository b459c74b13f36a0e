//! The pauses between attempts that are repeated until one succeeds.

use gcp::Backoff;
use names::Duration;

const LONGEST: Duration = Duration::from_secs(30);

/// Pauses that double from `first` to 30 seconds. Without jitter: an agent sends
/// few requests, and [`gcp::Client`] adds jitter to its own retries.
pub(crate) const fn starting_at(first: Duration) -> Backoff {
    Backoff::exponential(first, LONGEST)
}
