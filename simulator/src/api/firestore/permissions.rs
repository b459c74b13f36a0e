//! Required permissions.

use super::path::database;
use crate::{
    Call,
    iam::{RequiredPermission, Resource},
};

/// IAM guards databases, not single documents.
pub(super) fn required_permissions(
    call: &Call,
    permissions: &[&'static str],
) -> Vec<RequiredPermission> {
    let name = database(call);
    let resource = Resource::new("firestore.googleapis.com", "Database", name);
    let required = |p: &&'static str| RequiredPermission::new(p, resource.clone());
    permissions.iter().map(required).collect()
}

pub(super) fn on_project(call: &Call, permission: &'static str) -> Vec<RequiredPermission> {
    vec![RequiredPermission::new(
        permission,
        Resource::project(call.path("projectsId")),
    )]
}
