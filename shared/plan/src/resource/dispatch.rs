//! Chooses the kind of a resource.

use super::{
    account::{self, ServiceAccount},
    api::{self, Api},
    bucket::{self, Bucket},
    context::Context,
    folder::{self, ManagedFolder},
    key::{self, CryptoKey},
    network::{self, Network},
    object::{self, Object},
    operation::Deletion,
    policy::{self, PolicyGrants},
    ring::{self, KeyRing},
    role::{self, CustomRole},
    subnetwork::{self, Subnetwork},
};
use crate::{DesiredFields, Fault, Grant, ObservedState, ResourceId, error::is_api_disabled};
use gcp::{Client, Request};
use names::{DeploymentName, ServiceName};
use std::collections::BTreeSet;

/// A desired resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// An enabled API.
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
    /// The grants that an IAM policy must contain.
    Policy(PolicyGrants),
}

macro_rules! each {
    ($resource:expr, $kind:ident => $call:expr) => {
        match $resource {
            Resource::Api($kind) => $call,
            Resource::Role($kind) => $call,
            Resource::Account($kind) => $call,
            Resource::Ring($kind) => $call,
            Resource::Key($kind) => $call,
            Resource::Bucket($kind) => $call,
            Resource::Folder($kind) => $call,
            Resource::Object($kind) => $call,
            Resource::Network($kind) => $call,
            Resource::Subnetwork($kind) => $call,
            Resource::Policy($kind) => $call,
        }
    };
}

impl Resource {
    /// Its kind and name.
    #[must_use]
    pub fn id(&self) -> ResourceId {
        each!(self, kind => kind.id())
    }

    /// The resources that must exist before it, where the same manifest
    /// contains them.
    #[must_use]
    pub fn dependencies(&self) -> Vec<ResourceId> {
        each!(self, kind => kind.dependencies())
    }

    /// The fields that it should have. With a deployment, all of them, and that
    /// deployment's mark; without one (the resource is adopted), only those
    /// that groundcrew's work and safety depend on.
    #[must_use]
    pub fn desired_fields(&self, deployment: Option<&DeploymentName>) -> DesiredFields {
        each!(self, kind => kind.desired_fields(deployment))
    }

    /// A sample of every request that observes, creates, changes or deletes it:
    /// the source of the caller's least-privilege roles.
    #[must_use]
    pub fn calls(&self) -> Vec<Request> {
        each!(self, kind => kind.calls())
    }

    /// Whether nothing has to be done if it is absent.
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

    /// Creates it and answers with its uid, if its kind has one. `uid` is that
    /// of a deleted resource which may be restored, `removed_grants` are what
    /// a policy loses.
    pub(crate) async fn create(
        &self,
        context: &Context<'_>,
        uid: Option<&str>,
        removed_grants: &BTreeSet<Grant>,
    ) -> Result<Option<String>, Fault> {
        match self {
            Self::Api(api) => api.create(context).await,
            Self::Role(role) => role.create(context).await,
            Self::Account(account) => account.create(context, uid).await,
            Self::Ring(ring) => ring.create(context).await,
            Self::Key(key) => key.create(context).await,
            Self::Bucket(bucket) => bucket.create(context).await,
            Self::Folder(folder) => folder.create(context).await,
            Self::Object(object) => object.create(context).await,
            Self::Network(network) => network.create(context).await,
            Self::Subnetwork(subnetwork) => subnetwork.create(context).await,
            Self::Policy(policy) => {
                policy.apply(context, removed_grants).await?;
                Ok(None)
            }
        }
    }

    /// Changes an existing resource to its desired fields; `ours` says whether
    /// it gets the deployment's mark.
    pub(crate) async fn change(
        &self,
        context: &Context<'_>,
        removed_grants: &BTreeSet<Grant>,
        ours: bool,
    ) -> Result<(), Fault> {
        match self {
            Self::Api(api) => api.create(context).await.map(|_| ()),
            Self::Role(role) => role.change(context, ours).await,
            Self::Account(account) => account.change(context, ours).await,
            Self::Ring(_) | Self::Folder(_) | Self::Network(_) => Ok(()),
            Self::Key(key) => key.change(context, ours).await,
            Self::Bucket(bucket) => bucket.change(context, ours).await,
            Self::Object(object) => object.change(context).await,
            Self::Subnetwork(subnetwork) => subnetwork.change(context).await,
            Self::Policy(policy) => policy.apply(context, removed_grants).await,
        }
    }
}

/// Reads a resource; `None` if it does not exist.
pub(crate) async fn observe(
    client: &Client,
    id: &ResourceId,
) -> Result<Option<ObservedState>, gcp::Error> {
    let observed = match id {
        ResourceId::Api(name) => {
            let observed = api::observe(client, std::slice::from_ref(name)).await;
            observed.map(|all| all.into_iter().find_map(|(_, state)| state))
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
        ResourceId::Policy(target) => policy::observe(client, target).await,
    };
    match observed {
        Err(error) if error.is_not_found() || is_api_disabled(&error) => Ok(None),
        observed => observed,
    }
}

/// Waits until a resource that was just created is visible everywhere.
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

/// Reads APIs of one project in one call.
pub(crate) async fn observe_apis(
    client: &Client,
    names: &[ServiceName],
) -> Result<Vec<(ResourceId, Option<ObservedState>)>, gcp::Error> {
    match api::observe(client, names).await {
        Err(error) if is_api_disabled(&error) => {
            let ids = names.iter().cloned().map(ResourceId::Api);
            Ok(ids.map(|id| (id, None)).collect())
        }
        observed => observed,
    }
}

/// Enables APIs of one project in one call, at most 20.
pub(crate) async fn enable_apis(client: &Client, ids: &[ResourceId]) -> Result<(), Fault> {
    let names: Vec<ServiceName> = ids.iter().filter_map(ResourceId::api).cloned().collect();
    api::enable(client, &names).await
}

/// Deletes a resource, or takes `removed_grants` out of a policy.
pub(crate) async fn delete(
    context: &Context<'_>,
    id: &ResourceId,
    removed_grants: &BTreeSet<Grant>,
) -> Result<Deletion, Fault> {
    let client = context.client;
    let deleted = match id {
        ResourceId::Role(name) => role::delete(client, name).await,
        ResourceId::Account(email) => account::delete(client, email).await,
        ResourceId::Ring(name) => ring::delete(client, name).await,
        ResourceId::Key(name) => key::delete(context, name).await,
        ResourceId::Bucket(name) => bucket::delete(client, name).await,
        ResourceId::Folder(name) => folder::delete(context, name).await,
        ResourceId::Object(bucket, name) => object::delete(client, bucket, name).await,
        ResourceId::Network(name) => network::delete(client, name).await,
        ResourceId::Subnetwork(name) => subnetwork::delete(client, name).await,
        ResourceId::Policy(target) => {
            let removed = policy::remove_grants(client, target, removed_grants).await;
            removed.map(|()| Deletion::Done)
        }
        // An API is never disabled: others may use it by now.
        ResourceId::Api(_) => Ok(Deletion::Retained(None)),
    };
    match deleted {
        Err(Fault::Call(error)) if error.is_not_found() => Ok(Deletion::Done),
        deleted => deleted,
    }
}
