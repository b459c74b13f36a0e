//! Resources, required permissions, and the errors if they are missing.

use crate::{ApiError, iam::Principal};
use serde_json::json;

/// A resource on which permissions are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// The service, `compute.googleapis.com`; `resource.service` in conditions.
    pub service: &'static str,
    /// The type, `Instance`; with the service, `resource.type` in conditions.
    pub kind: &'static str,
    /// `projects/p/zones/z/instances/i`; `resource.name` in conditions.
    /// Storage writes `projects/_/buckets/b/objects/o`.
    pub name: String,
}

impl Resource {
    /// The resource `name` of `service`.
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

    /// A project, by ID or number.
    #[must_use]
    pub fn project(id: &str) -> Self {
        Self::new(
            "cloudresourcemanager.googleapis.com",
            "Project",
            format!("projects/{id}"),
        )
    }

    /// A service account, by email address or unique ID; `project` may be `-`.
    #[must_use]
    pub fn service_account(project: &str, email: &str) -> Self {
        let name = format!("projects/{project}/serviceAccounts/{email}");
        Self::new("iam.googleapis.com", "ServiceAccount", name)
    }
}

/// A permission that a call requires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequiredPermission {
    /// The permission, such as `compute.instances.create`.
    pub permission: &'static str,
    /// The resource; a grant on any of its ancestors suffices.
    pub resource: Resource,
}

impl RequiredPermission {
    /// `permission` on `resource`.
    #[must_use]
    pub fn new(permission: &'static str, resource: Resource) -> Self {
        Self {
            permission,
            resource,
        }
    }

    /// The error if the permission is missing, with the message of the
    /// resource's service: 403, or 401 if unauthenticated.
    pub(crate) fn refusal(&self, principal: &Principal) -> ApiError {
        let Self {
            permission,
            resource,
        } = self;
        let noun = match (resource.service, resource.kind) {
            ("storage.googleapis.com", "Object") => "object",
            ("storage.googleapis.com", "Bucket") => "bucket",
            ("storage.googleapis.com", _) => "project",
            // In its words for a project too.
            _ if permission.starts_with("compute.") => {
                return refuse(
                    principal,
                    format!("Required '{permission}' permission for '{}'", resource.name),
                );
            }
            _ if principal.is_anonymous() => return ApiError::unauthenticated(MISSING_CREDENTIALS),
            ("serviceusage.googleapis.com", _) => return self.service_refusal(),
            _ => {
                let name = resource.full_name();
                let mut error = ApiError::permission_denied(format!(
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

impl RequiredPermission {
    /// Service Usage's message contains the attempted action. Those for enable
    /// and list are from bug reports, the others are by analogy.
    fn service_refusal(&self) -> ApiError {
        let (_, verb) = self.permission.rsplit_once('.').unwrap_or_default();
        let name = &self.resource.name;
        let mut error = ApiError::permission_denied(match name.split_once("/services/") {
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
    ApiError::permission_denied(message)
}

const MISSING_CREDENTIALS: &str = "Request is missing required authentication credential. Expected OAuth 2 \
    access token, login cookie or other valid authentication credential. See \
    https://developers.google.com/identity/sign-in/web/devconsole-project.";
