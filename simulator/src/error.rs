//! Errors with Google's messages.

use crate::xml;
use bytes::Bytes;
use http::{Response, StatusCode, header::CONTENT_TYPE};
use serde_json::{Value, json};

/// An error response of an API.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiError {
    /// HTTP status.
    pub status: u16,
    /// Canonical code (`NOT_FOUND`); Compute and Storage omit it from the body.
    pub code: &'static str,
    /// The reason in `errors[0]` (`notFound`).
    pub reason: &'static str,
    /// The error message.
    pub message: String,
    /// The `details` of the error; often empty.
    pub details: Vec<Value>,
}

macro_rules! errors {
    ($($name:ident $status:literal $code:literal $reason:literal;)*) => {
        impl ApiError {
            $(
                #[doc = concat!("HTTP ", $status, " ", $code, ".")]
                pub fn $name(message: impl Into<String>) -> Self {
                    Self { status: $status, code: $code, reason: $reason, message: message.into(), details: Vec::new() }
                }
            )*
        }
    };
}

errors! {
    invalid 400 "INVALID_ARGUMENT" "invalid";
    failed_precondition 400 "FAILED_PRECONDITION" "failedPrecondition";
    unauthenticated 401 "UNAUTHENTICATED" "authError";
    permission_denied 403 "PERMISSION_DENIED" "forbidden";
    not_found 404 "NOT_FOUND" "notFound";
    already_exists 409 "ALREADY_EXISTS" "alreadyExists";
    conflict 409 "ABORTED" "conflict";
    precondition 412 "FAILED_PRECONDITION" "conditionNotMet";
    exhausted 429 "RESOURCE_EXHAUSTED" "rateLimitExceeded";
    unimplemented 501 "UNIMPLEMENTED" "notImplemented";
    unavailable 503 "UNAVAILABLE" "backendError";
}

impl ApiError {
    /// The error with the detail that names a condition that does not hold.
    pub(crate) fn violating(mut self, kind: &str, subject: &str, description: &str) -> Self {
        self.details.push(json!({
            "@type": "type.googleapis.com/google.rpc.PreconditionFailure",
            "violations": [{ "type": kind, "subject": subject, "description": description }],
        }));
        self
    }

    /// The response of an API: the error has a `status`, or `errors`, or both,
    /// as recorded.
    pub(crate) fn into_response(self, api: &str) -> Response<Bytes> {
        let mut error = json!({ "code": self.status, "message": self.message });
        if !matches!(api, "compute" | "storage") {
            error["status"] = self.code.into();
        }
        if matches!(api, "compute" | "iam" | "storage") {
            error["errors"] = json!([
                { "domain": "global", "reason": self.reason, "message": self.message }
            ]);
        }
        if !self.details.is_empty() {
            error["details"] = self.details.into();
        }
        json_response(self.status, &json!({ "error": error }))
    }

    /// The response of Storage's XML API, whose code is the reason, and whose details
    /// are further elements.
    pub(crate) fn into_xml(self) -> Response<Bytes> {
        let details = self.details.iter().filter_map(Value::as_object).flatten();
        let details: String = details
            .map(|(name, text)| xml::element(name, text.as_str().unwrap_or_default()))
            .collect();
        let code = xml::element("Code", self.reason);
        let message = xml::element("Message", &self.message);
        xml::response(
            self.status,
            &format!("<Error>{code}{message}{details}</Error>"),
        )
    }
}

pub(crate) fn json_response(status: u16, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = StatusCode::from_u16(status).expect("a status of ours");
    let json = "application/json; charset=UTF-8"
        .parse()
        .expect("a header value");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
