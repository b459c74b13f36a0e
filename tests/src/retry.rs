//! Waiting for something that is not the case yet.

use names::Duration;
use tokio::time::{Instant, sleep};

/// Calls `attempt` until it returns a value, and sleeps for `pause` in between.
pub async fn retry<T>(pause: Duration, attempt: impl AsyncFnMut() -> Option<T>) -> T {
    let forever = Duration::MAX;
    let value = retry_for(forever, pause, attempt).await;
    value.expect("it does not end without a value")
}

/// As [`retry`], but gives up with `None` after the first attempt without a value
/// that ends when `limit` has passed. There is always one attempt.
pub async fn retry_for<T>(
    limit: Duration,
    pause: Duration,
    mut attempt: impl AsyncFnMut() -> Option<T>,
) -> Option<T> {
    let started = Instant::now();
    loop {
        if let Some(value) = attempt().await {
            return Some(value);
        }
        if started.elapsed() >= limit {
            return None;
        }
        sleep(pause).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn it_ends_with_the_first_value_or_at_the_limit() {
        let countdown = |mut left: u32| {
            async move || {
                left = left.saturating_sub(1);
                (left == 0).then_some("value")
            }
        };
        let started = Instant::now();
        assert_eq!(retry(SECOND, countdown(3)).await, "value");
        assert_eq!(started.elapsed(), 2 * SECOND);
        assert_eq!(
            retry_for(2 * SECOND, SECOND, countdown(3)).await,
            Some("value")
        );
        let started = Instant::now();
        assert_eq!(retry_for(2 * SECOND, SECOND, countdown(4)).await, None);
        assert_eq!(started.elapsed(), 2 * SECOND);
        assert_eq!(
            retry_for(Duration::ZERO, SECOND, countdown(1)).await,
            Some("value")
        );
    }
}
