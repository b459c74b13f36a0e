//! Batches: several requests in one, as parts of a `multipart/mixed` body, and
//! their responses in the same form. Each part is a request of its own, with
//! permission checks of its own; they are handled in order.
//!
//! Source: Google's documentation of batch requests of Compute Engine.

use crate::{ApiError, Host, api::storage::boundary};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response, header, request::Parts};

/// Handles a request, which may be a batch (`POST /batch/compute/v1`).
pub(super) async fn call(host: &Host, request: Request<Bytes>) -> Response<Bytes> {
    if request.method() != Method::POST || !request.uri().path().starts_with("/batch/") {
        return host.call(request).await;
    }
    let answered = batch(host, request).await;
    answered.unwrap_or_else(|error| error.into_response(""))
}

fn malformed(what: &str) -> ApiError {
    ApiError::invalid(format!("Malformed batch request: {what}."))
}

async fn batch(host: &Host, request: Request<Bytes>) -> Result<Response<Bytes>, ApiError> {
    let (outer, body) = request.into_parts();
    let kind = outer.headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok());
    let kind = kind.filter(|kind| kind.starts_with("multipart/mixed"));
    let boundary = kind.and_then(boundary);
    let boundary = boundary.ok_or_else(|| malformed("its type is not multipart/mixed"))?;
    let body = std::str::from_utf8(&body).map_err(|_| malformed("it is not UTF-8"))?;
    let delimiter = format!("--{boundary}");
    let parts = body.split(&*delimiter).skip(1);
    let parts: Vec<&str> = parts.take_while(|part| !part.starts_with("--")).collect();
    let mut answers = Vec::new();
    for part in parts {
        let (head, inner) = head_and_body(part.trim_start());
        answers.extend_from_slice(b"--batch_answer\r\nContent-Type: application/http\r\n");
        if let Some(id) = field(head, "content-id") {
            let id = id.strip_prefix('<').unwrap_or(id);
            answers.extend_from_slice(format!("Content-ID: <response-{id}\r\n").as_bytes());
        }
        answers.extend_from_slice(b"\r\n");
        let response = match read(&outer, inner) {
            Ok(request) => host.call(request).await,
            Err(error) => error.into_response(""),
        };
        write(&mut answers, &response);
    }
    answers.extend_from_slice(b"--batch_answer--\r\n");
    let mut response = Response::new(Bytes::from(answers));
    let kind = HeaderValue::from_static("multipart/mixed; boundary=batch_answer");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}

/// Splits a message at its first empty line. Lines end in CRLF or (gcloud) LF.
fn head_and_body(message: &str) -> (&str, &str) {
    let ends = ["\r\n\r\n", "\n\n"].into_iter();
    let ends = ends.filter_map(|end| Some((message.find(end)?, end.len())));
    match ends.min() {
        Some((at, length)) => (&message[..at], &message[at + length..]),
        None => (message, ""),
    }
}

/// The header fields of a message.
fn fields(head: &str) -> impl Iterator<Item = (&str, &str)> {
    let fields = head.lines().filter_map(|line| line.split_once(':'));
    fields.map(|(name, value)| (name.trim(), value.trim()))
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = fields(head);
    let found = fields.find(|(given, _)| given.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value)
}

/// The request in a part, with the credentials of the batch unless it has its own.
fn read(outer: &Parts, message: &str) -> Result<Request<Bytes>, ApiError> {
    let (head, body) = head_and_body(message.trim_start());
    let (line, head) = head.split_once('\n').unwrap_or((head, ""));
    let mut words = line.split_whitespace();
    let (Some(verb), Some(uri)) = (words.next(), words.next()) else {
        return Err(malformed("a part has no request line"));
    };
    let body = body.trim_end_matches(['\r', '\n']);
    let request = Request::builder().method(verb).uri(uri);
    let request = request.body(Bytes::copy_from_slice(body.as_bytes()));
    let mut request = request.map_err(|_| malformed("a part has an invalid request line"))?;
    *request.extensions_mut() = outer.extensions.clone();
    let headers = request.headers_mut();
    for (name, value) in fields(head) {
        let parsed = (HeaderName::try_from(name), HeaderValue::try_from(value));
        if let (Ok(name), Ok(value)) = parsed
            && ![header::HOST, header::CONTENT_LENGTH].contains(&name)
        {
            headers.insert(name, value);
        }
    }
    for name in [header::AUTHORIZATION, header::HOST] {
        if let (false, Some(value)) = (headers.contains_key(&name), outer.headers.get(&name)) {
            headers.insert(name, value.clone());
        }
    }
    Ok(request)
}

/// Appends a response as the body of a part.
fn write(answers: &mut Vec<u8>, response: &Response<Bytes>) {
    let status = response.status();
    let reason = status.canonical_reason().unwrap_or_default();
    let line = format!("HTTP/1.1 {} {reason}\r\n", status.as_u16());
    answers.extend_from_slice(line.as_bytes());
    for (name, value) in response.headers() {
        answers.extend_from_slice(format!("{name}: ").as_bytes());
        answers.extend_from_slice(value.as_bytes());
        answers.extend_from_slice(b"\r\n");
    }
    answers.extend_from_slice(b"\r\n");
    answers.extend_from_slice(response.body());
    answers.extend_from_slice(b"\r\n");
}
