//! Declaring a [`Method`].

use crate::{Idempotency, Method, On, Request, RequiredPermission, ResponseKind};
use http::Method as Verb;

/// Builders, so that a declaration states only what differs from the default:
/// only a GET is idempotent, the response is JSON, no permission is required.
impl Method {
    const fn new(
        id: &'static str,
        verb: Verb,
        path: &'static str,
        idempotency: Idempotency,
    ) -> Self {
        Self {
            id,
            verb,
            path,
            query: &[],
            request_fields: &[],
            response_fields: &[],
            idempotency,
            response: ResponseKind::Json,
            needs: &[],
            requires: |_| Vec::new(),
        }
    }

    /// A GET, which is idempotent.
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

    /// Sets [`Method::request_fields`].
    #[must_use]
    pub const fn request_fields(mut self, fields: &'static [&'static str]) -> Self {
        self.request_fields = fields;
        self
    }

    /// Sets [`Method::response_fields`].
    #[must_use]
    pub const fn response_fields(mut self, fields: &'static [&'static str]) -> Self {
        self.response_fields = fields;
        self
    }

    /// Sets [`Method::idempotency`].
    #[must_use]
    pub const fn idempotency(mut self, idempotency: Idempotency) -> Self {
        self.idempotency = idempotency;
        self
    }

    /// Sets [`Method::response`].
    #[must_use]
    pub const fn response(mut self, response: ResponseKind) -> Self {
        self.response = response;
        self
    }

    /// A method that returns an operation, of which these fields are read.
    #[must_use]
    pub const fn operation(self, response: ResponseKind, fields: &'static [&'static str]) -> Self {
        self.response(response).response_fields(fields)
    }

    /// Sets [`Method::needs`].
    #[must_use]
    pub const fn needs(mut self, needs: &'static [(&'static str, On)]) -> Self {
        self.needs = needs;
        self
    }

    /// Sets [`Method::requires`].
    #[must_use]
    pub const fn requires(mut self, requires: fn(&Request) -> Vec<RequiredPermission>) -> Self {
        self.requires = requires;
        self
    }
}
