//! Errors in the words of the XML API: a code, a message that is the same for each
//! code, and the JSON API's message as details. Source: Cloud Storage's "HTTP status
//! and error codes for XML" and reports of users.

use crate::ApiError;
use serde_json::json;

/// An error with a code of the XML API and further elements.
pub(super) fn error(
    status: u16,
    code: &'static str,
    message: &str,
    details: &[(&str, &str)],
) -> ApiError {
    let details = details.iter().map(|(name, text)| json!({ *name: text }));
    ApiError {
        status,
        code: "",
        reason: code,
        message: message.to_owned(),
        details: details.collect(),
    }
}

/// An error of the JSON API as the XML API would say it. Its own remain.
pub(super) fn translate(json: ApiError) -> ApiError {
    if json
        .reason
        .starts_with(|first: char| first.is_ascii_uppercase())
    {
        return json;
    }
    let says = |part: &str| json.message.contains(part);
    let (status, code, message) = match (json.status, json.reason) {
        (400, _) if says("doesn't match calculated MD5") => (
            400,
            "BadDigest",
            "The Content-MD5 you specified did not match what we received.",
        ),
        // The code is unverified.
        (400, _) if says("doesn't match calculated CRC32C") => (
            400,
            "CrcMismatch",
            "The CRC32C you specified did not match what we received.",
        ),
        (400, _) => (400, "InvalidArgument", "Invalid argument."),
        (401, "required") | (403, "forbidden") if !says(" hold and cannot be ") => {
            (403, "AccessDenied", "Access denied.")
        }
        (401, _) => (401, "AuthenticationRequired", "Authentication required."),
        (403, "retentionPolicyNotMet") => (
            403,
            "RetentionPolicyNotMet",
            "Object overwrite or deletion is not allowed due to retention policy.",
        ),
        (403, _) => (
            403,
            "ObjectUnderActiveHold",
            "Object overwrite or deletion is not allowed due to active hold on the object.",
        ),
        (404, _) if says("specified bucket does not exist") => {
            (404, "NoSuchBucket", "The specified bucket does not exist.")
        }
        (404, _) if says("No such upload") => {
            (404, "NoSuchUpload", "The specified upload does not exist.")
        }
        (404, _) => (404, "NoSuchKey", "The specified key does not exist."),
        (412, _) => (
            412,
            "PreconditionFailed",
            "At least one of the pre-conditions you specified did not hold.",
        ),
        (501, _) => (
            501,
            "NotImplemented",
            "A requested function is not implemented.",
        ),
        (503, _) => (
            503,
            "ServiceUnavailable",
            "Service unavailable. Please retry.",
        ),
        (status, _) => (status, "InternalError", "We encountered an internal error."),
    };
    error(status, code, message, &[("Details", &json.message)])
}
