//! Permissions that a request requires.

/// The resource that IAM checks a permission on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// The resource that the path names; its parent, where the method lists or
    /// creates.
    Resource,
    /// The project that the path or the query names.
    Project,
    /// The resource that the method creates: the body has its `name`.
    New,
    /// The project, folder or organization that the query or the body names as
    /// `parent`.
    Parent,
}

/// The response of the methods that test permissions: those that the caller has.
#[derive(serde::Deserialize)]
pub(crate) struct GrantedPermissions {
    #[serde(default)]
    pub(crate) permissions: Vec<String>,
}

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

    /// `permission` on the resource of `api` at this path; Cloud Storage and
    /// service accounts have names that differ from their paths.
    pub(crate) fn at(permission: &'static str, api: &str, path: &str) -> Self {
        let is_project = path.starts_with("projects/") && path.matches('/').count() == 1;
        if is_project {
            return Self::on_project(permission, path);
        }
        if path.contains("/serviceAccounts/") {
            return Self::on_service_account(permission, path);
        }
        let service = format!("{api}.googleapis.com");
        let Some(bucket) = path.strip_prefix("b/") else {
            return Self::on(permission, &service, path);
        };
        let name = match bucket.split_once("/o/") {
            Some((bucket, object)) if !bucket.contains('/') => format!("{bucket}/objects/{object}"),
            Some(_) | None => bucket.to_owned(),
        };
        Self::on(permission, &service, &format!("projects/_/buckets/{name}"))
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
