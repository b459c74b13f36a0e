//! What is asked for, and the words of a refusal.

use crate::{ApiError, iam::Principal};
use serde_json::json;

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
        Self {
            service,
            kind,
            name: name.into(),
        }
    }

    /// `//service/name`, the key of its policy.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("//{}/{}", self.service, self.name)
    }

    /// A project, by id or number.
    #[must_use]
    pub fn project(id: &str) -> Self {
        Self::new(
            "cloudresourcemanager.googleapis.com",
            "Project",
            format!("projects/{id}"),
        )
    }

    /// A service account, by e-mail address or unique id; `project` may be `-`.
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
        Self {
            permission,
            resource,
        }
    }

    /// The 403 that says so, in the words of the resource's service; for
    /// nobody, a 401.
    pub(crate) fn refusal(&self, principal: &Principal) -> ApiError {
        let Self {
            permission,
            resource,
        } = self;
        let noun = match (resource.service, resource.kind) {
            ("storage.googleapis.com", "Object") => "object",
            ("storage.googleapis.com", "Bucket") => "bucket",
            ("storage.googleapis.com", _) => "project",
            ("compute.googleapis.com", _) => {
                return refuse(
                    principal,
                    format!("Required '{permission}' permission for '{}'", resource.name),
                );
            }
            _ if principal.is_anonymous() => return ApiError::unauthenticated(MISSING),
            ("serviceusage.googleapis.com", _) => return self.service_refusal(),
            _ => {
                let name = resource.full_name();
                let mut error = ApiError::denied(format!(
                    "Permission '{permission}' denied on resource '{name}' (or it may not exist)."
                ));
                error.details.push(json!({
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": "IAM_PERMISSION_DENIED",
                    "domain": "iam.googleapis.com",
                    "metadata": { "permission": permission, "resource": resource.name },
                }));
                return error;
            }
        };
        let who = if principal.is_anonymous() {
            "Anonymous caller"
        } else {
            principal.email()
        };
        refuse(
            principal,
            format!(
                "{who} does not have {permission} access to the Google Cloud Storage {noun}. \
                 Permission '{permission}' denied on resource (or it may not exist)."
            ),
        )
    }
}

impl Need {
    /// Service Usage says what was to be done. Its words for enable and list
    /// are from bug reports, the others by analogy.
    fn service_refusal(&self) -> ApiError {
        let (_, verb) = self.permission.rsplit_once('.').unwrap_or_default();
        let name = &self.resource.name;
        let mut error = ApiError::denied(match name.split_once("/services/") {
            Some((_, service)) => format!("Permission denied to {verb} service [{service}]"),
            None => format!("Permission denied to {verb} services for consumer container [{name}]"),
        });
        error.details.push(json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "AUTH_PERMISSION_DENIED",
            "domain": "serviceusage.googleapis.com",
        }));
        error
    }
}

fn refuse(principal: &Principal, message: String) -> ApiError {
    if principal.is_anonymous() {
        return ApiError {
            reason: "required",
            ..ApiError::unauthenticated(message)
        };
    }
    ApiError::denied(message)
}

const MISSING: &str = "Request is missing required authentication credential. Expected OAuth 2 \
    access token, login cookie or other valid authentication credential. See \
    https://developers.google.com/identity/sign-in/web/devconsole-project.";
