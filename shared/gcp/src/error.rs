//! Errors of calls, with Google's reason and message.

use crate::{
    Class, Classify, RefusalCause, Request, SendError,
    cause::{self, DisabledApi, is_failed_precondition, reasons},
    credentials::MetadataError,
    rpc,
};
use bytes::Bytes;
use names::Duration;
use serde_json::Value;
use std::error::Error as StdError;
use thiserror::Error;

/// A call that failed.
#[derive(Debug, Clone, Error)]
#[error("{method} on {resource}: {kind}")]
pub struct Error {
    /// The method's ID in Google's discovery document.
    pub method: &'static str,
    /// The path of the request, which names the resource.
    pub resource: String,
    /// Whether the request had a precondition, so that it can fail because
    /// somebody else wrote first.
    pub is_conditional: bool,
    /// What went wrong.
    pub kind: ErrorKind,
}

/// What went wrong with a call. Display contains Google's message.
#[derive(Debug, Clone, Error)]
pub enum ErrorKind {
    /// Google responded with an error.
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
        /// The complete `error` object.
        details: Value,
    },
    /// There was no response.
    #[error("{0}")]
    Send(SendError),
    /// There was no access token to send the request with.
    #[error("no access token: {0}")]
    Token(TokenError),
    /// The response is not what the method's documentation promises.
    #[error("invalid response: {0}")]
    InvalidResponse(String),
    /// The request or the response was corrupted in transit; a retry may
    /// succeed.
    #[error("corrupted in transit: {0}")]
    Checksum(String),
    /// The request could not be built.
    #[error("invalid request: {0}")]
    InvalidRequest(String),
}

impl ErrorKind {
    /// Reads an error body in any of the forms that Google's APIs have.
    #[must_use]
    pub(crate) fn from_response(status: u16, retry_after: Option<Duration>, body: &Bytes) -> Self {
        let raw = body;
        let body: Value = serde_json::from_slice(raw).unwrap_or(Value::Null);
        // Firestore's streaming methods respond with an array.
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
        // Errors of uploads and proxies are plain text; keep the beginning.
        let message = match error["message"].as_str() {
            Some(message) => with_violations(message, error),
            None => String::from_utf8_lossy(raw).chars().take(400).collect(),
        };
        Self::Status {
            status,
            reason,
            message,
            retry_after,
            details: error.clone(),
        }
    }

    /// An error that came by gRPC: `code` is its canonical name
    /// (`PERMISSION_DENIED`), which is also the reason.
    #[must_use]
    pub fn from_grpc(code: &str, message: &str) -> Self {
        Self::Status {
            status: rpc::status_of(code),
            reason: code.to_owned(),
            message: message.to_owned(),
            retry_after: None,
            details: Value::Null,
        }
    }
}

/// Why there is no access token, in the words of whoever refused it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct TokenError {
    /// The message of the error and of its sources.
    pub message: String,
    /// The HTTP status of the refusal, if there was a response.
    pub status: Option<u16>,
}

impl From<&str> for TokenError {
    fn from(message: &str) -> Self {
        Self {
            message: message.to_owned(),
            status: None,
        }
    }
}

impl From<&gcp_auth::Error> for TokenError {
    fn from(error: &gcp_auth::Error) -> Self {
        Self::from_chain(error)
    }
}

impl TokenError {
    /// The error with its sources, and the HTTP status if one of them is a
    /// refusal by one of this crate's token sources.
    #[must_use]
    pub fn from_chain(error: &(dyn StdError + 'static)) -> Self {
        Self {
            message: chain(error),
            status: http_status(error),
        }
    }
}

/// The HTTP status in the chain of an error from one of our token providers, if
/// that is a refusal: a rate limit, which may be a 403, is none.
fn http_status(error: &(dyn StdError + 'static)) -> Option<u16> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<Error>() {
            return match &error.kind {
                ErrorKind::Token(inner) => inner.status,
                ErrorKind::Status { .. }
                | ErrorKind::Send(_)
                | ErrorKind::InvalidResponse(_)
                | ErrorKind::Checksum(_)
                | ErrorKind::InvalidRequest(_) => {
                    error.status().filter(|_| error.class() != Class::Transient)
                }
            };
        }
        if let Some(error) = error.downcast_ref::<MetadataError>() {
            return error.status();
        }
        next = error.source();
    }
    None
}

