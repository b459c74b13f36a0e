//! Google's errors, with what it said kept.

use crate::{Class, Classify, SendError};
use bytes::Bytes;
use names::Duration;
use serde_json::Value;
use thiserror::Error;

/// A call that failed.
#[derive(Debug, Clone, Error)]
#[error("{method} on {resource}: {kind}")]
pub struct Error {
    /// The method's id in discovery.
    pub method: &'static str,
    /// What it was asked on, as the path of the request.
    pub resource: String,
    /// What went wrong.
    pub kind: Kind,
}

/// What went wrong with a call. Display holds Google's own words.
#[derive(Debug, Clone, Error)]
pub enum Kind {
    /// Google answered with an error.
    #[error("{status} {reason}: {message}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// `errors[0].reason`, else `status` (`NOT_FOUND`), else empty.
        reason: String,
        /// Google's message.
        message: String,
        /// `Retry-After`, if Google sent it.
        retry_after: Option<Duration>,
        /// The whole `error` object.
        details: Value,
    },
    /// No answer came.
    #[error("{0}")]
    Send(SendError),
    /// No token could be had.
    #[error("no token: {0}")]
    Token(String),
    /// The answer was not what the method promises.
    #[error("unexpected answer: {0}")]
    Answer(String),
    /// The request could not be built.
    #[error("bad request: {0}")]
    Request(String),
}

impl Error {
    /// The HTTP status that Google answered with.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match &self.kind {
            Kind::Status { status, .. } => Some(*status),
            Kind::Send(_) | Kind::Token(_) | Kind::Answer(_) | Kind::Request(_) => None,
        }
    }

    /// Google's reason or canonical status; empty if it did not answer.
    #[must_use]
    pub fn reason(&self) -> &str {
        match &self.kind {
            Kind::Status { reason, .. } => reason,
            Kind::Send(_) | Kind::Token(_) | Kind::Answer(_) | Kind::Request(_) => "",
        }
    }

    /// 404.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// 409: it exists, or somebody else wrote first.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.status() == Some(409)
    }

    /// 412, or 400 `FAILED_PRECONDITION`: what the request presumed is not so.
    #[must_use]
    pub fn is_precondition(&self) -> bool {
        self.status() == Some(412)
            || (self.status() == Some(400)
                && matches!(self.reason(), "FAILED_PRECONDITION" | "failedPrecondition"))
    }

    /// 403.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        self.status() == Some(403)
    }

    /// Reads Google's error body in any of its dialects.
    #[must_use]
    pub(crate) fn from_answer(
        method: &'static str,
        resource: &str,
        status: u16,
        retry_after: Option<Duration>,
        body: &Bytes,
    ) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        // Firestore's streaming methods answer with an array.
        let error = match &body {
            Value::Array(parts) => parts.first().map_or(&Value::Null, |first| &first["error"]),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Object(_) => &body["error"],
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let reason = match error["errors"][0]["reason"].as_str() {
            Some(reason) => reason.to_owned(),
            None => text(&error["status"]),
        };
        Self {
            method,
            resource: resource.to_owned(),
            kind: Kind::Status {
                status,
                reason,
                message: text(&error["message"]),
                retry_after,
                details: error.clone(),
            },
        }
    }
}

impl Classify for Error {
    fn class(&self) -> Class {
        match &self.kind {
            Kind::Status { status, .. } => match status {
                401 | 403 => Class::Denied,
                409 | 412 => Class::Conflict,
                _ if self.is_precondition() => Class::Conflict,
                408 | 429 | 500..=599 => Class::Transient,
                _ => Class::Invalid,
            },
            Kind::Send(_) | Kind::Token(_) => Class::Transient,
            Kind::Answer(_) | Kind::Request(_) => Class::Bug,
        }
    }
}
