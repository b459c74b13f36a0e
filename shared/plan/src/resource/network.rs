//! Networks of groundcrew's own, without any firewall rule: what comes from
//! outside is denied unless a rule allows it (VPC, "Implied rules").

use super::{Context, Deletion, api_of, mark_in, marked, settled};
use crate::{CompareRule, DesiredFields, Fault, Lifecycle, ObservedState, ResourceId, Value};
use gcp::{Client, Error, Operation, methods::compute};
use names::{DeploymentName, Duration, NetworkName};

/// A network whose subnetworks are made one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// Its name.
    pub name: NetworkName,
    /// What it is for; the deployment's mark is added when it is made, and
    /// cannot be changed later.
    pub description: String,
}

/// How long the server is let wait for an operation, and how long one may take.
pub(super) const AT_ONCE: Duration = Duration::from_secs(10);
pub(super) const LONGEST: Duration = Duration::from_secs(120);

impl Network {
    pub(super) fn id(&self) -> ResourceId {
        ResourceId::Network(self.name.clone())
    }

    pub(super) fn needs(&self) -> Vec<ResourceId> {
        api_of(self.name.project(), "compute.googleapis.com")
            .into_iter()
            .collect()
    }

    pub(super) fn wanted(&self, _: Option<&DeploymentName>) -> DesiredFields {
        [(
            "auto-create-subnetworks",
            ("false".into(), CompareRule::Fixed),
        )]
        .into()
    }

    pub(super) async fn create(&self, site: Context<'_>) -> Result<Option<String>, Fault> {
        let description = marked(&self.description, site.deployment);
        let begun = compute::insert_network(site.client, &self.name, &description).await?;
        finish(site.client, &self.name, begun).await
    }
}

/// Waits for an operation on a network, and answers the network's number.
async fn finish(
    client: &Client,
    name: &NetworkName,
    mut operation: Operation,
) -> Result<Option<String>, Fault> {
    if !operation.done {
        let (project, begun) = (name.project(), operation.name);
        let deadline = client.clock().now() + LONGEST;
        operation = compute::wait_global(client, project, &begun, AT_ONCE).await?;
        if !operation.done {
            let get = compute::global_operation(project, &begun);
            operation = gcp::wait(client, &get, deadline).await?;
        }
    }
    settled(operation)
}

pub(super) async fn observe(
    client: &Client,
    name: &NetworkName,
) -> Result<Option<ObservedState>, Error> {
    let network = compute::get_network(client, name).await?;
    let automatic = Value::Text(network.auto_create_subnetworks.to_string());
    Ok(Some(ObservedState {
        fields: [("auto-create-subnetworks", automatic)].into(),
        uid: Some(network.id).filter(|id| !id.is_empty()),
        ownership: mark_in(&network.description),
        lifecycle: Lifecycle::Active,
    }))
}

pub(super) async fn delete(client: &Client, name: &NetworkName) -> Result<Deletion, Fault> {
    let begun = compute::delete_network(client, name).await?;
    finish(client, name, begun).await?;
    Ok(Deletion::Done)
}
