//! The custom roles of each identity: one per kind of resource, bound on that
//! resource, with exactly the permissions that its API calls need. Pure.

use crate::{CUSTOMER, Deployment, Identity, identity::account, project};
use account::{Spec, calls as setup};
use gcp::{BindingScope, Message, methods::pubsub::publish_request};
use ledger::Ledger;
use names::{Internet, ProjectId, ServiceAccountEmail};
use std::collections::{BTreeMap, BTreeSet};

/// A custom role of one identity, and the resource it is bound on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityRole {
    /// The identity.
    pub identity: Identity,
    /// The service account that the role is granted to.
    pub account: ServiceAccountEmail,
    /// The project that contains the role.
    pub project: ProjectId,
    /// The role's ID, such as `groundcrewJobChangedBucket`.
    pub id: String,
    /// The resource that the role is bound on.
    pub scope: BindingScope,
    /// The permissions, sorted.
    pub permissions: Vec<&'static str>,
}

impl IdentityRole {
    /// `projects/{project}/roles/{id}`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("projects/{}/roles/{}", self.project, self.id)
    }

    /// Its purpose.
    #[must_use]
    pub fn description(&self) -> String {
        let (identity, kind) = (self.identity.name(), self.scope.kind);
        format!("Exactly the permissions that {identity} needs on its {kind}.")
    }
}

/// Every role of `deployment`. Roles in customers' projects are those of
/// [`CUSTOMER`], which stands for all of them and has everything that a spec can
/// ask for.
///
/// # Panics
/// Never: [`CUSTOMER`] is a valid project ID.
#[must_use]
pub fn roles(deployment: &Deployment) -> Vec<IdentityRole> {
    let mut all: Vec<IdentityRole> = Vec::new();
    let mut customer = Spec::of(CUSTOMER.parse().expect("a project ID"));
    customer.internet = Internet::Nat;
    for identity in Identity::all() {
        for (scope, permissions) in grants(identity, deployment, &customer) {
            let permissions: Vec<&'static str> = permissions.into_iter().collect();
            let mut id = format!("groundcrew{}{}", camel(identity.name()), camel(scope.kind));
            // If an identity has two roles for one kind, the second ID includes the
            // resource.
            if all
                .iter()
                .any(|r| r.id == id && r.permissions != permissions)
            {
                let last = scope.resource.rsplit('/').next().unwrap_or_default();
                id.push_str(&camel(last.split('@').next().unwrap_or_default()));
            }
            all.push(IdentityRole {
                identity,
                account: account(deployment, identity),
                project: role_project(deployment, &customer, &scope),
                id,
                scope,
                permissions,
            });
        }
    }
    all
}

/// The permissions that `identity` needs, by the resource to bind them on. For
/// identities that act in customers' projects, those of `customer` stand for all.
fn grants(
    identity: Identity,
    deployment: &Deployment,
    customer: &Spec,
) -> BTreeMap<BindingScope, BTreeSet<&'static str>> {
    let (database, topics) = (&deployment.settings.database, &deployment.topics);
    let settings = &deployment.settings;
    let mut calls = match identity {
        Identity::Jobs(jobs::Identity::JobQueued | jobs::Identity::MaintenanceNoticed) => {
            jobs::Flow::calls(settings)
        }
        Identity::Jobs(jobs::Identity::JobChanged) => jobs::Flow::calls_when_overdue(settings),
        Identity::Jobs(jobs::Identity::Sweep) => {
            let mut calls = jobs::Sweep::calls(database, &topics.changes);
            calls.extend(account::Sweep::calls(database, &deployment.provisioned));
            calls
        }
        Identity::Jobs(jobs::Identity::ResourceManager) => {
            return gcp::grants(&jobs::EffectRunner::machine_calls(settings));
        }
        Identity::Jobs(jobs::Identity::Instances) => {
            let calls = agent::calls(&settings.bucket, &settings.reports, settings.key.as_ref());
            return gcp::grants(&calls);
        }
        Identity::ProjectProvisioned => Ledger::update_calls(database),
    };
    calls.push(publish_request(&topics.dead_letters, &Message::default()));
    let mut grants = gcp::grants(&calls);
    if identity == Identity::ProjectProvisioned {
        grants.extend(setup::grants(customer, &project::settings(deployment)));
    }
    grants
}

/// The project that must contain a role bound on `scope`: custom roles of a
/// project can be granted only inside that project.
fn role_project(deployment: &Deployment, customer: &Spec, scope: &BindingScope) -> ProjectId {
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
