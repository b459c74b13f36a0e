//! A Google API method as a value, and a request to it, built without I/O.

use crate::{On, RequiredPermission, template};
use bytes::Bytes;
use http::Method as Verb;
use names::Duration;
use serde::Serialize;
use serde_json::Value;

/// One method of one Google API, declared once.
#[derive(Debug)]
pub struct Method {
    /// The ID in Google's discovery document (`compute.instances.insert`).
    pub id: &'static str,
    /// The HTTP verb.
    pub verb: Verb,
    /// The path after the host, `{name}` for each parameter; `{+name}` for one
    /// that spans several segments.
    pub path: &'static str,
    /// The query parameters that groundcrew sends.
    pub query: &'static [&'static str],
    /// The fields of the request body that groundcrew sends, dotted
    /// (`scheduling.preemptible`).
    pub request_fields: &'static [&'static str],
    /// The fields of the response body that groundcrew reads, dotted.
    pub response_fields: &'static [&'static str],
    /// Whether a request that may have been applied can be sent again.
    pub idempotency: Idempotency,
    /// What the response body holds.
    pub response: ResponseKind,
    /// The permissions that every request requires.
    pub needs: &'static [(&'static str, On)],
    /// The permissions that a request requires besides, each with the resource
    /// that IAM checks it on: those that depend on the request.
    pub requires: fn(&Request) -> Vec<RequiredPermission>,
}

impl Method {
    /// The host of its API, such as `compute.googleapis.com`.
    #[must_use]
    pub fn host(&self) -> String {
        let api = self.id.split('.').next().unwrap_or_default();
        format!("{api}.googleapis.com")
    }
}

/// Whether a request that may have been applied can be sent again.
#[derive(Debug, Clone, Copy)]
pub enum Idempotency {
    /// Applying it twice has the effect of applying it once.
    Always,
    /// If the function returns true for the request, which then carries a
    /// request ID or a precondition.
    If(fn(&Request) -> bool),
    /// It is sent again only if it was certainly not sent.
    Never,
}

/// What the response body of a method holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseKind {
    /// The resource or result, as JSON.
    Json,
    /// The content of an object.
    Media,
    /// A Compute Engine operation: `status: DONE`, `error.errors[]`.
    ComputeOperation,
    /// `google.longrunning.Operation`: `done`, `response` or `error`.
    Operation,
    /// A GKE or Cloud SQL operation: `status: DONE`, `error`.
    ContainerOperation,
    /// Nothing that is read.
    Empty,
}

/// A request to one [`Method`].
#[derive(Debug, Clone)]
pub struct Request {
    method: &'static Method,
    pub(crate) path: Vec<(&'static str, String)>,
    pub(crate) query: Vec<(&'static str, String)>,
    body: Body,
    pub(crate) timeout: Option<Duration>,
}

/// The body of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// No body.
    Empty,
    /// A JSON value.
    Json(Value),
    /// An upload: its content type and bytes.
    Media(&'static str, Bytes),
}

impl Request {
    /// A request to `method` without parameters.
    #[must_use]
    pub fn new(method: &'static Method) -> Self {
        Self {
            method,
            path: Vec::new(),
            query: Vec::new(),
            body: Body::Empty,
            timeout: None,
        }
    }

    /// A request to `method` on the resource of that path (`projects/p/topics/t`);
    /// a method that lists or creates is called on the parent.
    ///
    /// # Panics
    /// If the path does not have the form that the method's template demands.
    #[must_use]
    pub fn on(method: &'static Method, path: &str) -> Self {
        let head = template::head(template::relative(method.path));
        if head.is_empty() {
            // The parent is a parameter of the query.
            if method.query.contains(&"parent") {
                return Self::new(method).query("parent", path);
            }
            let project = path.rsplit('/').next().unwrap_or(path);
            return Self::new(method).query("project", project);
        }
        Self::at(method, head, path)
    }

    pub(crate) fn at(method: &'static Method, template: &'static str, path: &str) -> Self {
        let parameters = template::parameters(template, path);
        Self {
            path: parameters.unwrap_or_else(|| panic!("{}: not a path: {path:?}", method.id)),
            ..Self::new(method)
        }
    }

    /// Adds a path parameter.
    #[must_use]
    pub fn path(mut self, name: &'static str, value: impl ToString) -> Self {
        self.path.push((name, value.to_string()));
        self
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// Sets the body to `value` as JSON.
    ///
    /// # Panics
    /// If `value` is a map with keys that are not strings; no caller passes one.
    #[must_use]
    pub fn json(mut self, value: &impl Serialize) -> Self {
        let value = serde_json::to_value(value).expect("plain data with string keys");
        self.body = Body::Json(value);
        self
    }

    /// Sets the body to an upload.
    #[must_use]
    pub fn media(mut self, content_type: &'static str, bytes: impl Into<Bytes>) -> Self {
        self.body = Body::Media(content_type, bytes.into());
        self
    }

    /// Allows this long for the response, for a method that blocks until
    /// something has happened.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Whether it may be sent again even though it may have been applied.
    #[must_use]
    pub fn is_idempotent(&self) -> bool {
        match self.method.idempotency {
            Idempotency::Always => true,
            Idempotency::If(is_idempotent) => is_idempotent(self),
            Idempotency::Never => false,
        }
    }

    /// Whether it carries a precondition: a generation, an etag, a fingerprint,
    /// or Firestore's `currentDocument`.
    #[must_use]
    pub fn is_conditional(&self) -> bool {
        let body = self.body_json();
        let has = |part: &Value| {
            ["etag", "fingerprint", "labelFingerprint", "currentDocument"]
                .iter()
                .any(|field| !part[field].is_null())
        };
        let in_query =
            |(name, _): &(&str, String)| name.starts_with("if") && name.ends_with("Match");
        self.query.iter().any(in_query)
            || has(body)
            || has(&body["policy"])
            || body["writes"]
                .as_array()
                .is_some_and(|writes| writes.iter().any(has))
    }

    /// The method that is called.
    #[must_use]
    pub fn method(&self) -> &'static Method {
        self.method
    }

    /// The value of a path parameter; empty if it was not set.
    #[must_use]
    pub fn path_value(&self, name: &str) -> &str {
        lookup(&self.path, name).unwrap_or_default()
    }

    /// The first value of a query parameter.
    #[must_use]
    pub fn query_value(&self, name: &str) -> Option<&str> {
        lookup(&self.query, name)
    }

    /// The body, before encoding.
    #[must_use]
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// The body as JSON; `Null` if it is not JSON.
    #[must_use]
    pub fn body_json(&self) -> &Value {
        match &self.body {
            Body::Json(value) => value,
            Body::Empty | Body::Media(..) => &Value::Null,
        }
    }
}

pub(crate) fn lookup<'a>(pairs: &'a [(&'static str, String)], name: &str) -> Option<&'a str> {
    let (_, value) = pairs.iter().find(|(key, _)| *key == name)?;
    Some(value)
}
