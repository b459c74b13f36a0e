//! A Google API method as a value.

use crate::Request;
use http::Method as Verb;

/// One method of one Google API, declared once.
#[derive(Debug)]
pub struct Method {
    /// Its id in Google's discovery document (`compute.instances.insert`).
    pub id: &'static str,
    /// The HTTP verb.
    pub verb: Verb,
    /// The path after the host, `{name}` for each parameter; `{+name}` for one
    /// that spans several segments.
    pub path: &'static str,
    /// The query parameters that groundcrew sends.
    pub query: &'static [&'static str],
    /// The body's fields that groundcrew sends, dotted (`scheduling.preemptible`).
    pub sends: &'static [&'static str],
    /// The answer's fields that groundcrew reads, dotted.
    pub reads: &'static [&'static str],
    /// Whether a request that may have been applied can be sent again.
    pub repeat: Repeat,
    /// What the answer is.
    pub answer: Answer,
    /// The permissions that a request needs, each with the resource it is
    /// asked on. Some depend on the body.
    pub needs: fn(&Request) -> Vec<Need>,
}

/// Whether a request that may have been applied can be sent again.
#[derive(Debug, Clone, Copy)]
pub enum Repeat {
    /// Doing it twice is doing it once.
    Safe,
    /// Only if this says so of the request (it carries a request id or a
    /// precondition).
    If(fn(&Request) -> bool),
    /// Never; it is sent again only if it surely was not sent.
    Never,
}

/// What the answer to a method is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The thing itself, as JSON.
    Json,
    /// The bytes of an object.
    Media,
    /// Compute's operation: `status: DONE`, errors inside.
    ComputeOperation,
    /// `google.longrunning.Operation`: `done`, `response` or `error`.
    Operation,
    /// Nothing.
    Empty,
}

/// A permission on a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// Such as `compute.instances.create`.
    pub permission: &'static str,
    /// The full resource name, `//compute.googleapis.com/projects/…`.
    pub resource: String,
}

impl Need {
    /// `permission` on `//service/name`.
    #[must_use]
    pub fn on(permission: &'static str, service: &str, name: &str) -> Self {
        Self {
            permission,
            resource: format!("//{service}/{name}"),
        }
    }
}
