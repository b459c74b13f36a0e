//! Key rings: only their existence is observed.

use super::{
    api::api_of,
    context::Context,
    operation::{Deletion, accepted},
};
use crate::{DesiredFields, Fault, ObservedState, ResourceId};
use gcp::{Client, Error, Request, methods::kms};
use names::{DeploymentName, KeyRingName};

/// A key ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRing {
    /// `projects/{project}/locations/{location}/keyRings/{ring}`.
    pub name: KeyRingName,
}

impl KeyRing {
    pub(super) fn id(&self) -> ResourceId {
        ResourceId::Ring(self.name.clone())
    }

    pub(super) fn dependencies(&self) -> Vec<ResourceId> {
        api_of(self.name.project(), "cloudkms.googleapis.com")
            .into_iter()
            .collect()
    }

    pub(super) fn desired_fields(&self, _: Option<&DeploymentName>) -> DesiredFields {
        DesiredFields::new()
    }

    pub(super) fn calls(&self) -> Vec<Request> {
        vec![
            Request::new(&kms::RINGS_CREATE).path("parent", self.name.parent()),
            Request::new(&kms::RINGS_GET).path("name", &self.name),
            Request::new(&kms::RINGS_DELETE).path("name", &self.name),
        ]
    }

    pub(super) async fn create(&self, context: &Context<'_>) -> Result<Option<String>, Fault> {
        kms::create_ring(context.client, &self.name).await?;
        Ok(None)
    }
}

pub(super) async fn observe(
    client: &Client,
    name: &KeyRingName,
) -> Result<Option<ObservedState>, Error> {
    kms::get_ring(client, name).await?;
    Ok(Some(ObservedState::existing()))
}

pub(super) async fn delete(client: &Client, name: &KeyRingName) -> Result<Deletion, Fault> {
    let operation = kms::delete_ring(client, name).await?;
    accepted(operation)
}
