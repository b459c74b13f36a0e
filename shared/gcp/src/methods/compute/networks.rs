//! Networks and subnetworks.

use super::permissions::{on_global, on_regional};
use super::zones::OPERATION;
use crate::{
    Client, Error, Idempotency, Method, Operation, Request, RequiredPermission, ResponseKind,
};
use names::{NetworkName, SubnetworkName};
use serde::Deserialize;
use serde_json::json;

/// Creates a network.
pub static NETWORKS_INSERT: Method = Method::post(
    "compute.networks.insert",
    "/compute/v1/projects/{project}/global/networks",
)
.sends(&["name", "description", "autoCreateSubnetworks"])
.reads(OPERATION)
.response(ResponseKind::ComputeOperation)
.requires(|r| {
    let name = r.body_json()["name"].as_str().unwrap_or_default();
    on_global("compute.networks.create", r, "networks", name)
});

/// Reads a network.
pub static NETWORKS_GET: Method = Method::get(
    "compute.networks.get",
    "/compute/v1/projects/{project}/global/networks/{network}",
)
.reads(&["id", "description", "autoCreateSubnetworks"])
.requires(|r| {
    on_global(
        "compute.networks.get",
        r,
        "networks",
        r.path_value("network"),
    )
});

/// Deletes a network that nothing uses.
pub static NETWORKS_DELETE: Method = Method::delete(
    "compute.networks.delete",
    "/compute/v1/projects/{project}/global/networks/{network}",
)
.reads(OPERATION)
.response(ResponseKind::ComputeOperation)
.requires(|r| {
    let name = r.path_value("network");
    on_global("compute.networks.delete", r, "networks", name)
});

/// Creates a subnetwork.
pub static SUBNETWORKS_INSERT: Method = Method::post(
    "compute.subnetworks.insert",
    "/compute/v1/projects/{project}/regions/{region}/subnetworks",
)
.sends(&[
    "name",
    "description",
    "network",
    "ipCidrRange",
    "privateIpGoogleAccess",
])
.reads(OPERATION)
.response(ResponseKind::ComputeOperation)
.requires(|r| {
    let name = r.body_json()["name"].as_str().unwrap_or_default();
    on_regional("compute.subnetworks.create", r, "subnetworks", name)
});

/// Reads a subnetwork.
pub static SUBNETWORKS_GET: Method = Method::get(
    "compute.subnetworks.get",
    "/compute/v1/projects/{project}/regions/{region}/subnetworks/{subnetwork}",
)
.reads(&[
    "id",
    "description",
    "network",
    "ipCidrRange",
    "privateIpGoogleAccess",
])
.requires(|r| on_subnetwork("compute.subnetworks.get", r));

/// Sets whether machines without an external address reach Google's APIs.
pub static SUBNETWORKS_SET_PRIVATE_IP_GOOGLE_ACCESS: Method = Method::post(
    "compute.subnetworks.setPrivateIpGoogleAccess",
    "/compute/v1/projects/{project}/regions/{region}/subnetworks/{subnetwork}/setPrivateIpGoogleAccess",
)
.sends(&["privateIpGoogleAccess"])
.reads(OPERATION)
.idempotency(Idempotency::Always)
.response(ResponseKind::ComputeOperation)
.requires(|r| on_subnetwork("compute.subnetworks.setPrivateIpGoogleAccess", r));

/// Deletes a subnetwork that no machine uses.
pub static SUBNETWORKS_DELETE: Method = Method::delete(
    "compute.subnetworks.delete",
    "/compute/v1/projects/{project}/regions/{region}/subnetworks/{subnetwork}",
)
.reads(OPERATION)
.response(ResponseKind::ComputeOperation)
.requires(|r| on_subnetwork("compute.subnetworks.delete", r));

fn on_subnetwork(permission: &'static str, r: &Request) -> Vec<RequiredPermission> {
    on_regional(permission, r, "subnetworks", r.path_value("subnetwork"))
}

