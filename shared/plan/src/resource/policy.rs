//! IAM policies. A whole policy is one resource; bindings of others in it stay.

use super::{
    api::api_of,
    context::Context,
    kind::{Deletion, Kind, RecognisedBy},
    resource_folder::numbered,
    row::Sent,
};
use crate::{
    CompareRule, DesiredFields, Fault, FieldValue, Grant, GrantCondition, Item, ObservedGrant,
    ObservedState, PolicyTarget, ResourceId, StepInput, Surplus, grant::is_basic_role_member,
};
use gcp::{ApiPath, Client, Collection, Error, Request, policy};
use names::DeploymentId;
use std::collections::BTreeSet;

/// The grants that the IAM policy of a resource must contain. Everything else
/// in the policy stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyGrants {
    /// The resource that the policy belongs to.
    pub target: PolicyTarget,
    /// The grants.
    pub grants: BTreeSet<Grant>,
    /// The members, as policies name them, whose other grants are reported.
    pub exclusive: BTreeSet<String>,
}

impl PolicyGrants {
    /// The other grants of exclusive members, besides those that are `removed`.
    pub(crate) fn surplus(&self, state: &ObservedState, removed: &BTreeSet<Grant>) -> Vec<Surplus> {
        let known = self.grants.iter().chain(removed);
        let known: BTreeSet<ObservedGrant> = known.map(ObservedGrant::from).collect();
        let held = state
            .grants()
            .filter(|grant| self.exclusive.contains(&grant.member));
        let surplus = held.filter(|grant| !known.contains(grant));
        surplus
            .map(|grant| Surplus {
                field: "grants".to_owned(),
                item: Item::Grant(grant.clone()),
            })
            .collect()
    }
}

/// A policy exists together with its resource; the methods are those of the
/// resource's collection.
impl Kind for PolicyGrants {
    type Name = PolicyTarget;

    const COLLECTION: &'static Collection = &Collection::EMPTY;
    const RECOGNISED_BY: RecognisedBy = RecognisedBy::Nothing;

    fn name(&self) -> PolicyTarget {
        self.target.clone()
    }

    fn dependencies(&self) -> Vec<ResourceId> {
        let named = self.grants.iter().flat_map(|grant| {
            let role = grant.role.custom().map(ResourceId::Role);
            role.into_iter()
                .chain(grant.member.account().map(ResourceId::Account))
        });
        let api = match &self.target {
            PolicyTarget::Project(project) => {
                Some(api_of(project, "cloudresourcemanager.googleapis.com"))
            }
            PolicyTarget::Topic(topic) => Some(api_of(topic.project(), "pubsub.googleapis.com")),
            PolicyTarget::Account(_)
            | PolicyTarget::Key(_)
            | PolicyTarget::Bucket(_)
            | PolicyTarget::Folder(_)
            | PolicyTarget::ResourceFolder(_)
            | PolicyTarget::BillingAccount(_) => None,
        };
        let target = self.target.resource().into_iter();
        target
            .chain(api.into_iter().flatten())
            .chain(named)
            .collect()
    }

    /// One without grants is only compared.
    fn may_be_absent(&self) -> bool {
        self.grants.is_empty()
    }

    fn desired_fields(&self, _: Option<&DeploymentId>) -> DesiredFields {
        let grants = self.grants.iter().map(ObservedGrant::from).collect();
        [(
            "grants",
            (FieldValue::Grants(grants), CompareRule::Contains),
        )]
        .into()
    }

    fn calls(&self) -> Vec<Request> {
        let (collection, path) = (self.target.collection(), self.target.path());
        vec![
            collection.get_policy(&path),
            collection.set_policy(&path, &gcp::Policy::default()),
        ]
    }

    async fn create(
        &self,
        context: &Context<'_>,
        input: &StepInput,
    ) -> Result<Option<String>, Fault> {
        self.change(context, input, Sent::Changed).await?;
        Ok(None)
    }

