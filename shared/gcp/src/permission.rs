//! Permissions that a request requires.

/// A permission, and the resource that IAM checks it on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequiredPermission {
    /// The permission, such as `compute.instances.create`.
    pub permission: &'static str,
    /// The full resource name, `//compute.googleapis.com/projects/…`.
    pub resource: String,
}

impl RequiredPermission {
    /// `permission` on a service account, given by its email or resource name.
    #[must_use]
    pub fn on_service_account(permission: &'static str, account: &str) -> Self {
        let email = account.rsplit('/').next().unwrap_or(account);
        let name = format!("projects/-/serviceAccounts/{email}");
        Self::on(permission, "iam.googleapis.com", &name)
    }

    /// `permission` on a project, given by its ID or `projects/{id}`: for
    /// methods that create or list and are checked on no smaller resource.
    #[must_use]
    pub fn on_project(permission: &'static str, project: &str) -> Self {
        let project = project.strip_prefix("projects/").unwrap_or(project);
        Self {
            permission,
            resource: format!("//cloudresourcemanager.googleapis.com/projects/{project}"),
        }
    }

    /// `permission` on the resource `//{service}/{name}`.
    #[must_use]
    pub fn on(permission: &'static str, service: &str, name: &str) -> Self {
        Self {
            permission,
            resource: format!("//{service}/{name}"),
        }
    }
}