/// `error` and its sources, outermost first, in one line, for an error type
/// that holds text only.
#[must_use]
pub fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}

/// The message, and what Google says of each violation that is not in it:
/// "Precondition check failed." alone says little.
fn with_violations(message: &str, error: &Value) -> String {
    let mut text = message.to_owned();
    for violation in cause::violations(error) {
        let description = violation["description"].as_str().unwrap_or_default();
        if !description.is_empty() && !text.contains(description) {
            text = format!("{} {description}", text.trim_end());
        }
    }
    text
}

impl Error {
    /// That there is nothing of this name, as a list shows.
    #[must_use]
    pub fn not_found(method: &'static str, resource: &str) -> Self {
        Self {
            method,
            resource: resource.to_owned(),
            is_conditional: false,
            kind: ErrorKind::Status {
                status: 404,
                reason: "notFound".to_owned(),
                message: "it is not in the list".to_owned(),
                retry_after: None,
                details: Value::Null,
            },
        }
    }

    pub(crate) fn new(request: &Request, kind: ErrorKind) -> Self {
        Self {
            method: request.method().id,
            resource: request.filled_path(),
            is_conditional: request.is_conditional(),
            kind,
        }
    }

    /// The HTTP status of the response, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match &self.kind {
            ErrorKind::Status { status, .. } => Some(*status),
            ErrorKind::Send(_)
            | ErrorKind::Token(_)
            | ErrorKind::InvalidResponse(_)
            | ErrorKind::Checksum(_)
            | ErrorKind::InvalidRequest(_) => None,
        }
    }

    /// Google's reason (`errors[0].reason`) or status (`NOT_FOUND`); empty if
    /// there was no response.
    #[must_use]
    pub fn reason(&self) -> &str {
        match &self.kind {
            ErrorKind::Status { reason, .. } => reason,
            ErrorKind::Send(_)
            | ErrorKind::Token(_)
            | ErrorKind::InvalidResponse(_)
            | ErrorKind::Checksum(_)
            | ErrorKind::InvalidRequest(_) => "",
        }
    }

    /// Whether the status is 404.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// Whether the status is 409: the resource already exists, or somebody else
    /// wrote first.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.status() == Some(409)
    }

    /// Whether the precondition that the request had does not hold: the status is
    /// 412, or 400 with `FAILED_PRECONDITION`.
    #[must_use]
    pub fn is_precondition(&self) -> bool {
        self.is_failed_precondition() && self.cause() == Some(RefusalCause::Conflict)
    }

    /// Whether Google says that a precondition does not hold, of the request or
    /// of the resource's state.
    #[must_use]
    pub fn is_failed_precondition(&self) -> bool {
        let status = self.status().unwrap_or_default();
        is_failed_precondition(status, &self.reasons())
    }

    /// Whether the status is 403 because access is missing: a permission, an API,
    /// billing. Neither a rate limit nor a rule of a policy.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        self.status() == Some(403) && self.class() == Class::Denied
    }

    /// Whether the caller lacks a permission.
    #[must_use]
    pub fn lacks_permission(&self) -> bool {
        self.cause() == Some(RefusalCause::Permission)
    }

    /// Whether the project that contains the resource is deleted.
    #[must_use]
    pub fn is_of_deleted_project(&self) -> bool {
        self.reasons().contains(&"CONSUMER_INVALID")
    }

    /// Why Google refused the call; `None` if there was no response.
    #[must_use]
    pub fn cause(&self) -> Option<RefusalCause> {
        let ErrorKind::Status {
            status, message, ..
        } = &self.kind
        else {
            return None;
        };
        let reasons = self.reasons();
        Some(RefusalCause::of(
            *status,
            &reasons,
            message,
            self.is_conditional,
        ))
    }

    /// The API that is disabled, if that is the cause and Google names it.
    #[must_use]
    pub fn disabled_api(&self) -> Option<DisabledApi> {
        let ErrorKind::Status { details, .. } = &self.kind else {
            return None;
        };
        DisabledApi::of(details)
    }

    /// What has to be done about it, if that follows from Google's reason alone.
    #[must_use]
    pub fn advice(&self) -> Option<String> {
        let disabled = self.disabled_api().map(|api| api.advice());
        disabled.or_else(|| Some(self.cause()?.advice()?.to_owned()))
    }

    fn reasons(&self) -> Vec<&str> {
        let ErrorKind::Status {
            reason, details, ..
        } = &self.kind
        else {
            return Vec::new();
        };
        let mut all = vec![reason.as_str()];
        all.extend(reasons(details));
        all
    }
}

