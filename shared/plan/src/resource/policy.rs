//! Policy documents: one resource each, whoever else has bindings in it.

use super::Context;
use crate::{CompareRule, DesiredFields, Fault, ObservedState, PolicyTarget, ResourceId, Value};
use gcp::{
    Client, Error,
    policy::{self, Binding, SetIamPolicy},
};
use names::{DeploymentName, Member, RoleName};
use serde::{Deserialize, Serialize};
use serde_json::Map;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// What the policy of a resource must hold. Everything else in it is somebody
/// else's and stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// What it is the policy of.
    pub of: PolicyTarget,
    /// Who has which role there.
    pub grants: BTreeSet<Grant>,
}

/// A member's role, under one condition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Grant {
    /// The role.
    pub role: RoleName,
    /// Who has it.
    pub member: Member,
    /// When; always, without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
}

/// A condition in CEL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Condition {
    /// Its title, which names it.
    pub title: String,
    /// The expression.
    pub expression: String,
}

impl Condition {
    fn wire(&self) -> policy::Condition {
        policy::Condition {
            title: self.title.clone(),
            expression: self.expression.clone(),
            other: Map::new(),
        }
    }
}

/// The one form in which grants are compared and shown.
fn shown(role: &str, member: &str, condition: Option<(&str, &str)>) -> String {
    match condition {
        None => format!("{role} to {member}"),
        Some((title, expression)) => format!("{role} to {member} if {title} ({expression})"),
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let condition = self.condition.as_ref();
        let condition = condition.map(|c| (c.title.as_str(), c.expression.as_str()));
        f.write_str(&shown(self.role.as_str(), self.member.as_str(), condition))
    }
}

impl Grant {
    pub(crate) fn is_in(&self, seen: &ObservedState) -> bool {
        match seen.fields.get("grants") {
            Some(Value::Set(grants)) => grants.contains(&self.to_string()),
            Some(Value::Text(_) | Value::Map(_)) | None => false,
        }
    }

    fn condition(&self) -> Option<policy::Condition> {
        self.condition.as_ref().map(Condition::wire)
    }

    /// The member as a policy names it once the account is deleted: such a
    /// one is dead, and an account made anew does not inherit from it.
    pub(super) fn is_dead(&self, member: &str) -> bool {
        let dead = format!("deleted:{}?uid=", self.member);
        member.starts_with(&dead)
    }
}

impl Policy {
    pub(super) fn id(&self) -> ResourceId {
        ResourceId::Policy(self.of.clone())
    }

    pub(super) fn needs(&self) -> Vec<ResourceId> {
        let named = self.grants.iter().flat_map(|grant| {
            let role = grant.role.custom().map(ResourceId::Role);
            role.into_iter()
                .chain(grant.member.account().map(ResourceId::Account))
        });
        let of = match &self.of {
            PolicyTarget::Project(project) => {
                super::api_of(project, "cloudresourcemanager.googleapis.com")
            }
            PolicyTarget::Topic(topic) => super::api_of(topic.project(), "pubsub.googleapis.com"),
            PolicyTarget::Account(_)
            | PolicyTarget::Key(_)
            | PolicyTarget::Bucket(_)
            | PolicyTarget::Folder(_)
            | PolicyTarget::ResourceFolder(_)
            | PolicyTarget::BillingAccount(_) => self.of.resource(),
        };
        of.into_iter().chain(named).collect()
    }

    pub(super) fn wanted(&self, _: Option<&DeploymentName>) -> DesiredFields {
        let grants = self.grants.iter().map(Grant::to_string).collect();
        [("grants", (Value::Set(grants), CompareRule::AtLeast))].into()
    }

    /// Adds what is missing and takes `drops` out, and compares what Google
    /// then says with what was written.
    pub(super) async fn settle(
        &self,
        site: Context<'_>,
        drops: &BTreeSet<Grant>,
    ) -> Result<(), Fault> {
        edit(site.client, &self.of, &self.grants, drops).await
    }
}

