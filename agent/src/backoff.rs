//! Waiting between tries that do not stop.

use names::Duration;

/// The longest wait.
const MOST: Duration = Duration::from_secs(30);

/// Waits that double, to 30 seconds. Without jitter: a machine's requests are
/// few, and [`gcp::Client`] spreads its own.
pub(crate) struct Backoff(Duration);

impl Backoff {
    /// Waits from `first` on.
    pub(crate) fn new(first: Duration) -> Self {
        Self(first)
    }

    /// Waits, longer than the time before.
    pub(crate) async fn wait(&mut self) {
        let wait = self.0;
        self.0 = (wait * 2).min(MOST);
        tokio::time::sleep(wait).await;
    }
}
