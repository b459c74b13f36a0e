//! The kinds of resources: one file each says what one should be, what it
//! needs, how it is observed, made, changed and deleted.

mod account;
mod api;
mod bucket;
mod folder;
mod key;
mod network;
mod object;
mod policy;
mod ring;
mod role;
mod stale_bindings;
mod subnetwork;

pub use account::ServiceAccount;
pub use api::Api;
pub use bucket::Bucket;
pub use folder::ManagedFolder;
pub use key::CryptoKey;
pub(crate) use key::RING_IS_OURS;
pub use network::Network;
pub use object::Object;
pub use policy::{Condition, Grant, Policy};
pub use ring::KeyRing;
pub use role::CustomRole;
pub use subnetwork::Subnetwork;

use crate::{DesiredFields, Fault, ObservedState, Plan, ResourceId, Step};
use gcp::Client;
use names::{DeploymentName, ProjectId, ServiceName, Timestamp};
use std::collections::BTreeSet;

/// A resource as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// An API that is enabled.
    Api(Api),
    /// A custom role.
    Role(CustomRole),
    /// A service account.
    Account(ServiceAccount),
    /// A key ring.
    Ring(KeyRing),
    /// A key.
    Key(CryptoKey),
    /// A bucket.
    Bucket(Bucket),
    /// A managed folder.
    Folder(ManagedFolder),
    /// An object that holds ciphertext.
    Object(Object),
    /// A network.
    Network(Network),
    /// A subnetwork.
    Subnetwork(Subnetwork),
    /// What a policy document must hold.
    Policy(Policy),
}

/// Where things are done, and for whom.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) client: &'a Client,
    pub(crate) deployment: &'a DeploymentName,
    /// What is under way.
    pub(crate) plan: &'a Plan,
}

/// What became of a resource that had to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deletion {
    Done,
    Retained(Option<Timestamp>),
}

macro_rules! each {
    ($of:expr, $r:ident => $do:expr) => {
        match $of {
            Resource::Api($r) => $do,
            Resource::Role($r) => $do,
            Resource::Account($r) => $do,
            Resource::Ring($r) => $do,
            Resource::Key($r) => $do,
            Resource::Bucket($r) => $do,
            Resource::Folder($r) => $do,
            Resource::Object($r) => $do,
            Resource::Network($r) => $do,
            Resource::Subnetwork($r) => $do,
            Resource::Policy($r) => $do,
        }
    };
}

impl Resource {
    /// What it is known by.
    #[must_use]
    pub fn id(&self) -> ResourceId {
        each!(self, r => r.id())
    }

    /// What must be there before it, where the same manifest makes it.
    #[must_use]
    pub fn needs(&self) -> Vec<ResourceId> {
        each!(self, r => r.needs())
    }

    /// What it should be like, with the mark of the deployment that it belongs
    /// to, if one does; without one, only what work and safety depend on.
    #[must_use]
    pub fn wanted(&self, deployment: Option<&DeploymentName>) -> DesiredFields {
        each!(self, r => r.wanted(deployment))
    }

    /// Whether it is wanted only as it is: nothing is missing where it is absent.
    pub(crate) fn may_be_absent(&self) -> bool {
        match self {
            Self::Object(object) => object.content.is_none(),
            Self::Api(_)
            | Self::Role(_)
            | Self::Account(_)
            | Self::Ring(_)
            | Self::Key(_)
            | Self::Bucket(_)
            | Self::Folder(_)
            | Self::Network(_)
            | Self::Subnetwork(_)
            | Self::Policy(_) => false,
        }
    }

