//! Permissions on projects and service accounts.

use crate::RequiredPermission;

/// `permission` on the project that `name`, `projects/{project}` or a resource
/// below, belongs to.
pub(super) fn on_project_of(permission: &'static str, name: &str) -> Vec<RequiredPermission> {
    let project = name.split('/').nth(1).unwrap_or_default();
    vec![RequiredPermission::on_project(permission, project)]
}

/// `permission` on the service account of that name.
pub(super) fn on_account(permission: &'static str, name: &str) -> Vec<RequiredPermission> {
    vec![RequiredPermission::on_service_account(permission, name)]
}