    /// Adds the missing grants and removes others in one write.
    async fn change(&self, context: &Context<'_>, input: &StepInput, _: Sent) -> Result<(), Fault> {
        let edited = edit_all(
            context.client,
            &self.target,
            &self.grants,
            &input.removed_grants,
            input.removes_basic_role_members,
        );
        edited.await
    }

    async fn observe(
        client: &Client,
        target: &PolicyTarget,
    ) -> Result<Option<ObservedState>, Error> {
        let policy = read(client, target).await?;
        Ok(Some(ObservedState {
            fields: [("grants", FieldValue::Grants(grants_of(&policy)))].into(),
            ..ObservedState::existing()
        }))
    }

    /// Removes grants; the policy itself goes with its resource.
    async fn delete(
        context: &Context<'_>,
        target: &PolicyTarget,
        input: &StepInput,
    ) -> Result<Deletion, Fault> {
        let removed = &input.removed_grants;
        edit(context.client, target, &BTreeSet::new(), removed).await?;
        Ok(Deletion::Done)
    }
}

pub(super) async fn read(client: &Client, target: &PolicyTarget) -> Result<gcp::Policy, Error> {
    let path = path(client, target).await?;
    client.json(&target.collection().get_policy(&path)).await
}

/// The path of a resource; of a folder, with the number that Google chose.
async fn path(client: &Client, target: &PolicyTarget) -> Result<String, Error> {
    match target {
        PolicyTarget::ResourceFolder(folder) => numbered(client, folder).await,
        PolicyTarget::Project(_)
        | PolicyTarget::Account(_)
        | PolicyTarget::Key(_)
        | PolicyTarget::Bucket(_)
        | PolicyTarget::Folder(_)
        | PolicyTarget::Topic(_)
        | PolicyTarget::BillingAccount(_) => Ok(target.path()),
    }
}

/// Takes the grants for which `is_removed` holds out of a policy.
pub(super) async fn remove_where(
    client: &Client,
    target: &PolicyTarget,
    is_removed: impl Fn(&ObservedGrant) -> bool,
) -> Result<(), Fault> {
    let mut after = read(client, target).await?;
    let removed = grants_of(&after)
        .into_iter()
        .filter(|grant| is_removed(grant));
    let mut changed = false;
    for grant in removed {
        let condition = grant.condition.as_ref().map(GrantCondition::to_gcp);
        changed |= policy::remove(&mut after, &grant.role, &grant.member, condition.as_ref());
    }
    match changed {
        true => write_checked(client, target, &after).await,
        false => Ok(()),
    }
}

pub(super) async fn edit(
    client: &Client,
    target: &PolicyTarget,
    added: &BTreeSet<Grant>,
    removed: &BTreeSet<Grant>,
) -> Result<(), Fault> {
    edit_all(client, target, added, removed, false).await
}

/// [`edit`], which may also remove `projectOwner:` and the like.
async fn edit_all(
    client: &Client,
    target: &PolicyTarget,
    added: &BTreeSet<Grant>,
    removed: &BTreeSet<Grant>,
    removes_basic_role_members: bool,
) -> Result<(), Fault> {
    let mut after = read(client, target).await?;
    let mut changed = removes_basic_role_members && remove_basic_role_members(&mut after);
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
    let path = path(client, target).await?;
    let request = target.collection().set_policy(&path, after);
    let written: gcp::Policy = client.json(&request).await?;
    match grants_of(after) == grants_of(&written) {
        true => Ok(()),
        false => Err(Fault::PolicyMismatch),
    }
}

/// Removes `projectOwner:` and the like from every binding.
fn remove_basic_role_members(policy: &mut gcp::Policy) -> bool {
    let count = |policy: &gcp::Policy| policy.bindings.iter().map(|b| b.members.len()).sum();
    let before: usize = count(policy);
    for binding in &mut policy.bindings {
        binding
            .members
            .retain(|member| !is_basic_role_member(member));
    }
    policy
        .bindings
        .retain(|binding| !binding.members.is_empty());
    before != count(policy)
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

pub(super) fn grants_of(policy: &gcp::Policy) -> BTreeSet<ObservedGrant> {
    policy.bindings.iter().flat_map(ObservedGrant::of).collect()
}
