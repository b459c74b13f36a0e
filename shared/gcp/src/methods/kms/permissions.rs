//! Permissions on key rings, keys and key versions.

use crate::RequiredPermission;

/// The fields that are read of an operation.
pub(super) const OPERATION_FIELDS: &[&str] = &["name", "done", "error"];

/// `permission` on the KMS resource of that name.
pub(super) fn on_resource(permission: &'static str, name: &str) -> Vec<RequiredPermission> {
    vec![RequiredPermission::on(
        permission,
        "cloudkms.googleapis.com",
        name,
    )]
}
