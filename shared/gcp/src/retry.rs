//! When a failed call is retried. Pure: the client does the waiting.

use crate::{Backoff, Error, ErrorKind, RefusalCause, SendError};
use http::{HeaderMap, header::RETRY_AFTER};
use jiff::fmt::rfc2822::DateTimeParser;
use names::{Duration, Timestamp};

/// When a failed call is retried, and after which pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a request is sent at most, including the first time.
    pub attempts: u32,
    /// The upper bounds of the pauses, which jitter shortens.
    pub backoff: Backoff,
    /// No attempt begins later than this after the first.
    pub budget: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 6,
            backoff: Backoff::exponential(Duration::from_millis(500), Duration::from_secs(8)),
            budget: Duration::from_secs(20),
        }
    }
}

impl RetryPolicy {
    /// No retries.
    #[must_use]
    pub fn none() -> Self {
        Self {
            attempts: 1,
            ..Self::default()
        }
    }

    /// The pause before the next attempt after `attempt` attempts (1 after the
    /// first) of which the last failed with `error`; `None` if it is not
    /// retried. `elapsed` is the time since the first attempt began, `jitter`
    /// is in `0.0..1.0`.
    ///
    /// A conflict (409) is never retried here: the caller must read again first.
    #[must_use]
    pub fn pause(
        &self,
        attempt: u32,
        elapsed: Duration,
        is_idempotent: bool,
        error: &Error,
        jitter: f64,
    ) -> Option<Duration> {
        if attempt >= self.attempts || !is_retryable(is_idempotent, error) {
            return None;
        }
        let backoff = self.backoff.after(attempt).mul_f64(jitter.clamp(0.0, 1.0));
        // Retry-After is a minimum; jitter on top keeps callers apart.
        let pause = retry_after(error).unwrap_or_default() + backoff;
        (elapsed.saturating_add(pause) <= self.budget).then_some(pause)
    }
}

fn is_retryable(is_idempotent: bool, error: &Error) -> bool {
    // Rejected before anything was applied, with 429 or, by Compute Engine, 403.
    if error.cause() == Some(RefusalCause::RateLimit) {
        return true;
    }
    match &error.kind {
        ErrorKind::Status { status, .. } => match status {
            // Rejected before anything was applied.
            429 => true,
            408 | 500 | 502 | 503 | 504 => is_idempotent,
            _ => false,
        },
        ErrorKind::Send(SendError::NotSent(_)) => true,
        ErrorKind::Send(SendError::NoAnswer(_)) => is_idempotent,
        ErrorKind::Token(_)
        | ErrorKind::InvalidResponse(_)
        | ErrorKind::Checksum(_)
        | ErrorKind::InvalidRequest(_) => false,
    }
}

fn retry_after(error: &Error) -> Option<Duration> {
    match &error.kind {
        ErrorKind::Status { retry_after, .. } => *retry_after,
        ErrorKind::Send(_)
        | ErrorKind::Token(_)
        | ErrorKind::InvalidResponse(_)
        | ErrorKind::Checksum(_)
        | ErrorKind::InvalidRequest(_) => None,
    }
}

/// Parses `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3).
pub(crate) fn parse_retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Timestamp::from_seconds(at.as_second()).since(now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TokenError;
    use serde_json::Value;

    fn error(kind: ErrorKind) -> Error {
        Error {
            method: "m",
            resource: "/r".into(),
            is_conditional: false,
            kind,
        }
    }

    fn status(status: u16, retry_after: Option<u64>) -> Error {
        error(ErrorKind::Status {
            status,
            reason: String::new(),
            message: String::new(),
            retry_after: retry_after.map(Duration::from_secs),
            details: Value::Null,
        })
    }

    const ZERO: Duration = Duration::ZERO;

    #[test]
    fn which_errors_are_retried() {
        let not_sent = error(ErrorKind::Send(SendError::NotSent("refused".into())));
        let no_answer = error(ErrorKind::Send(SendError::NoAnswer("cut".into())));
        let no_token = error(ErrorKind::Token(TokenError::from("none")));
        // As Compute Engine has it.
        let body = br#"{"error":{"errors":[{"reason":"rateLimitExceeded"}]}}"#;
        let rate_limit = error(ErrorKind::from_response(403, None, &body[..].into()));
        // (error, retried if idempotent, retried if not)
        let table = [
            (status(400, None), false, false),
            (status(401, None), false, false),
            (status(403, None), false, false),
            (status(404, None), false, false),
            (status(408, None), true, false),
            (status(409, None), false, false),
            (status(412, None), false, false),
            (status(429, None), true, true),
            (status(403, None), false, false),
            (rate_limit, true, true),
            (status(500, None), true, false),
            (status(501, None), false, false),
            (status(502, None), true, false),
            (status(503, None), true, false),
            (status(504, None), true, false),
            (status(503, Some(3)), true, false),
            (status(403, Some(3)), false, false),
            (not_sent, true, true),
            (no_answer, true, false),
            (no_token, false, false),
        ];
        let policy = RetryPolicy::default();
        for (error, idempotent, not) in table {
            let retried = |flag| policy.pause(1, ZERO, flag, &error, 0.5).is_some();
            assert_eq!(
                (retried(true), retried(false)),
                (idempotent, not),
                "{error}"
            );
        }
    }

    #[test]
    fn how_long_and_how_often() {
        let policy = RetryPolicy {
            attempts: 4,
            backoff: Backoff::exponential(Duration::from_secs(1), Duration::from_secs(3)),
            budget: Duration::from_secs(20),
        };
        // (attempt, elapsed s, Retry-After s, jitter) => pause in s
        let table = [
            ((1, 0, None, 1.0), Some(1.0)),
            ((1, 0, None, 0.25), Some(0.25)),
            ((2, 0, None, 1.0), Some(2.0)),
            ((3, 0, None, 1.0), Some(3.0)),
            ((4, 0, None, 1.0), None),
            ((1, 20, None, 1.0), None),
            ((1, 19, None, 1.0), Some(1.0)),
            ((1, 0, Some(7), 0.5), Some(7.5)),
            ((1, 0, Some(30), 0.5), None),
            ((1, 14, Some(7), 0.0), None),
        ];
        for ((number, elapsed, after, jitter), expected) in table {
            let wait = policy.pause(
                number,
                Duration::from_secs(elapsed),
                true,
                &status(503, after),
                jitter,
            );
            assert_eq!(
                wait.map(|w| w.as_secs_f64()),
                expected,
                "attempt {number} at {elapsed} s, Retry-After {after:?}, jitter {jitter}"
            );
        }
        let huge = RetryPolicy {
            attempts: u32::MAX,
            ..policy
        };
        assert!(
            huge.pause(4_000_000, ZERO, true, &status(500, None), 1.0)
                .is_some()
        );
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now: Timestamp = "1994-11-06T08:49:30Z".parse().expect("valid");
        for (text, expected) in [
            ("120", Some(120)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(7)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().expect("a header"));
            let read = parse_retry_after(&headers, now);
            assert_eq!(read, expected.map(Duration::from_secs), "{text}");
        }
        assert_eq!(parse_retry_after(&HeaderMap::new(), now), None);
    }
}
