//! Repeating a call until it is done, with pauses in between.

use crate::jitter::jitter;
use names::{Clock, Duration, Timestamp};
use std::future::Future;

/// The pauses between attempts: each twice as long as the one before, up to
/// a longest one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    next: Duration,
    longest: Duration,
    /// How much of a pause is random, in percent.
    random: u8,
}

impl Backoff {
    /// Pauses that double from `first` up to `longest`.
    #[must_use]
    pub const fn exponential(first: Duration, longest: Duration) -> Self {
        Self {
            next: first,
            longest,
            random: 0,
        }
    }

    /// The same pauses, of which [`retry`] shortens each at random by up to this
    /// many percent.
    #[must_use]
    pub const fn with_jitter(self, percent: u8) -> Self {
        Self {
            random: percent,
            ..self
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

/// A failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure<E> {
    /// Why it failed.
    pub error: E,
    /// How many attempts have failed, this one included.
    pub attempts: u32,
    /// The time since the first attempt began.
    pub elapsed: Duration,
}

/// Calls `attempt` until it succeeds or `is_retried` answers no to a failure.
///
/// # Errors
/// The error of the last attempt.
pub async fn retry<T, E, F>(
    clock: &dyn Clock,
    mut backoff: Backoff,
    mut is_retried: impl FnMut(Failure<&E>) -> bool,
    mut attempt: impl FnMut() -> F,
) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
{
    let started = clock.now();
    let mut attempts = 0;
    loop {
        let error = match attempt().await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        attempts += 1;
        let now = clock.now();
        let failure = Failure {
            error: &error,
            attempts,
            elapsed: now.since(started),
        };
        if !is_retried(failure) {
            return Err(error);
        }
        let seed = now.as_micros().unsigned_abs() ^ (u64::from(attempts) << 40);
        let share = f64::from(backoff.random) / 100.0;
        let pause = backoff.advance();
        tokio::time::sleep(pause.mul_f64(1.0 - share + share * jitter(seed))).await;
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

    #[tokio::test(start_paused = true)]
    async fn a_retry_ends_by_success_or_by_the_callers_decision() {
        let clock = SetClock::new();
        let backoff = Backoff::exponential(4 * SECOND, 10 * SECOND);
        for (random, succeeds_at, expected, pauses) in [
            (0, 3, Ok(3), 12..=12),
            (0, 9, Err(4), 22..=22),
            (50, 3, Ok(3), 6..=12),
            (100, 3, Ok(3), 0..=12),
        ] {
            let (mut tries, started) = (0, Instant::now());
            let result = retry(
                &*clock,
                backoff.with_jitter(random),
                |failure: Failure<&u32>| {
                    assert_eq!(failure.attempts, *failure.error);
                    failure.attempts < 4
                },
                || {
                    tries += 1;
                    let is_done = tries >= succeeds_at;
                    std::future::ready(if is_done { Ok(tries) } else { Err(tries) })
                },
            );
            assert_eq!(result.await, expected, "{random} {succeeds_at}");
            assert!(pauses.contains(&started.elapsed().as_secs()), "{random}");
        }
    }
}
