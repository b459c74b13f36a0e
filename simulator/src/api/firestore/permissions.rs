//! The permissions that methods require: IAM guards databases, not documents.

use super::path::database;
use crate::{
    Call,
    iam::{Need, Resource},
};

/// IAM guards databases, not documents.
pub(super) fn needs(call: &Call, permissions: &[&'static str]) -> Vec<Need> {
    let name = database(call);
    let resource = Resource::new("firestore.googleapis.com", "Database", name);
    let need = |p: &&'static str| Need::new(p, resource.clone());
    permissions.iter().map(need).collect()
}

pub(super) fn on_project(call: &Call, permission: &'static str) -> Vec<Need> {
    vec![Need::new(
        permission,
        Resource::project(call.path("projectsId")),
    )]
}