pub(super) async fn remove_grants(
    client: &Client,
    of: &PolicyTarget,
    drops: &BTreeSet<Grant>,
) -> Result<(), Fault> {
    edit(client, of, &BTreeSet::new(), drops).await
}

async fn edit(
    client: &Client,
    of: &PolicyTarget,
    add: &BTreeSet<Grant>,
    drop: &BTreeSet<Grant>,
) -> Result<(), Fault> {
    let before = read(client, of).await?;
    let mut after = before.clone();
    let mut changed = false;
    for grant in drop {
        let condition = grant.condition();
        changed |= policy::remove(
            &mut after,
            grant.role.as_str(),
            grant.member.as_str(),
            condition.as_ref(),
        );
    }
    for grant in add {
        let condition = grant.condition();
        let (role, member) = (grant.role.as_str(), grant.member.as_str());
        changed |= remove_deleted_members(&mut after, grant);
        changed |= policy::merge(&mut after, role, member, condition.as_ref());
    }
    match changed {
        true => replace(client, of, &after).await,
        false => Ok(()),
    }
}

/// Writes a policy, and compares what Google then says with what was written.
pub(super) async fn replace(
    client: &Client,
    of: &PolicyTarget,
    after: &gcp::Policy,
) -> Result<(), Fault> {
    let written = write(client, of, after).await?;
    match held(after) == held(&written) {
        true => Ok(()),
        false => Err(Fault::Overwritten),
    }
}

/// Takes dead members of the grant's own binding out.
fn remove_deleted_members(policy: &mut gcp::Policy, grant: &Grant) -> bool {
    let condition = grant.condition();
    let dead: Vec<String> = policy
        .bindings
        .iter()
        .filter(|binding| binding.role == grant.role.as_str())
        .flat_map(|binding| &binding.members)
        .filter(|member| grant.is_dead(member))
        .cloned()
        .collect();
    let role = grant.role.as_str();
    let mut changed = false;
    for member in dead {
        changed |= policy::remove(policy, role, &member, condition.as_ref());
    }
    changed
}

pub(super) type Key<'a> = (&'a str, Option<(&'a str, &'a str)>);

/// Who has what, without regard to order.
fn held(policy: &gcp::Policy) -> BTreeMap<Key<'_>, BTreeSet<&str>> {
    let mut held: BTreeMap<Key<'_>, BTreeSet<&str>> = BTreeMap::new();
    for binding in policy.bindings.iter().filter(|b| !b.members.is_empty()) {
        let members = binding.members.iter().map(String::as_str);
        held.entry(key(binding)).or_default().extend(members);
    }
    held
}

pub(super) fn key(binding: &Binding) -> Key<'_> {
    let condition = binding.condition.as_ref();
    let condition = condition.map(|c| (c.title.as_str(), c.expression.as_str()));
    (binding.role.as_str(), condition)
}

impl PolicyTarget {
    /// The resource, for the requests that read and write its policy.
    #[must_use]
    pub fn iam_resource(&self) -> &dyn SetIamPolicy {
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

pub(super) async fn read(client: &Client, of: &PolicyTarget) -> Result<gcp::Policy, Error> {
    policy::get(client, of.iam_resource()).await
}

async fn write(
    client: &Client,
    of: &PolicyTarget,
    new: &gcp::Policy,
) -> Result<gcp::Policy, Error> {
    policy::set(client, of.iam_resource(), new).await
}

pub(super) async fn observe(
    client: &Client,
    of: &PolicyTarget,
) -> Result<Option<ObservedState>, Error> {
    let policy = read(client, of).await?;
    let grants = policy.bindings.iter().flat_map(|binding| {
        let (role, condition) = key(binding);
        let members = binding.members.iter();
        members.map(move |member| shown(role, member, condition))
    });
    Ok(Some(ObservedState {
        fields: [("grants", Value::Set(grants.collect()))].into(),
        ..ObservedState::plain()
    }))
}
