//! Subnetworks whose instances need no external IP address.

use super::{
    api::api_of,
    context::Context,
    mark::{ownership_from_description, with_mark},
    network::{OPERATION_TIMEOUT, SERVER_WAIT},
    operation::{Deletion, target_id},
};
use crate::{CompareRule, DesiredFields, Fault, FieldValue, Lifecycle, ObservedState, ResourceId};
use gcp::{Client, Error, Method, Operation, Request, methods::compute};
use names::{DeploymentName, IpRange, NetworkName, SubnetworkName};
use serde_json::json;

/// A subnetwork with Private Google Access: its instances reach Google's APIs
/// without external IP addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subnetwork {
    /// `projects/{project}/regions/{region}/subnetworks/{subnetwork}`.
    pub name: SubnetworkName,
    /// The network that it belongs to.
    pub network: NetworkName,
    /// Primary IPv4 range.
    pub range: IpRange,
    /// Its purpose; the deployment's mark is added when it is created, and
    /// cannot be changed later.
    pub description: String,
}

impl Subnetwork {
    pub(super) fn id(&self) -> ResourceId {
        ResourceId::Subnetwork(self.name.clone())
    }

    pub(super) fn dependencies(&self) -> Vec<ResourceId> {
        api_of(self.name.project(), "compute.googleapis.com")
            .into_iter()
            .chain([ResourceId::Network(self.network.clone())])
            .collect()
    }

    pub(super) fn desired_fields(&self, deployment: Option<&DeploymentName>) -> DesiredFields {
        let network = FieldValue::Text(self.network.to_string());
        let mut fields: DesiredFields = [
            ("network", (network, CompareRule::Immutable)),
            (
                "private-google-access",
                ("true".into(), CompareRule::Exactly),
            ),
        ]
        .into();
        if deployment.is_some() {
            fields.insert(
                "range",
                (self.range.as_str().into(), CompareRule::Immutable),
            );
        }
        fields
    }

    pub(super) fn calls(&self) -> Vec<Request> {
        let (project, region, id) = (self.name.project(), self.name.region(), self.name.id());
        let on = |method: &'static Method| {
            let request = Request::new(method).path("project", project);
            request.path("region", region)
        };
        let insert = json!({ "name": id, "network": self.network });
        vec![
            on(&compute::SUBNETWORKS_INSERT).json(&insert),
            on(&compute::SUBNETWORKS_GET).path("subnetwork", id),
            on(&compute::SUBNETWORKS_SET_PRIVATE_IP_GOOGLE_ACCESS).path("subnetwork", id),
            on(&compute::SUBNETWORKS_DELETE).path("subnetwork", id),
            compute::region_operation(project, region, "sample"),
            on(&compute::REGION_OPERATIONS_WAIT).path("operation", "sample"),
        ]
    }

    pub(super) async fn create(&self, context: &Context<'_>) -> Result<Option<String>, Fault> {
        let description = with_mark(&self.description, context.deployment);
        let started = compute::insert_subnetwork(
            context.client,
            &self.name,
            &self.network,
            self.range.as_str(),
            &description,
        )
        .await?;
        finish(context.client, &self.name, started).await
    }

    pub(super) async fn change(&self, context: &Context<'_>) -> Result<(), Fault> {
        let started = compute::set_private_google_access(context.client, &self.name, true).await?;
        finish(context.client, &self.name, started).await?;
        Ok(())
    }
}

/// Waits for an operation on a subnetwork; answers with the subnetwork's
/// numeric id.
async fn finish(
    client: &Client,
    name: &SubnetworkName,
    mut operation: Operation,
) -> Result<Option<String>, Fault> {
    if !operation.done {
        let (project, region, started) = (name.project(), name.region(), operation.name);
        let deadline = client.clock().now() + OPERATION_TIMEOUT;
        operation = compute::wait_region(client, project, region, &started, SERVER_WAIT).await?;
        if !operation.done {
            let get = compute::region_operation(project, region, &started);
            operation = gcp::wait(client, &get, deadline).await?;
        }
    }
    target_id(operation)
}

pub(super) async fn observe(
    client: &Client,
    name: &SubnetworkName,
) -> Result<Option<ObservedState>, Error> {
    let subnetwork = compute::get_subnetwork(client, name).await?;
    // The answer has a full URL; names begin with `projects/`.
    let network = subnetwork.network.split_once("/projects/");
    let network = match network {
        Some((_, rest)) => format!("projects/{rest}"),
        None => subnetwork.network.clone(),
    };
    Ok(Some(ObservedState {
        fields: [
            ("network", FieldValue::Text(network)),
            ("range", subnetwork.ip_cidr_range.as_str().into()),
            (
                "private-google-access",
                FieldValue::Text(subnetwork.private_ip_google_access.to_string()),
            ),
        ]
        .into(),
        uid: Some(subnetwork.id).filter(|id| !id.is_empty()),
        ownership: ownership_from_description(&subnetwork.description),
        lifecycle: Lifecycle::Active,
    }))
}

pub(super) async fn delete(client: &Client, name: &SubnetworkName) -> Result<Deletion, Fault> {
    let started = compute::delete_subnetwork(client, name).await?;
    finish(client, name, started).await?;
    Ok(Deletion::Done)
}
