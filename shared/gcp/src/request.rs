//! A request to a method, built without I/O.

use crate::{Endpoints, Idempotency, Method, transport::ResponseTimeout};
use bytes::Bytes;
use http::{
    Method as Verb,
    header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE},
};
use names::Duration;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;

/// A request to one [`Method`].
#[derive(Debug, Clone)]
pub struct Request {
    method: &'static Method,
    path: Vec<(&'static str, String)>,
    query: Vec<(&'static str, String)>,
    body: Body,
    patience: Option<Duration>,
}

/// The body of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// None.
    Empty,
    /// JSON.
    Json(Value),
    /// Bytes of this content type (an upload).
    Media(&'static str, Bytes),
}

const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
const SEGMENTS: &AsciiSet = &SEGMENT.remove(b'/').remove(b'(').remove(b')').remove(b'@');

impl Request {
    /// A request to `method` without parameters.
    #[must_use]
    pub fn new(method: &'static Method) -> Self {
        Self {
            method,
            path: Vec::new(),
            query: Vec::new(),
            body: Body::Empty,
            patience: None,
        }
    }

    /// Sets a parameter of the path.
    #[must_use]
    pub fn path(mut self, name: &'static str, value: impl ToString) -> Self {
        self.path.push((name, value.to_string()));
        self
    }

    /// Sets a parameter of the query.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// Sets the body to `value` as JSON.
    ///
    /// # Panics
    /// If `value` is a map with keys that are not strings: no type of ours is.
    #[must_use]
    pub fn json(mut self, value: &impl Serialize) -> Self {
        let value = serde_json::to_value(value).expect("plain data with string keys");
        self.body = Body::Json(value);
        self
    }

    /// Sets the body to the bytes of an object.
    #[must_use]
    pub fn media(mut self, content_type: &'static str, bytes: impl Into<Bytes>) -> Self {
        self.body = Body::Media(content_type, bytes.into());
        self
    }

    /// Lets the answer take this long: the method waits for something.
    #[must_use]
    pub fn patience(mut self, longest: Duration) -> Self {
        self.patience = Some(longest);
        self
    }

    /// Whether it may be sent again though it may have been applied.
    #[must_use]
    pub fn is_repeatable(&self) -> bool {
        match self.method.idempotency {
            Idempotency::Always => true,
            Idempotency::If(says) => says(self),
            Idempotency::Never => false,
        }
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &'static Method {
        self.method
    }

    /// The parameter `name` of the path; empty if it was not set.
    #[must_use]
    pub fn path_value(&self, name: &str) -> &str {
        find(&self.path, name).unwrap_or_default()
    }

    /// The parameter `name` of the query.
    #[must_use]
    pub fn query_value(&self, name: &str) -> Option<&str> {
        find(&self.query, name)
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// The body's JSON; `Null` if it is none.
    #[must_use]
    pub fn body_json(&self) -> &Value {
        match &self.body {
            Body::Json(value) => value,
            Body::Empty | Body::Media(..) => &Value::Null,
        }
    }

    /// The path with its parameters filled in, percent-encoded.
    ///
    /// # Panics
    /// If a parameter of the template was not set: the builders of
    /// [`crate::methods`] set them all, and a test builds each.
    #[must_use]
    pub fn filled_path(&self) -> String {
        let mut out = String::new();
        let mut rest = self.method.path;
        while let Some(open) = rest.find('{') {
            let close = rest.find('}').expect("templates are closed");
            let name = &rest[open + 1..close];
            out.push_str(&rest[..open]);
            let (name, set) = match name.strip_prefix('+') {
                Some(name) => (name, SEGMENTS),
                None => (name, SEGMENT),
            };
            let value = find(&self.path, name)
                .unwrap_or_else(|| panic!("{}: {{{name}}} is not set", self.method.id));
            out.extend(utf8_percent_encode(value, set));
            rest = &rest[close + 1..];
        }
        out.push_str(rest);
        out
    }

    /// The HTTP request, without credentials.
    ///
    /// # Errors
    /// The endpoint is not a base for a URI.
    pub fn to_http(&self, endpoints: &Endpoints) -> Result<http::Request<Bytes>, http::Error> {
        let mut uri = endpoints.base(self.method.id);
        uri.push_str(&self.filled_path());
        for (i, (name, value)) in self.query.iter().enumerate() {
            uri.push(if i == 0 { '?' } else { '&' });
            uri.push_str(name);
            uri.push('=');
            uri.extend(utf8_percent_encode(value, SEGMENT));
        }
        let mut request = http::Request::builder()
            .method(self.method.verb.clone())
            .uri(uri)
            .header(ACCEPT, "application/json");
        if let Some(longest) = self.patience {
            request = request.extension(ResponseTimeout(longest));
        }
        match &self.body {
            // Google's frontend refuses a POST that has no Content-Length.
            Body::Empty if self.method.verb == Verb::POST => {
                request.header(CONTENT_LENGTH, 0).body(Bytes::new())
            }
            Body::Empty => request.body(Bytes::new()),
            Body::Json(value) => request
                .header(CONTENT_TYPE, "application/json")
                .body(Bytes::from(value.to_string())),
            Body::Media(kind, bytes) => request.header(CONTENT_TYPE, *kind).body(bytes.clone()),
        }
    }
}

fn find<'a>(pairs: &'a [(&'static str, String)], name: &str) -> Option<&'a str> {
    let (_, value) = pairs.iter().find(|(key, _)| *key == name)?;
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ResponseKind;

    const fn method(path: &'static str) -> Method {
        Method {
            id: "storage.objects.get",
            verb: Verb::GET,
            path,
            query: &["alt"],
            sends: &[],
            reads: &[],
            idempotency: Idempotency::If(|r| r.query_value("alt").is_some()),
            response: ResponseKind::Media,
            requires: |_| Vec::new(),
        }
    }
    static OBJECT: Method = method("/storage/v1/b/{bucket}/o/{object}");
    static TOPIC: Method = method("/v1/{+topic}:publish");

    #[test]
    fn what_a_caller_fills_in_stays_in_its_place() {
        let uri = |request: Request| {
            let http = request.to_http(&Endpoints::local("http://127.0.0.1:1/"));
            http.expect("a request").uri().to_string()
        };
        let object = |name| {
            Request::new(&OBJECT)
                .path("bucket", "b")
                .path("object", name)
        };
        for (name, path) in [
            ("a/b c", "a%2Fb%20c"),
            ("../../o", "..%2F..%2Fo"),
            ("x?y=1#z&%", "x%3Fy%3D1%23z%26%25"),
            ("ü~-_.", "%C3%BC~-_."),
        ] {
            let expected = format!("http://127.0.0.1:1/storage/v1/b/b/o/{path}");
            assert_eq!(uri(object(name)), expected);
        }
        let topic = Request::new(&TOPIC).path("topic", "projects/p p/topics/t?x");
        assert_eq!(
            uri(topic),
            "http://127.0.0.1:1/v1/projects/p%20p/topics/t%3Fx:publish"
        );
        assert_eq!(
            uri(object("o").query("prefix", "a&b=c d").query("alt", "media")),
            "http://127.0.0.1:1/storage/v1/b/b/o/o?prefix=a%26b%3Dc%20d&alt=media"
        );
    }

    #[test]
    fn a_method_says_whether_its_request_repeats() {
        let object = Request::new(&OBJECT);
        assert!(!object.is_repeatable());
        assert!(object.query("alt", "media").is_repeatable());
    }
}
