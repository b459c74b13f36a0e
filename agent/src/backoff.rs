//! Backoff between unlimited retries.

use names::Duration;

/// The longest wait.
const MAX: Duration = Duration::from_secs(30);

/// Exponential backoff up to 30 seconds. It has no jitter: a machine sends few
/// requests, and [`gcp::Client`] adds jitter to its own retries.
pub(crate) struct Backoff(Duration);

impl Backoff {
    /// Backoff that starts with a wait of `first`.
    pub(crate) fn new(first: Duration) -> Self {
        Self(first)
    }

    /// Waits, twice as long as the time before.
    pub(crate) async fn wait(&mut self) {
        let wait = self.0;
        self.0 = (wait * 2).min(MAX);
        tokio::time::sleep(wait).await;
    }
}
