//! IAM policies. A whole policy is one resource; bindings of others in it stay.

use super::{api::api_of, context::Context};
use crate::{
    CompareRule, DesiredFields, Fault, FieldValue, Grant, ObservedState, PolicyTarget, ResourceId,
    grant::grant_text,
};
use gcp::{
    Client, Error, Request,
    policy::{self, Binding, SetIamPolicy},
};
use names::DeploymentName;
use std::collections::{BTreeMap, BTreeSet};

/// The grants that the IAM policy of a resource must contain. Everything else
/// in the policy stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyGrants {
    /// The resource that the policy belongs to.
    pub target: PolicyTarget,
    /// The grants.
    pub grants: BTreeSet<Grant>,
}

impl PolicyGrants {
    pub(super) fn id(&self) -> ResourceId {
        ResourceId::Policy(self.target.clone())
    }

    pub(super) fn dependencies(&self) -> Vec<ResourceId> {
        let named = self.grants.iter().flat_map(|grant| {
            let role = grant.role.custom().map(ResourceId::Role);
            role.into_iter()
                .chain(grant.member.account().map(ResourceId::Account))
        });
        let target = match &self.target {
            PolicyTarget::Project(project) => {
                api_of(project, "cloudresourcemanager.googleapis.com")
            }
            PolicyTarget::Topic(topic) => api_of(topic.project(), "pubsub.googleapis.com"),
            PolicyTarget::Account(_)
            | PolicyTarget::Key(_)
            | PolicyTarget::Bucket(_)
            | PolicyTarget::Folder(_)
            | PolicyTarget::ResourceFolder(_)
            | PolicyTarget::BillingAccount(_) => self.target.resource(),
        };
        target.into_iter().chain(named).collect()
    }

    pub(super) fn desired_fields(&self, _: Option<&DeploymentName>) -> DesiredFields {
        let grants = self.grants.iter().map(Grant::to_string).collect();
        [("grants", (FieldValue::Set(grants), CompareRule::Contains))].into()
    }

    pub(super) fn calls(&self) -> Vec<Request> {
        calls(&self.target)
    }

    /// Adds the missing grants and removes `removed` in one write.
    pub(super) async fn apply(
        &self,
        context: &Context<'_>,
        removed: &BTreeSet<Grant>,
    ) -> Result<(), Fault> {
        edit(context.client, &self.target, &self.grants, removed).await
    }
}

pub(super) async fn remove_grants(
    client: &Client,
    target: &PolicyTarget,
    removed: &BTreeSet<Grant>,
) -> Result<(), Fault> {
    edit(client, target, &BTreeSet::new(), removed).await
}

async fn edit(
    client: &Client,
    target: &PolicyTarget,
    added: &BTreeSet<Grant>,
    removed: &BTreeSet<Grant>,
) -> Result<(), Fault> {
    let mut after = read(client, target).await?;
    let mut changed = false;
    for grant in removed {
        let condition = grant.gcp_condition();
        changed |= policy::remove(
            &mut after,
            grant.role.as_str(),
            grant.member.as_str(),
            condition.as_ref(),
        );
    }
    for grant in added {
        let condition = grant.gcp_condition();
        let (role, member) = (grant.role.as_str(), grant.member.as_str());
        changed |= remove_deleted_members(&mut after, grant);
        changed |= policy::merge(&mut after, role, member, condition.as_ref());
    }
    match changed {
        true => write_checked(client, target, &after).await,
        false => Ok(()),
    }
}

/// Writes a policy, and checks that Google's answer has the bindings that were
/// written.
pub(super) async fn write_checked(
    client: &Client,
    target: &PolicyTarget,
    after: &gcp::Policy,
) -> Result<(), Fault> {
    let written = write(client, target, after).await?;
    match members_by_binding(after) == members_by_binding(&written) {
        true => Ok(()),
        false => Err(Fault::PolicyMismatch),
    }
}

/// Removes deleted accounts from the grant's own binding.
fn remove_deleted_members(policy: &mut gcp::Policy, grant: &Grant) -> bool {
    let condition = grant.gcp_condition();
    let deleted: Vec<String> = policy
        .bindings
        .iter()
        .filter(|binding| binding.role == grant.role.as_str())
        .flat_map(|binding| &binding.members)
        .filter(|member| grant.is_deleted_member(member))
        .cloned()
        .collect();
    let role = grant.role.as_str();
    let mut changed = false;
    for member in deleted {
        changed |= policy::remove(policy, role, &member, condition.as_ref());
    }
    changed
}

/// What identifies a binding: its role, and its condition's title and
/// expression.
type BindingKey<'a> = (&'a str, Option<(&'a str, &'a str)>);

fn members_by_binding(policy: &gcp::Policy) -> BTreeMap<BindingKey<'_>, BTreeSet<&str>> {
    let mut all: BTreeMap<BindingKey<'_>, BTreeSet<&str>> = BTreeMap::new();
    for binding in policy.bindings.iter().filter(|b| !b.members.is_empty()) {
        let members = binding.members.iter().map(String::as_str);
        all.entry(binding_key(binding)).or_default().extend(members);
    }
    all
}

pub(super) fn binding_key(binding: &Binding) -> BindingKey<'_> {
    let condition = binding.condition.as_ref();
    let condition = condition.map(|c| (c.title.as_str(), c.expression.as_str()));
    (binding.role.as_str(), condition)
}

pub(super) async fn read(client: &Client, target: &PolicyTarget) -> Result<gcp::Policy, Error> {
    policy::get(client, target.iam_resource()).await
}

async fn write(
    client: &Client,
    target: &PolicyTarget,
    new: &gcp::Policy,
) -> Result<gcp::Policy, Error> {
    policy::set(client, target.iam_resource(), new).await
}

/// A sample of both requests on the policy of `target`.
fn calls(target: &PolicyTarget) -> Vec<Request> {
    let resource = target.iam_resource();
    vec![
        resource.get_iam_policy(),
        resource.set_iam_policy(&gcp::Policy::default()),
    ]
}

impl PolicyTarget {
    /// The resource whose IAM policy the target is.
    fn iam_resource(&self) -> &dyn SetIamPolicy {
        match self {
            Self::Project(project) => project,
            Self::Account(email) => email,
            Self::Key(key) => key,
            Self::Bucket(bucket) => bucket,
            Self::Folder(folder) => folder,
            Self::Topic(topic) => topic,
            Self::ResourceFolder(folder) => folder,
            Self::BillingAccount(account) => account,
        }
    }
}

pub(super) async fn observe(
    client: &Client,
    target: &PolicyTarget,
) -> Result<Option<ObservedState>, Error> {
    let policy = read(client, target).await?;
    let grants = policy.bindings.iter().flat_map(|binding| {
        let (role, condition) = binding_key(binding);
        let members = binding.members.iter();
        members.map(move |member| grant_text(role, member, condition))
    });
    Ok(Some(ObservedState {
        fields: [("grants", FieldValue::Set(grants.collect()))].into(),
        ..ObservedState::existing()
    }))
}