impl Classify for Error {
    fn class(&self) -> Class {
        if let Some(cause) = self.cause() {
            return cause.class();
        }
        match &self.kind {
            ErrorKind::Token(TokenError {
                status: Some(400..=407),
                ..
            }) => Class::Denied,
            ErrorKind::Send(_) | ErrorKind::Token(_) | ErrorKind::Checksum(_) => Class::Transient,
            ErrorKind::Status { .. }
            | ErrorKind::InvalidResponse(_)
            | ErrorKind::InvalidRequest(_) => Class::Bug,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::methods::storage::OBJECTS_GET;

    fn read(status: u16, body: &str) -> Error {
        let request = Request::on(&OBJECTS_GET, "b/r/o/x").query("ifGenerationMatch", 1);
        let kind = ErrorKind::from_response(status, None, &Bytes::from(body.to_owned()));
        Error::new(&request, kind)
    }

    #[test]
    fn every_form_keeps_googles_message() {
        let table = [
            (
                r#"{"error":{"code":404,"message":"no such","errors":[{"reason":"notFound"}]}}"#,
                ("notFound", "no such"),
            ),
            (
                r#"{"error":{"code":409,"message":"contended","status":"ABORTED"}}"#,
                ("ABORTED", "contended"),
            ),
            (
                r#"[{"error":{"code":400,"message":"index","status":"FAILED_PRECONDITION"}}]"#,
                ("FAILED_PRECONDITION", "index"),
            ),
            ("No such object", ("", "No such object")),
            ("", ("", "")),
            ("[]", ("", "[]")),
        ];
        for (body, (reason, message)) in table {
            let error = read(400, body);
            assert_eq!(error.reason(), reason, "{body}");
            assert_eq!(
                error.to_string(),
                format!(
                    "{} on {}: 400 {reason}: {message}",
                    error.method, error.resource
                )
            );
        }
    }

    #[test]
    fn classes() {
        let token = |status| Error {
            method: "m",
            resource: "/r".into(),
            is_conditional: false,
            kind: ErrorKind::Token(TokenError {
                message: String::new(),
                status,
            }),
        };
        let precondition = r#"{"error":{"status":"FAILED_PRECONDITION"}}"#;
        for (error, class) in [
            (read(400, ""), Class::Invalid),
            (read(400, precondition), Class::Conflict),
            (read(401, ""), Class::Denied),
            (read(403, ""), Class::Denied),
            (read(404, ""), Class::Invalid),
            (read(409, ""), Class::Conflict),
            (read(412, ""), Class::Conflict),
            (read(429, ""), Class::Transient),
            (read(503, ""), Class::Transient),
            (token(Some(403)), Class::Denied),
            (token(Some(503)), Class::Transient),
            (token(None), Class::Transient),
        ] {
            assert_eq!(error.class(), class, "{error}");
        }
    }
}
