//! REST calls for a gRPC caller.

use super::{codec, descriptors};
use crate::{Host, host::Origin};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, header};
use prost::Message;
use serde_json::{Value, json};
use std::sync::Arc;
use tonic::{Code, Status};

/// Who calls, and where to.
#[derive(Clone)]
pub(super) struct Caller {
    host: Arc<Host>,
    headers: Vec<(HeaderName, HeaderValue)>,
    origin: Option<Origin>,
}

impl Caller {
    /// The caller of a gRPC request.
    pub(super) fn of<T>(host: &Arc<Host>, request: &tonic::Request<T>) -> Self {
        let metadata = request.metadata().as_ref();
        let project = HeaderName::from_static("x-goog-user-project");
        let headers = [header::AUTHORIZATION, project];
        let headers = headers.into_iter().filter_map(|name| {
            let value = metadata.get(&name)?.clone();
            Some((name, value))
        });
        Self {
            host: Arc::clone(host),
            headers: headers.collect(),
            origin: request.extensions().get().cloned(),
        }
    }

    /// Calls a method by REST.
    pub(super) async fn call(
        &self,
        method: &Method,
        uri: &str,
        body: Option<&Value>,
    ) -> Result<Value, Status> {
        let body = body.map(|body| Bytes::from(body.to_string()));
        let mut request = Request::builder()
            .method(method)
            .uri(uri)
            .body(body.unwrap_or_default())
            .map_err(|error| Status::invalid_argument(error.to_string()))?;
        request.headers_mut().extend(self.headers.iter().cloned());
        if let Some(origin) = &self.origin {
            request.extensions_mut().insert(origin.clone());
        }
        let response = self.host.call(request).await;
        let body: Value = serde_json::from_slice(response.body())
            .map_err(|error| Status::internal(format!("the REST answer is not JSON: {error}")))?;
        if response.status().is_success() {
            return Ok(body);
        }
        Err(status(response.status().as_u16(), &body["error"]))
    }
}

/// An error of REST.
fn status(http: u16, error: &Value) -> Status {
    let code = error["status"].as_str().and_then(named);
    let code = code.unwrap_or_else(|| of_http(http));
    let message = error["message"].as_str().unwrap_or_default();
    let details = json!({
        "code": i32::from(code),
        "message": message,
        "details": error["details"].as_array().cloned().unwrap_or_default(),
    });
    // A detail of a kind that is not known is left out with all others.
    let details = descriptors::message("google.rpc.Status")
        .and_then(|kind| codec::message(&kind, details).ok())
        .map(|details| details.encode_to_vec());
    Status::with_details(code, message, details.unwrap_or_default().into())
}

/// A code by its name in JSON.
fn named(name: &str) -> Option<Code> {
    (0..=16)
        .map(Code::from_i32)
        .find(|code| screaming(&format!("{code:?}")) == name)
}

/// `NotFound` as `NOT_FOUND`.
fn screaming(name: &str) -> String {
    let mut text = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(character.to_ascii_uppercase());
    }
    text
}

const fn of_http(status: u16) -> Code {
    match status {
        400 => Code::InvalidArgument,
        401 => Code::Unauthenticated,
        403 => Code::PermissionDenied,
        404 => Code::NotFound,
        409 => Code::AlreadyExists,
        412 => Code::FailedPrecondition,
        429 => Code::ResourceExhausted,
        500 => Code::Internal,
        501 => Code::Unimplemented,
        503 => Code::Unavailable,
        504 => Code::DeadlineExceeded,
        _ => Code::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_their_names_in_json() {
        assert_eq!(named("FAILED_PRECONDITION"), Some(Code::FailedPrecondition));
        assert_eq!(named("ABORTED"), Some(Code::Aborted));
        assert_eq!(named("UNKNOWN_NAME"), None);
    }
}
