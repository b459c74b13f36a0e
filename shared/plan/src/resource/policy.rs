//! IAM policies. A whole policy is one resource; bindings of others in it stay.

use super::{api::api_of, context::Context};
use crate::{
    CompareRule, DesiredFields, Fault, FieldValue, Grant, ObservedState, PolicyTarget, ResourceId,
    grant::grant_text,
};
use gcp::{
    Client, Error, Method, Request,
    methods::{cloudbilling, iam, kms, pubsub, resourcemanager, storage},
    policy::{self, Binding},
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
    match target {
        PolicyTarget::Project(project) => resourcemanager::get_iam_policy(client, project).await,
        PolicyTarget::Account(email) => iam::get_account_policy(client, email).await,
        PolicyTarget::Key(key) => kms::get_key_policy(client, key).await,
        PolicyTarget::Bucket(bucket) => storage::get_bucket_policy(client, bucket).await,
        PolicyTarget::Folder(folder) => storage::get_folder_policy(client, folder).await,
        PolicyTarget::Topic(topic) => pubsub::get_topic_policy(client, topic).await,
        PolicyTarget::ResourceFolder(name) => {
            resourcemanager::get_folder_policy(client, name).await
        }
        PolicyTarget::BillingAccount(name) => cloudbilling::get_iam_policy(client, name).await,
    }
}

async fn write(
    client: &Client,
    target: &PolicyTarget,
    policy: &gcp::Policy,
) -> Result<gcp::Policy, Error> {
    match target {
        PolicyTarget::Project(project) => {
            resourcemanager::set_iam_policy(client, project, policy).await
        }
        PolicyTarget::Account(email) => iam::set_account_policy(client, email, policy).await,
        PolicyTarget::Key(key) => kms::set_key_policy(client, key, policy).await,
        PolicyTarget::Bucket(bucket) => storage::set_bucket_policy(client, bucket, policy).await,
        PolicyTarget::Folder(folder) => storage::set_folder_policy(client, folder, policy).await,
        PolicyTarget::Topic(topic) => pubsub::set_topic_policy(client, topic, policy).await,
        PolicyTarget::ResourceFolder(name) => {
            resourcemanager::set_folder_policy(client, name, policy).await
        }
        PolicyTarget::BillingAccount(name) => {
            cloudbilling::set_iam_policy(client, name, policy).await
        }
    }
}

/// A sample of both requests on the policy of `target`.
fn calls(target: &PolicyTarget) -> Vec<Request> {
    let both = |methods: [&'static Method; 2], on: &dyn Fn(Request) -> Request| {
        methods.map(|method| on(Request::new(method))).into()
    };
    match target {
        PolicyTarget::Project(project) => {
            let methods = [
                &resourcemanager::GET_IAM_POLICY,
                &resourcemanager::SET_IAM_POLICY,
            ];
            let project = format!("projects/{project}");
            both(methods, &|request| request.path("resource", &project))
        }
        PolicyTarget::Account(email) => {
            let methods = [&iam::ACCOUNTS_GET_IAM_POLICY, &iam::ACCOUNTS_SET_IAM_POLICY];
            let account = format!("projects/-/serviceAccounts/{email}");
            both(methods, &|request| request.path("resource", &account))
        }
        PolicyTarget::Key(key) => {
            let methods = [&kms::KEYS_GET_IAM_POLICY, &kms::KEYS_SET_IAM_POLICY];
            both(methods, &|request| request.path("resource", key))
        }
        PolicyTarget::Bucket(bucket) => {
            let methods = [
                &storage::BUCKETS_GET_IAM_POLICY,
                &storage::BUCKETS_SET_IAM_POLICY,
            ];
            both(methods, &|request| request.path("bucket", bucket))
        }
        PolicyTarget::Topic(topic) => {
            let methods = [
                &pubsub::TOPICS_GET_IAM_POLICY,
                &pubsub::TOPICS_SET_IAM_POLICY,
            ];
            both(methods, &|request| request.path("resource", topic))
        }
        PolicyTarget::ResourceFolder(folder) => {
            let methods = [
                &resourcemanager::FOLDERS_GET_IAM_POLICY,
                &resourcemanager::FOLDERS_SET_IAM_POLICY,
            ];
            both(methods, &|request| request.path("resource", folder))
        }
        PolicyTarget::BillingAccount(billing) => {
            let methods = [&cloudbilling::GET_IAM_POLICY, &cloudbilling::SET_IAM_POLICY];
            both(methods, &|request| request.path("resource", billing))
        }
        PolicyTarget::Folder(folder) => {
            let methods = [
                &storage::FOLDERS_GET_IAM_POLICY,
                &storage::FOLDERS_SET_IAM_POLICY,
            ];
            both(methods, &|request| {
                let request = request.path("bucket", folder.bucket());
                request.path("managedFolder", folder.prefix())
            })
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
