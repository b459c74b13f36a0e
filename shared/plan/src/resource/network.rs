//! Networks without firewall rules: ingress is denied unless a rule allows it
//! (VPC, "Implied rules").

use super::{
    api::api_of,
    context::Context,
    mark::{ownership_from_description, with_mark},
    operation::{Deletion, target_id},
};
use crate::{CompareRule, DesiredFields, Fault, FieldValue, Lifecycle, ObservedState, ResourceId};
use gcp::{Client, Error, Method, Operation, Request, methods::compute};
use names::{DeploymentName, Duration, NetworkName};
use serde_json::json;

/// A custom mode VPC network: its subnetworks are created one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// `projects/{project}/global/networks/{network}`.
    pub name: NetworkName,
    /// Its purpose; the deployment's mark is added when it is created, and
    /// cannot be changed later.
    pub description: String,
}

/// How long one `wait` call may take on the server.
pub(super) const SERVER_WAIT: Duration = Duration::from_secs(10);
/// How long an operation may take.
pub(super) const OPERATION_TIMEOUT: Duration = Duration::from_secs(120);

impl Network {
    pub(super) fn id(&self) -> ResourceId {
        ResourceId::Network(self.name.clone())
    }

    pub(super) fn dependencies(&self) -> Vec<ResourceId> {
        api_of(self.name.project(), "compute.googleapis.com")
            .into_iter()
            .collect()
    }

    pub(super) fn desired_fields(&self, _: Option<&DeploymentName>) -> DesiredFields {
        [(
            "auto-create-subnetworks",
            ("false".into(), CompareRule::Immutable),
        )]
        .into()
    }

    pub(super) fn calls(&self) -> Vec<Request> {
        let (project, id) = (self.name.project(), self.name.id());
        let on = |method: &'static Method| Request::new(method).path("project", project);
        vec![
            on(&compute::NETWORKS_INSERT).json(&json!({ "name": id })),
            on(&compute::NETWORKS_GET).path("network", id),
            on(&compute::NETWORKS_DELETE).path("network", id),
            compute::global_operation(project, "sample"),
            on(&compute::GLOBAL_OPERATIONS_WAIT).path("operation", "sample"),
        ]
    }

    pub(super) async fn create(&self, context: &Context<'_>) -> Result<Option<String>, Fault> {
        let description = with_mark(&self.description, context.deployment);
        let started = compute::insert_network(context.client, &self.name, &description).await?;
        finish(context.client, &self.name, started).await
    }
}

/// Waits for an operation on a network; answers with the network's numeric id.
async fn finish(
    client: &Client,
    name: &NetworkName,
    mut operation: Operation,
) -> Result<Option<String>, Fault> {
    if !operation.done {
        let (project, started) = (name.project(), operation.name);
        let deadline = client.clock().now() + OPERATION_TIMEOUT;
        operation = compute::wait_global(client, project, &started, SERVER_WAIT).await?;
        if !operation.done {
            let get = compute::global_operation(project, &started);
            operation = gcp::wait(client, &get, deadline).await?;
        }
    }
    target_id(operation)
}

pub(super) async fn observe(
    client: &Client,
    name: &NetworkName,
) -> Result<Option<ObservedState>, Error> {
    let network = compute::get_network(client, name).await?;
    let automatic = FieldValue::Text(network.auto_create_subnetworks.to_string());
    Ok(Some(ObservedState {
        fields: [("auto-create-subnetworks", automatic)].into(),
        uid: Some(network.id).filter(|id| !id.is_empty()),
        ownership: ownership_from_description(&network.description),
        lifecycle: Lifecycle::Active,
    }))
}

pub(super) async fn delete(client: &Client, name: &NetworkName) -> Result<Deletion, Fault> {
    let started = compute::delete_network(client, name).await?;
    finish(client, name, started).await?;
    Ok(Deletion::Done)
}
