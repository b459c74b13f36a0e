//! Who may do what to which resource: the engine behind every call.

pub(crate) mod policy;

pub(crate) use policy::{policy_get, policy_set, policy_test};

use crate::{ApiError, Cloud, table::{Journaled, Table}};
use names::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A principal as it stands in a policy: `user:…`, `serviceAccount:…`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Principal(String);

impl Principal {
    /// A user.
    #[must_use]
    pub fn user(email: &str) -> Self {
        Self(format!("user:{email}"))
    }

    /// A service account.
    #[must_use]
    pub fn service_account(email: &str) -> Self {
        Self(format!("serviceAccount:{email}"))
    }

    /// Nobody: a call without a token.
    #[must_use]
    pub fn anonymous() -> Self {
        Self(String::new())
    }

    /// The address behind the colon.
    #[must_use]
    pub fn email(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, email)| email)
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A resource that a permission is asked on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// `compute.googleapis.com`; also `resource.service` in conditions.
    pub service: &'static str,
    /// `Instance`; with the service, `resource.type` in conditions.
    pub kind: &'static str,
    /// `projects/p/zones/z/instances/i`; `resource.name` in conditions.
    /// Storage writes `projects/_/buckets/b/objects/o`.
    pub name: String,
}

impl Resource {
    /// A resource of `service` called `name`.
    pub fn new(service: &'static str, kind: &'static str, name: impl Into<String>) -> Self {
        Self { service, kind, name: name.into() }
    }

    /// `//service/name`, the key of its policy.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("//{}/{}", self.service, self.name)
    }

    /// A project.
    #[must_use]
    pub fn project(id: &str) -> Self {
        Self::new("cloudresourcemanager.googleapis.com", "Project", format!("projects/{id}"))
    }

    /// A service account; `project` may be `-`.
    #[must_use]
    pub fn service_account(project: &str, email: &str) -> Self {
        let name = format!("projects/{project}/serviceAccounts/{email}");
        Self::new("iam.googleapis.com", "ServiceAccount", name)
    }
}

/// A permission that a call needs on a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// Such as `compute.instances.create`.
    pub permission: &'static str,
    /// What it must be granted on (or above).
    pub resource: Resource,
}

impl Need {
    /// `permission` on `resource`.
    #[must_use]
    pub fn new(permission: &'static str, resource: Resource) -> Self {
        Self { permission, resource }
    }

    /// The 403 that says so.
    pub(crate) fn refusal(&self, _principal: &Principal) -> ApiError {
        ApiError::denied(format!("Permission '{}' denied on resource '//{}/{}' (or it may not exist).", self.permission, self.resource.service, self.resource.name))
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Token {
    pub(crate) principal: Principal,
    pub(crate) expires: Timestamp,
}

/// A project, folder or organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Node {
    pub(crate) number: u64,
}

/// Projects, policies, roles, service accounts and live tokens.
#[derive(Debug, Clone)]
pub(crate) struct Iam {
    pub(crate) tokens: Table<Token>,
}

impl Iam {
    pub(crate) fn new() -> Self {
        Self { tokens: Table::new("tokens") }
    }

    pub(crate) fn tables(&mut self) -> Vec<&mut dyn Journaled> {
        vec![&mut self.tokens]
    }

    /// Says which project holds a resource whose name does not
    /// (`//storage.googleapis.com/projects/_/buckets/b`).
    pub(crate) fn place(&mut self, full_name: &str, project: &str) {
        let _ = (full_name, project);
    }

    /// The project with this id or number.
    pub(crate) fn project(&self, id_or_number: &str) -> Option<(&str, &Node)> {
        let _ = id_or_number;
        None
    }

    /// Forgets a resource that was placed, and its policy.
    pub(crate) fn displace(&mut self, full_name: &str) {
        let _ = full_name;
    }

    /// Who the bearer of this `Authorization` header is.
    pub(crate) fn authenticate(&self, header: &[u8], now: Timestamp) -> Result<Principal, ApiError> {
        let _ = (header, now);
        Err(ApiError::unauthenticated("Request had invalid authentication credentials."))
    }
}

impl Cloud {
    /// Whether `principal` has `permission` on `resource` at `now`.
    #[must_use]
    pub fn allows(&self, principal: &Principal, permission: &str, resource: &Resource, now: Timestamp) -> bool {
        let _ = (principal, permission, resource, now);
        false
    }
}
