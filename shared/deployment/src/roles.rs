//! The custom roles of each identity: one per kind of resource, bound on that
//! resource, with exactly the permissions that its API calls need. Pure.

use crate::{Deployment, Identity, identity::account, project};
use account::{Spec, calls as setup};
use gcp::{BindingScope, Message, methods::pubsub::publish_request};
use ledger::Ledger;
use names::{ProjectId, ServiceAccountEmail};
use product::calls as products;
use std::collections::{BTreeMap, BTreeSet};

/// A custom role of one identity, and the resource it is bound on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityRole {
    /// The identity.
    pub identity: Identity,
    /// The service account that the role is granted to.
    pub account: ServiceAccountEmail,
    /// The project that contains the role; `None` if the organisation does.
    pub project: Option<ProjectId>,
    /// The role's ID, such as `groundcrewJobChangedBucket`.
    pub id: String,
    /// The resource that the role is bound on.
    pub scope: BindingScope,
    /// The permissions, sorted.
    pub permissions: Vec<&'static str>,
}

impl IdentityRole {
    /// `projects/{project}/roles/{id}`, or that in `organization`
    /// (`organizations/{number}`).
    #[must_use]
    pub fn name(&self, organization: &str) -> String {
        match &self.project {
            Some(project) => format!("projects/{project}/roles/{}", self.id),
            None => format!("{organization}/roles/{}", self.id),
        }
    }

    /// Its purpose.
    #[must_use]
    pub fn description(&self) -> String {
        let identity = self.identity.name();
        let kind = self.scope.kind.replace('-', " ");
        format!("Exactly the permissions that {identity} needs on its {kind}.")
    }
}

/// Every role of `deployment`. Roles in customers' projects are those of
/// [`crate::CUSTOMER`], and those that make products are bound where
/// [`products::sample`] is: they stand for all, and have everything that a spec can
/// ask for.
#[must_use]
pub fn roles(deployment: &Deployment) -> Vec<IdentityRole> {
    let mut all: Vec<IdentityRole> = Vec::new();
    let customer = project::customer();
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
            calls.extend(product::Sweep::calls(database, &deployment.products));
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
        Identity::ProductRequested => {
            let mut calls = Ledger::update_calls(database);
            calls.push(publish_request(
                &deployment.provisioned,
                &Message::default(),
            ));
            calls
        }
    };
    calls.push(publish_request(&topics.dead_letters, &Message::default()));
    let mut grants = gcp::grants(&calls);
    if identity == Identity::ProjectProvisioned {
        grants.extend(setup::grants(customer, &project::settings(deployment)));
    }
    if identity == Identity::ProductRequested {
        let settings = project::product_settings(deployment);
        grants.extend(products::grants(&products::sample(), &settings));
    }
    grants
}

/// The project that must contain a role bound on `scope`: custom roles of a
/// project can be granted only inside that project, so that those on folders and
/// billing accounts are the organisation's.
fn role_project(
    deployment: &Deployment,
    customer: &Spec,
    scope: &BindingScope,
) -> Option<ProjectId> {
    if matches!(scope.kind, "folder" | "organization" | "billing-account") {
        return None;
    }
    if scope
        .resource
        .ends_with(&format!("/projects/{}", customer.project))
    {
        return Some(customer.project.clone());
    }
    let jobs = &deployment.settings.project;
    let inside_jobs = scope.kind == "bucket"
        || scope.resource.contains(&format!("/projects/{jobs}/"))
        || scope.resource.ends_with(&format!("/projects/{jobs}"))
        || scope
            .resource
            .ends_with(&format!("@{jobs}.iam.gserviceaccount.com"));
    Some(match inside_jobs {
        true => jobs.clone(),
        false => deployment.home.clone(),
    })
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
