//! How a delivery ends: the log line and the response.

use crate::{AuthError, dead_letters::Rejection, panic::Panic};
use bytes::Bytes;
use http::{
    HeaderValue, Response, StatusCode,
    header::{self, HeaderName},
};
use names::Duration;
use std::fmt::{self, Display};
use tracing::{error, info, warn};

/// How a delivery ended.
#[derive(Debug)]
pub(crate) enum End {
    Done,
    Duplicate,
    Ignored(String),
    Answered(Bytes, String),
    Retry(&'static str, String, Option<Duration>),
    Recorded(Rejection, String),
    NotRecorded(Rejection, String),
    Bug(String),
    Panicked(Panic),
    Refused(AuthError),
    TooLong(String),
    Truncated(String),
}

impl End {
    /// The name in the log and the HTTP status. Pub/Sub acks a status below 300
    /// and redelivers everything else.
    fn name_and_status(&self) -> (&'static str, StatusCode) {
        match self {
            Self::Done => ("done", StatusCode::NO_CONTENT),
            Self::Duplicate => ("duplicate", StatusCode::NO_CONTENT),
            Self::Ignored(_) => ("ignored", StatusCode::NO_CONTENT),
            Self::Answered(..) => ("answered", StatusCode::OK),
            Self::Retry(name, ..) => (name, StatusCode::SERVICE_UNAVAILABLE),
            Self::Recorded(kind, _) => (kind.name(), StatusCode::NO_CONTENT),
            Self::NotRecorded(kind, _) => (kind.name(), StatusCode::SERVICE_UNAVAILABLE),
            Self::Bug(_) | Self::Panicked(_) => ("bug", StatusCode::INTERNAL_SERVER_ERROR),
            Self::Refused(error) => ("refused", error.status()),
            Self::TooLong(_) => ("too-long", StatusCode::PAYLOAD_TOO_LARGE),
            Self::Truncated(_) => ("cut", StatusCode::BAD_REQUEST),
        }
    }

    fn reason(&self) -> Option<&str> {
        match self {
            Self::Ignored(reason)
            | Self::Retry(_, reason, _)
            | Self::Recorded(_, reason)
            | Self::NotRecorded(_, reason)
            | Self::Bug(reason)
            | Self::TooLong(reason)
            | Self::Truncated(reason) => Some(reason),
            Self::Panicked(panic) => Some(&panic.message),
            Self::Done | Self::Duplicate | Self::Answered(..) | Self::Refused(_) => None,
        }
    }

    /// The one log line of a delivery.
    pub(crate) fn report(&self, duration_ms: u64) {
        let ((outcome, _), reason) = (self.name_and_status(), self.reason());
        match self {
            Self::Done | Self::Duplicate | Self::Ignored(_) | Self::Answered(..) => {
                info!(outcome, duration_ms, reason, "{self}");
            }
            Self::Retry(..)
            | Self::Recorded(..)
            | Self::NotRecorded(..)
            | Self::Refused(_)
            | Self::TooLong(_)
            | Self::Truncated(_) => warn!(outcome, duration_ms, reason, "{self}"),
            Self::Bug(_) => error!(outcome, duration_ms, reason, "{self}"),
            Self::Panicked(panic) => {
                let location = panic.location.as_ref();
                error!(
                    outcome,
                    duration_ms,
                    reason,
                    bug.file = location.map(|p| p.file.as_str()),
                    bug.line = location.map(|p| p.line),
                    bug.stack = location.map(|p| p.stack.as_str()),
                    "{self}"
                );
            }
        }
    }

    pub(crate) fn reply(self) -> Reply {
        let (_, status) = self.name_and_status();
        match self {
            Self::Answered(body, content_type) => Reply {
                status,
                after: None,
                body: Some((body, content_type)),
            },
            Self::Retry(_, _, after) => Reply {
                after,
                ..Reply::of(status)
            },
            Self::Done
            | Self::Duplicate
            | Self::Ignored(_)
            | Self::Recorded(..)
            | Self::NotRecorded(..)
            | Self::Bug(_)
            | Self::Panicked(_)
            | Self::Refused(_)
            | Self::TooLong(_)
            | Self::Truncated(_) => Reply::of(status),
        }
    }
}

impl Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("done"),
            Self::Duplicate => f.write_str("done before"),
            Self::Ignored(reason) => write!(f, "nothing to do: {reason}"),
            Self::Answered(body, _) => write!(f, "answered with {} bytes", body.len()),
            Self::Retry(_, reason, _) => write!(f, "to be delivered again: {reason}"),
            Self::Recorded(kind, reason) => write!(f, "recorded as {}: {reason}", kind.name()),
            Self::NotRecorded(kind, reason) => {
                write!(f, "{}, and could not be recorded: {reason}", kind.name())
            }
            Self::Bug(reason) => write!(f, "defect: {reason}"),
            Self::Panicked(panic) => write!(f, "defect: panic: {}", panic.message),
            Self::Refused(error) => write!(f, "refused: {error}"),
            Self::TooLong(reason) => write!(f, "recorded in part: {reason}"),
            Self::Truncated(fault) => write!(f, "the body did not arrive whole: {fault}"),
        }
    }
}

/// The response to the sender.
pub(crate) struct Reply {
    status: StatusCode,
    after: Option<Duration>,
    body: Option<(Bytes, String)>,
}

impl Reply {
    pub(crate) fn of(status: StatusCode) -> Self {
        Self {
            status,
            after: None,
            body: None,
        }
    }

    /// Asks the sender to wait this long before a retry.
    pub(crate) fn after(self, span: Duration) -> Self {
        Self {
            after: Some(span),
            ..self
        }
    }

    /// The response to a batch: one nack nacks the whole batch. Responses of
    /// functions are dropped.
    pub(crate) fn worse_of(self, other: Self) -> Self {
        let status = self.status.max(other.status);
        Self {
            status: if status == StatusCode::OK {
                StatusCode::NO_CONTENT
            } else {
                status
            },
            after: self.after.max(other.after),
            body: None,
        }
    }

    pub(crate) fn into_response(self) -> Response<Bytes> {
        let (body, content_type) = self.body.unzip();
        let mut response = Response::new(body.unwrap_or_default());
        *response.status_mut() = self.status;
        let mut set = |name: HeaderName, value: Option<HeaderValue>| {
            if let Some(value) = value {
                response.headers_mut().insert(name, value);
            }
        };
        // Whole seconds, rounded up: never too early.
        let seconds = |span: Duration| span.as_secs() + u64::from(span.subsec_nanos() > 0);
        set(header::RETRY_AFTER, self.after.map(|a| seconds(a).into()));
        // What is no header value is not said; the body is still answered.
        let content_type = content_type.and_then(|t| t.try_into().ok());
        set(header::CONTENT_TYPE, content_type);
        if self.status == StatusCode::METHOD_NOT_ALLOWED {
            set(header::ALLOW, Some(HeaderValue::from_static("POST")));
        }
        response
    }
}

#[cfg(test)]
#[path = "end_tests.rs"]
mod tests;
