//! Each identity's custom roles: one per kind of resource, bound on that
//! resource, with exactly the permissions that its calls need. Pure.

use super::{CUSTOMER, Deployment, Identity};
use account::Spec;
use gcp::BindingScope;
use jobs::calls;
use names::{ProjectId, ServiceAccountEmail};

/// A custom role of one identity, and where it is bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Whose it is.
    pub identity: Identity,
    /// The account that it is granted to.
    pub account: ServiceAccountEmail,
    /// The project that defines it.
    pub project: ProjectId,
    /// The role's id, such as `groundcrewJobChangedBucket`.
    pub id: String,
    /// Where it is bound.
    pub scope: BindingScope,
    /// Its permissions, sorted.
    pub permissions: Vec<&'static str>,
}

impl Role {
    /// `projects/{project}/roles/{id}`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("projects/{}/roles/{}", self.project, self.id)
    }
}

/// Every role of `deployment`. What acts in the projects of customers is
/// granted in that of the local cloud's, which stands for all of them.
///
/// # Panics
/// Never: that is a project's id.
#[must_use]
pub fn roles(deployment: &Deployment) -> Vec<Role> {
    let mut all: Vec<Role> = Vec::new();
    let customer = Spec::of(CUSTOMER.parse().expect("a project's id"));
    for identity in Identity::all() {
        for (scope, permissions) in identity.grants(deployment, &customer) {
            let permissions: Vec<&'static str> = permissions.into_iter().collect();
            let mut id = format!("groundcrew{}{}", camel(identity.name()), camel(scope.kind));
            // Two resources of one kind: the second role is named after its resource.
            if all
                .iter()
                .any(|r| r.id == id && r.permissions != permissions)
            {
                let last = scope.resource.rsplit('/').next().unwrap_or_default();
                id.push_str(&camel(last.split('@').next().unwrap_or_default()));
            }
            all.push(Role {
                identity,
                account: account(deployment, identity),
                project: home_of(deployment, &customer, &scope),
                id,
                scope,
                permissions,
            });
        }
    }
    all
}

/// The account of `identity`.
///
/// # Panics
/// Never: a function's name and a project's id make an account's.
#[must_use]
pub fn account(deployment: &Deployment, identity: impl Into<Identity>) -> ServiceAccountEmail {
    let identity = identity.into();
    match identity {
        Identity::Jobs(calls::Identity::ResourceManager) => {
            deployment.settings.resource_manager.clone()
        }
        Identity::Jobs(calls::Identity::Instances) => deployment.settings.instances_account.clone(),
        Identity::Jobs(
            calls::Identity::JobQueued
            | calls::Identity::JobChanged
            | calls::Identity::MaintenanceNoticed
            | calls::Identity::Sweep,
        )
        | Identity::ProjectProvisioned => format!(
            "{}@{}.iam.gserviceaccount.com",
            identity.name(),
            deployment.home
        )
        .parse()
        .expect("a function's name makes an account's"),
    }
}

/// The project that a role bound at `scope` must be defined in: a project's
/// custom role can be granted only inside that project.
fn home_of(deployment: &Deployment, customer: &Spec, scope: &BindingScope) -> ProjectId {
    if scope
        .resource
        .ends_with(&format!("/projects/{}", customer.project))
    {
        return customer.project.clone();
    }
    let jobs = &deployment.settings.project;
    let inside_jobs = scope.kind == "bucket"
        || scope.resource.contains(&format!("/projects/{jobs}/"))
        || scope.resource.ends_with(&format!("/projects/{jobs}"))
        || scope
            .resource
            .ends_with(&format!("@{jobs}.iam.gserviceaccount.com"));
    if inside_jobs {
        jobs.clone()
    } else {
        deployment.home.clone()
    }
}

fn camel(name: &str) -> String {
    name.split('-')
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_uppercase().chain(letters).collect()
            })
        })
        .collect()
}
