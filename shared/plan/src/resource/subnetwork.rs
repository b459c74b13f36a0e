//! Subnetworks whose machines need no address that the internet knows.

use super::{
    Context, Deletion, api_of, mark_in, marked,
    network::{AT_ONCE, LONGEST},
    settled,
};
use crate::{CompareRule, DesiredFields, Fault, Lifecycle, ObservedState, ResourceId, Value};
use gcp::{Client, Error, Operation, methods::compute};
use names::{DeploymentName, IpRange, NetworkName, SubnetworkName};

/// A subnetwork with Private Google Access: its machines reach Google's APIs
/// without external addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subnetwork {
    /// Its name.
    pub name: SubnetworkName,
    /// The network that it is part of.
    pub network: NetworkName,
    /// The addresses of its machines.
    pub range: IpRange,
    /// What it is for; the deployment's mark is added when it is made, and
    /// cannot be changed later.
    pub description: String,
}

impl Subnetwork {
    pub(super) fn id(&self) -> ResourceId {
        ResourceId::Subnetwork(self.name.clone())
    }

    pub(super) fn needs(&self) -> Vec<ResourceId> {
        api_of(self.name.project(), "compute.googleapis.com")
            .into_iter()
            .chain([ResourceId::Network(self.network.clone())])
            .collect()
    }

    pub(super) fn wanted(&self, deployment: Option<&DeploymentName>) -> DesiredFields {
        let network = Value::Text(self.network.to_string());
        let mut wanted: DesiredFields = [
            ("network", (network, CompareRule::Fixed)),
            (
                "private-google-access",
                ("true".into(), CompareRule::Exactly),
            ),
        ]
        .into();
        if deployment.is_some() {
            wanted.insert("range", (self.range.as_str().into(), CompareRule::Fixed));
        }
        wanted
    }

    pub(super) async fn create(&self, site: Context<'_>) -> Result<Option<String>, Fault> {
        let description = marked(&self.description, site.deployment);
        let begun = compute::insert_subnetwork(
            site.client,
            &self.name,
            &self.network,
            self.range.as_str(),
            &description,
        )
        .await?;
        finish(site.client, &self.name, begun).await
    }

    pub(super) async fn change(&self, site: Context<'_>) -> Result<(), Fault> {
        let begun = compute::set_private_google_access(site.client, &self.name, true).await?;
        finish(site.client, &self.name, begun).await?;
        Ok(())
    }
}

/// Waits for an operation on a subnetwork, and answers the subnetwork's number.
async fn finish(
    client: &Client,
    name: &SubnetworkName,
    mut operation: Operation,
) -> Result<Option<String>, Fault> {
    if !operation.done {
        let (project, region, begun) = (name.project(), name.region(), operation.name);
        let deadline = client.clock().now() + LONGEST;
        operation = compute::wait_region(client, project, region, &begun, AT_ONCE).await?;
        if !operation.done {
            let get = compute::region_operation(project, region, &begun);
            operation = gcp::wait(client, &get, deadline).await?;
        }
    }
    settled(operation)
}

pub(super) async fn observe(
    client: &Client,
    name: &SubnetworkName,
) -> Result<Option<ObservedState>, Error> {
    let subnetwork = compute::get_subnetwork(client, name).await?;
    // A full URL; names begin with `projects/`.
    let network = subnetwork.network.split_once("/projects/");
    let network = match network {
        Some((_, rest)) => format!("projects/{rest}"),
        None => subnetwork.network.clone(),
    };
    Ok(Some(ObservedState {
        fields: [
            ("network", Value::Text(network)),
            ("range", subnetwork.ip_cidr_range.as_str().into()),
            (
                "private-google-access",
                Value::Text(subnetwork.private_ip_google_access.to_string()),
            ),
        ]
        .into(),
        uid: Some(subnetwork.id).filter(|id| !id.is_empty()),
        ownership: mark_in(&subnetwork.description),
        lifecycle: Lifecycle::Active,
    }))
}

pub(super) async fn delete(client: &Client, name: &SubnetworkName) -> Result<Deletion, Fault> {
    let begun = compute::delete_subnetwork(client, name).await?;
    finish(client, name, begun).await?;
    Ok(Deletion::Done)
}