/// A network.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Network {
    /// Its number.
    pub id: String,
    /// What its maker said of it.
    pub description: String,
    /// Whether Google makes a subnetwork in each region.
    pub auto_create_subnetworks: bool,
}

/// A subnetwork.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Subnetwork {
    /// Its number.
    pub id: String,
    /// What its maker said of it.
    pub description: String,
    /// The URL of its network.
    pub network: String,
    /// The addresses of its machines.
    pub ip_cidr_range: String,
    /// Whether machines without an external address reach Google's APIs.
    pub private_ip_google_access: bool,
}

fn of_network(method: &'static Method, name: &NetworkName) -> Request {
    Request::new(method)
        .path("project", name.project())
        .path("network", name.id())
}

fn of_subnetwork(method: &'static Method, name: &SubnetworkName) -> Request {
    Request::new(method)
        .path("project", name.project())
        .path("region", name.region())
        .path("subnetwork", name.id())
}

/// Creates a network without subnetworks.
///
/// # Errors
/// The call failed; 409 if it exists.
pub async fn insert_network(
    client: &Client,
    name: &NetworkName,
    description: &str,
) -> Result<Operation, Error> {
    let request = Request::new(&NETWORKS_INSERT)
        .path("project", name.project())
        .json(&json!({
            "name": name.id(),
            "description": description,
            "autoCreateSubnetworks": false,
        }));
    client.operation(&request).await
}

/// Reads a network.
///
/// # Errors
/// The call failed; 404 if there is none.
pub async fn get_network(client: &Client, name: &NetworkName) -> Result<Network, Error> {
    client.json(&of_network(&NETWORKS_GET, name)).await
}

/// Deletes a network.
///
/// # Errors
/// The call failed; 400 `resourceInUseByAnotherResource` if something uses it.
pub async fn delete_network(client: &Client, name: &NetworkName) -> Result<Operation, Error> {
    client.operation(&of_network(&NETWORKS_DELETE, name)).await
}

/// Creates a subnetwork whose machines reach Google's APIs without external
/// addresses.
///
/// # Errors
/// The call failed; 409 if it exists, 400 `resourceNotReady` if its network is
/// still being made.
pub async fn insert_subnetwork(
    client: &Client,
    name: &SubnetworkName,
    network: &NetworkName,
    range: &str,
    description: &str,
) -> Result<Operation, Error> {
    let request = Request::new(&SUBNETWORKS_INSERT)
        .path("project", name.project())
        .path("region", name.region())
        .json(&json!({
            "name": name.id(),
            "description": description,
            "network": network,
            "ipCidrRange": range,
            "privateIpGoogleAccess": true,
        }));
    client.operation(&request).await
}

/// Reads a subnetwork.
///
/// # Errors
/// The call failed; 404 if there is none.
pub async fn get_subnetwork(client: &Client, name: &SubnetworkName) -> Result<Subnetwork, Error> {
    client.json(&of_subnetwork(&SUBNETWORKS_GET, name)).await
}

/// Sets whether machines without an external address reach Google's APIs.
///
/// # Errors
/// The call failed.
pub async fn set_private_access(
    client: &Client,
    name: &SubnetworkName,
    private: bool,
) -> Result<Operation, Error> {
    let request = of_subnetwork(&SUBNETWORKS_SET_PRIVATE_IP_GOOGLE_ACCESS, name)
        .json(&json!({ "privateIpGoogleAccess": private }));
    client.operation(&request).await
}

/// Deletes a subnetwork.
///
/// # Errors
/// The call failed; 400 `resourceInUseByAnotherResource` if a machine uses it.
pub async fn delete_subnetwork(client: &Client, name: &SubnetworkName) -> Result<Operation, Error> {
    client
        .operation(&of_subnetwork(&SUBNETWORKS_DELETE, name))
        .await
}