    /// Makes it, and answers what tells it from another of its name.
    pub(crate) async fn create(
        &self,
        site: Context<'_>,
        step: &Step,
    ) -> Result<Option<String>, Fault> {
        match self {
            Self::Api(api) => api.create(site).await,
            Self::Role(role) => role.create(site).await,
            Self::Account(account) => account.create(site, step.uid.as_deref()).await,
            Self::Ring(ring) => ring.create(site).await,
            Self::Key(key) => key.create(site).await,
            Self::Bucket(bucket) => bucket.create(site).await,
            Self::Folder(folder) => folder.create(site).await,
            Self::Object(object) => object.create(site).await,
            Self::Network(network) => network.create(site).await,
            Self::Subnetwork(subnetwork) => subnetwork.create(site).await,
            Self::Policy(policy) => policy
                .settle(site, &step.removed_grants)
                .await
                .map(|()| None),
        }
    }

    /// Makes what exists as it should be; `ours` if it may bear the mark.
    pub(crate) async fn change(
        &self,
        site: Context<'_>,
        step: &Step,
        ours: bool,
    ) -> Result<(), Fault> {
        match self {
            Self::Api(api) => api.create(site).await.map(|_| ()),
            Self::Role(role) => role.change(site, ours).await,
            Self::Account(account) => account.change(site, ours).await,
            Self::Ring(_) | Self::Folder(_) | Self::Network(_) => Ok(()),
            Self::Key(key) => key.change(site, ours).await,
            Self::Bucket(bucket) => bucket.change(site, ours).await,
            Self::Object(object) => object.change(site).await,
            Self::Subnetwork(subnetwork) => subnetwork.change(site).await,
            Self::Policy(policy) => policy.settle(site, &step.removed_grants).await,
        }
    }
}

/// Reads a resource; `None` if it is not there.
pub(crate) async fn observe(
    client: &Client,
    id: &ResourceId,
) -> Result<Option<ObservedState>, gcp::Error> {
    let seen = match id {
        ResourceId::Api(name) => {
            let seen = api::observe(client, std::slice::from_ref(name)).await;
            seen.map(|all| all.into_iter().find_map(|(_, seen)| seen))
        }
        ResourceId::Role(name) => role::observe(client, name).await,
        ResourceId::Account(email) => account::observe(client, email).await,
        ResourceId::Ring(name) => ring::observe(client, name).await,
        ResourceId::Key(name) => key::observe(client, name).await,
        ResourceId::Bucket(name) => bucket::observe(client, name).await,
        ResourceId::Folder(name) => folder::observe(client, name).await,
        ResourceId::Object(bucket, name) => object::observe(client, bucket, name).await,
        ResourceId::Network(name) => network::observe(client, name).await,
        ResourceId::Subnetwork(name) => subnetwork::observe(client, name).await,
        ResourceId::Policy(of) => policy::observe(client, of).await,
    };
    match seen {
        Err(error) if error.is_not_found() || is_api_off(&error) => Ok(None),
        seen => seen,
    }
}

/// Whether a call was refused because its API is not enabled.
pub(crate) fn is_api_off(error: &gcp::Error) -> bool {
    let text = error.to_string();
    error.is_denied()
        && [
            "SERVICE_DISABLED",
            "accessNotConfigured",
            "has not been used in project",
        ]
        .iter()
        .any(|sign| text.contains(sign) || details(error).contains(sign))
}

fn details(error: &gcp::Error) -> String {
    match &error.kind {
        gcp::ErrorKind::Status { details, .. } => details.to_string(),
        gcp::ErrorKind::Send(_)
        | gcp::ErrorKind::Token(_)
        | gcp::ErrorKind::InvalidResponse(_)
        | gcp::ErrorKind::Checksum(_)
        | gcp::ErrorKind::InvalidRequest(_) => String::new(),
    }
}

/// Waits until what was just made is known everywhere.
pub(crate) async fn wait_until_visible(client: &Client, id: &ResourceId) -> Result<(), Fault> {
    match id {
        ResourceId::Account(email) => account::wait_until_visible(client, email).await,
        ResourceId::Api(_)
        | ResourceId::Role(_)
        | ResourceId::Ring(_)
        | ResourceId::Key(_)
        | ResourceId::Bucket(_)
        | ResourceId::Folder(_)
        | ResourceId::Object(..)
        | ResourceId::Network(_)
        | ResourceId::Subnetwork(_)
        | ResourceId::Policy(_) => Ok(()),
    }
}

