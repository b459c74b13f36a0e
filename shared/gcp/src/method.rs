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
    pub idempotency: Idempotency,
    /// What the answer is.
    pub response: ResponseKind,
    /// The permissions that a request needs, each with the resource it is
    /// asked on. Some depend on the body.
    pub requires: fn(&Request) -> Vec<RequiredPermission>,
}

/// Builders, so that the table states only what is not usual: by default a
/// GET repeats and nothing else does, the answer is JSON, nothing is needed.
impl Method {
    const fn new(id: &'static str, verb: Verb, path: &'static str, repeat: Idempotency) -> Self {
        Self {
            id,
            verb,
            path,
            query: &[],
            sends: &[],
            reads: &[],
            idempotency: repeat,
            response: ResponseKind::Json,
            requires: |_| Vec::new(),
        }
    }

    /// A GET, which may always be repeated.
    #[must_use]
    pub const fn get(id: &'static str, path: &'static str) -> Self {
        Self::new(id, Verb::GET, path, Idempotency::Always)
    }

    /// A POST.
    #[must_use]
    pub const fn post(id: &'static str, path: &'static str) -> Self {
        Self::new(id, Verb::POST, path, Idempotency::Never)
    }

    /// A PUT.
    #[must_use]
    pub const fn put(id: &'static str, path: &'static str) -> Self {
        Self::new(id, Verb::PUT, path, Idempotency::Never)
    }

    /// A PATCH.
    #[must_use]
    pub const fn patch(id: &'static str, path: &'static str) -> Self {
        Self::new(id, Verb::PATCH, path, Idempotency::Never)
    }

    /// A DELETE.
    #[must_use]
    pub const fn delete(id: &'static str, path: &'static str) -> Self {
        Self::new(id, Verb::DELETE, path, Idempotency::Never)
    }

    /// Sets [`Method::query`].
    #[must_use]
    pub const fn query(mut self, query: &'static [&'static str]) -> Self {
        self.query = query;
        self
    }

    /// Sets [`Method::sends`].
    #[must_use]
    pub const fn sends(mut self, sends: &'static [&'static str]) -> Self {
        self.sends = sends;
        self
    }

    /// Sets [`Method::reads`].
    #[must_use]
    pub const fn reads(mut self, reads: &'static [&'static str]) -> Self {
        self.reads = reads;
        self
    }

    /// Sets [`Method::repeat`].
    #[must_use]
    pub const fn idempotency(mut self, repeat: Idempotency) -> Self {
        self.idempotency = repeat;
        self
    }

    /// Sets [`Method::answer`].
    #[must_use]
    pub const fn response(mut self, answer: ResponseKind) -> Self {
        self.response = answer;
        self
    }

    /// Sets [`Method::needs`].
    #[must_use]
    pub const fn requires(mut self, needs: fn(&Request) -> Vec<RequiredPermission>) -> Self {
        self.requires = needs;
        self
    }
}

/// Whether a request that may have been applied can be sent again.
#[derive(Debug, Clone, Copy)]
pub enum Idempotency {
    /// Doing it twice is doing it once.
    Always,
    /// Only if this says so of the request (it carries a request id or a
    /// precondition).
    If(fn(&Request) -> bool),
    /// Never; it is sent again only if it surely was not sent.
    Never,
}

/// What the answer to a method is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseKind {
    /// The thing itself, as JSON.
    Json,
    /// The bytes of an object.
    Media,
    /// Compute's operation: `status: DONE`, errors inside.
    ComputeOperation,
    /// `google.longrunning.Operation`: `done`, `response` or `error`.
    Operation,
    /// GKE's and Cloud SQL's operation: `status: DONE`, `error` beside it.
    ContainerOperation,
    /// Nothing.
    Empty,
}

/// A permission on a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequiredPermission {
    /// Such as `compute.instances.create`.
    pub permission: &'static str,
    /// The full resource name, `//compute.googleapis.com/projects/…`.
    pub resource: String,
}

impl RequiredPermission {
    /// `permission` on a service account, given by its address or its name.
    #[must_use]
    pub fn on_account(permission: &'static str, account: &str) -> Self {
        let email = account.rsplit('/').next().unwrap_or(account);
        let name = format!("projects/-/serviceAccounts/{email}");
        Self::on(permission, "iam.googleapis.com", &name)
    }

    /// `permission` on the project of that id: for what is asked on no
    /// smaller resource (to create or list).
    #[must_use]
    pub fn on_project(permission: &'static str, project: &str) -> Self {
        let project = project.strip_prefix("projects/").unwrap_or(project);
        Self {
            permission,
            resource: format!("//cloudresourcemanager.googleapis.com/projects/{project}"),
        }
    }

    /// `permission` on `//service/name`.
    #[must_use]
    pub fn on(permission: &'static str, service: &str, name: &str) -> Self {
        Self {
            permission,
            resource: format!("//{service}/{name}"),
        }
    }
}
