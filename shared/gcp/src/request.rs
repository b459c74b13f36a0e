//! A request to a method, built without I/O.

use crate::{Endpoints, Method};
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
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
        let request = http::Request::builder()
            .method(self.method.verb.clone())
            .uri(uri)
            .header(ACCEPT, "application/json");
        match &self.body {
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
