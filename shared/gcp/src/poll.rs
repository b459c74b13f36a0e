//! Repeating a call until it is done, with pauses in between.

use names::{Clock, Duration, Timestamp};
use std::future::Future;

/// The pauses between attempts: each twice as long as the one before, up to
/// a longest one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    next: Duration,
    longest: Duration,
}

impl Backoff {
    /// Pauses that double from `first` up to `longest`.
    #[must_use]
    pub const fn exponential(first: Duration, longest: Duration) -> Self {
        Self {
            next: first,
            longest,
        }
    }

    /// Pauses that are all the same.
    #[must_use]
    pub const fn constant(pause: Duration) -> Self {
        Self::exponential(pause, pause)
    }

    /// The pause to make now; the following one is longer.
    pub fn advance(&mut self) -> Duration {
        let pause = self.next.min(self.longest);
        self.next = pause.saturating_mul(2);
        pause
    }

    /// The pause after `attempts` attempts that failed, counted from 1.
    #[must_use]
    pub fn after(self, attempts: u32) -> Duration {
        let factor = 2_u32.saturating_pow(attempts.saturating_sub(1));
        self.next.saturating_mul(factor).min(self.longest)
    }

    /// Sleeps for the next pause.
    pub async fn wait(&mut self) {
        tokio::time::sleep(self.advance()).await;
    }
}

/// Calls `attempt` until its result `is_done` or `deadline` has passed by
/// `clock`, and returns the last result. There is always one attempt, and one
/// at the deadline.
///
/// # Errors
/// The first error of `attempt`, which is not repeated.
pub async fn until<T, E, F>(
    clock: &dyn Clock,
    mut backoff: Backoff,
    deadline: Timestamp,
    is_done: impl Fn(&T) -> bool,
    mut attempt: impl FnMut() -> F,
) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
{
    let mut left = deadline.since(clock.now());
    loop {
        let value = attempt().await?;
        // Counted down as well, so that a clock that stands still ends it.
        left = left.min(deadline.since(clock.now()));
        if left.is_zero() || is_done(&value) {
            return Ok(value);
        }
        let pause = backoff.advance().min(left);
        tokio::time::sleep(pause).await;
        left -= pause;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SetClock;
    use std::cell::Cell;
    use tokio::time::Instant;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn pauses_double_up_to_the_longest() {
        let backoff = Backoff::exponential(SECOND, 5 * SECOND);
        let mut advanced = backoff;
        for (attempts, seconds) in [(1, 1), (2, 2), (3, 4), (4, 5), (5, 5)] {
            assert_eq!(advanced.advance(), seconds * SECOND);
            assert_eq!(backoff.after(attempts), seconds * SECOND);
        }
        assert_eq!(backoff.after(u32::MAX), 5 * SECOND);
        assert_eq!(Backoff::constant(SECOND).after(9), SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn it_ends_when_done_at_the_deadline_or_on_an_error() {
        let clock = SetClock::new();
        let backoff = Backoff::exponential(SECOND, 10 * SECOND);
        let counted = async |done_at: u32, deadline: u64| {
            let (tries, started) = (Cell::new(0), Instant::now());
            let result = until(
                &*clock,
                backoff,
                clock.now() + Duration::from_secs(deadline),
                |tries| *tries >= done_at,
                || async {
                    tries.set(tries.get() + 1);
                    match tries.get() {
                        9 => Err("nine"),
                        number => Ok(number),
                    }
                },
            );
            (result.await, started.elapsed().as_secs())
        };
        assert_eq!(counted(3, 60).await, (Ok(3), 3));
        // The last pause ends at the deadline, and so does the last attempt.
        assert_eq!(counted(9, 5).await, (Ok(4), 5));
        assert_eq!(counted(9, 0).await, (Ok(1), 0));
        assert_eq!(counted(u32::MAX, 600).await, (Err("nine"), 55));
    }
}
