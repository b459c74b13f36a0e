//! Resource Manager: projects and their liens (v1, v3), folders (v2, v3), and
//! organisations (v1, v3).
//!
//! The versions of the API show the same rows in different forms. Rows have the
//! form of v3; a kind for another version converts in `prepare` and `render`.
//!
//! Not simulated: tags, and what a deletion does to the resources inside:
//! calls to a deleted project are refused, but machines keep running, and names
//! of resources outlive a project that is removed after 30 days.

mod fields;
mod folder;
mod hierarchy;
mod lien;
mod organization;
mod project;
mod setup;
#[cfg(test)]
mod tests;

pub(crate) use folder::{FOLDER, FOLDER_V2};
pub(crate) use lien::{LIEN, LIEN_V1};
pub(crate) use organization::ORGANIZATION_ROUTES;
pub(crate) use project::{PROJECT, PROJECT_V1};

use crate::{
    Call,
    iam::{RequiredPermission, Resource, policy_get},
    route::{Route, routes},
};

pub(crate) const ROUTES: &[Route] = routes! {
    "cloudresourcemanager" "cloudresourcemanager.organizations.getIamPolicy" POST "/v3/organizations/{organization}:getIamPolicy"
        |_, call| Ok(vec![RequiredPermission::new("resourcemanager.organizations.getIamPolicy", organization(call))]),
        |cloud, call| policy_get(cloud, &organization(call).full_name(), call);
};

fn organization(call: &Call) -> Resource {
    hierarchy::container(&format!("organizations/{}", call.path("organization")))
}