/// Reads APIs of one project together.
pub(crate) async fn observe_apis(
    client: &Client,
    names: &[ServiceName],
) -> Result<Vec<(ResourceId, Option<ObservedState>)>, gcp::Error> {
    match api::observe(client, names).await {
        Err(error) if is_api_off(&error) => {
            let ids = names.iter().cloned().map(ResourceId::Api);
            Ok(ids.map(|id| (id, None)).collect())
        }
        seen => seen,
    }
}

/// Enables APIs of one project, at most 20.
pub(crate) async fn enable(client: &Client, ids: &[ResourceId]) -> Result<(), Fault> {
    let names: Vec<ServiceName> = ids.iter().filter_map(ResourceId::api).cloned().collect();
    api::enable(client, &names).await
}

/// Takes away what the manifest has no more. `rings` are those that are to go.
pub(crate) async fn delete(
    site: Context<'_>,
    step: &Step,
    rings: &BTreeSet<ResourceId>,
) -> Result<Deletion, Fault> {
    let client = site.client;
    let gone = match &step.id {
        ResourceId::Role(name) => role::delete(client, name).await,
        ResourceId::Account(email) => account::delete(client, email).await,
        ResourceId::Ring(name) => ring::delete(client, name).await,
        ResourceId::Key(name) => {
            let ring = rings.contains(&ResourceId::Ring(name.ring().clone()));
            key::delete(client, name, ring).await
        }
        ResourceId::Bucket(name) => bucket::delete(client, name).await,
        ResourceId::Folder(name) => folder::delete(site, name).await,
        ResourceId::Object(bucket, name) => object::delete(client, bucket, name).await,
        ResourceId::Network(name) => network::delete(client, name).await,
        ResourceId::Subnetwork(name) => subnetwork::delete(client, name).await,
        ResourceId::Policy(of) => policy::remove_grants(client, of, &step.removed_grants)
            .await
            .map(|()| Deletion::Done),
        // An API is never taken away: others may use it by now.
        ResourceId::Api(_) => Ok(Deletion::Retained(None)),
    };
    match gone {
        Err(Fault::Call(error)) if error.is_not_found() => Ok(Deletion::Done),
        gone => gone,
    }
}

/// The API of a kind of resources in a project.
fn api_of(project: &ProjectId, host: &str) -> Option<ResourceId> {
    ServiceName::new(project.clone(), host)
        .ok()
        .map(ResourceId::Api)
}

/// What a description says of whose the resource is.
fn marked(description: &str, deployment: &DeploymentName) -> String {
    format!("{description} {MARK}{deployment}]")
}

const MARK: &str = "[groundcrew-deployment: ";

fn mark_in(description: &str) -> crate::Ownership {
    let marked = description.rsplit_once(MARK);
    match marked.and_then(|(_, rest)| rest.strip_suffix(']')) {
        Some(deployment) => crate::Ownership::MarkedBy(deployment.to_owned()),
        None => crate::Ownership::Unmarked,
    }
}

fn mark_among(labels: &std::collections::BTreeMap<String, String>) -> crate::Ownership {
    match labels.get(names::label::DEPLOYMENT) {
        Some(deployment) => crate::Ownership::MarkedBy(deployment.clone()),
        None => crate::Ownership::Unmarked,
    }
}

/// The number of what Compute's operation, which was waited for, was on.
fn settled(operation: gcp::Operation) -> Result<Option<String>, Fault> {
    match (operation.error, operation.done) {
        (Some(error), _) => Err(Fault::Operation(error)),
        (None, true) => Ok(operation.target_id),
        (None, false) => Err(Fault::Slow),
    }
}

/// Deletes of Cloud KMS answer an operation; what is deleted is gone when it
/// is accepted, and the operation is not waited for.
fn done(operation: gcp::Operation) -> Result<Deletion, Fault> {
    match operation.error {
        Some(error) => Err(Fault::Operation(error)),
        None => Ok(Deletion::Done),
    }
}
