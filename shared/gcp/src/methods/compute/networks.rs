//! Networks and subnetworks.

use super::permissions::{on_global, on_regional};
use super::zones::OPERATION_FIELDS;
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
.request_fields(&["name", "description", "autoCreateSubnetworks"])
.response_fields(OPERATION_FIELDS)
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
.response_fields(&["id", "description", "autoCreateSubnetworks"])
.requires(|r| {
    on_global(
        "compute.networks.get",
        r,
        "networks",
        r.path_value("network"),
    )
});

/// Deletes a network that is not in use.
pub static NETWORKS_DELETE: Method = Method::delete(
    "compute.networks.delete",
    "/compute/v1/projects/{project}/global/networks/{network}",
)
.response_fields(OPERATION_FIELDS)
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
.request_fields(&[
    "name",
    "description",
    "network",
    "ipCidrRange",
    "privateIpGoogleAccess",
])
.response_fields(OPERATION_FIELDS)
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
.response_fields(&[
    "id",
    "description",
    "network",
    "ipCidrRange",
    "privateIpGoogleAccess",
])
.requires(|r| on_subnetwork("compute.subnetworks.get", r));

/// Sets Private Google Access: whether instances without an external IP address
/// can reach Google's APIs.
pub static SUBNETWORKS_SET_PRIVATE_IP_GOOGLE_ACCESS: Method = Method::post(
    "compute.subnetworks.setPrivateIpGoogleAccess",
    "/compute/v1/projects/{project}/regions/{region}/subnetworks/{subnetwork}/setPrivateIpGoogleAccess",
)
.request_fields(&["privateIpGoogleAccess"])
.response_fields(OPERATION_FIELDS)
.idempotency(Idempotency::Always)
.response(ResponseKind::ComputeOperation)
.requires(|r| on_subnetwork("compute.subnetworks.setPrivateIpGoogleAccess", r));

/// Deletes a subnetwork that is not in use.
pub static SUBNETWORKS_DELETE: Method = Method::delete(
    "compute.subnetworks.delete",
    "/compute/v1/projects/{project}/regions/{region}/subnetworks/{subnetwork}",
)
.response_fields(OPERATION_FIELDS)
.response(ResponseKind::ComputeOperation)
.requires(|r| on_subnetwork("compute.subnetworks.delete", r));

fn on_subnetwork(permission: &'static str, r: &Request) -> Vec<RequiredPermission> {
    on_regional(permission, r, "subnetworks", r.path_value("subnetwork"))
}

/// A network.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Network {
    /// The numeric ID.
    pub id: String,
    /// The description.
    pub description: String,
    /// Whether Google creates a subnetwork in each region (auto mode).
    pub auto_create_subnetworks: bool,
}

/// A subnetwork.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Subnetwork {
    /// The numeric ID.
    pub id: String,
    /// The description.
    pub description: String,
    /// The URL of the network.
    pub network: String,
    /// The address range of the instances.
    pub ip_cidr_range: String,
    /// Private Google Access: whether instances without an external IP address
    /// can reach Google's APIs.
    pub private_ip_google_access: bool,
}

fn network_request(method: &'static Method, name: &NetworkName) -> Request {
    Request::new(method)
        .path("project", name.project())
        .path("network", name.id())
}

fn subnetwork_request(method: &'static Method, name: &SubnetworkName) -> Request {
    Request::new(method)
        .path("project", name.project())
        .path("region", name.region())
        .path("subnetwork", name.id())
}

/// Begins to create a network without subnetworks.
///
/// # Errors
/// The call failed; 409 if the network already exists.
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
/// The call failed; 404 if the network does not exist.
pub async fn get_network(client: &Client, name: &NetworkName) -> Result<Network, Error> {
    client.json(&network_request(&NETWORKS_GET, name)).await
}

/// Begins to delete a network.
///
/// # Errors
/// The call failed; 404 if the network does not exist, 400
/// `resourceInUseByAnotherResource` if it is in use.
pub async fn delete_network(client: &Client, name: &NetworkName) -> Result<Operation, Error> {
    client
        .operation(&network_request(&NETWORKS_DELETE, name))
        .await
}

/// Begins to create a subnetwork with Private Google Access.
///
/// # Errors
/// The call failed; 409 if the subnetwork already exists, 400
/// `resourceNotReady` if its network is still being created.
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
/// The call failed; 404 if the subnetwork does not exist.
pub async fn get_subnetwork(client: &Client, name: &SubnetworkName) -> Result<Subnetwork, Error> {
    client
        .json(&subnetwork_request(&SUBNETWORKS_GET, name))
        .await
}

/// Begins to enable or disable Private Google Access.
///
/// # Errors
/// The call failed; 404 if the subnetwork does not exist.
pub async fn set_private_google_access(
    client: &Client,
    name: &SubnetworkName,
    enabled: bool,
) -> Result<Operation, Error> {
    let request = subnetwork_request(&SUBNETWORKS_SET_PRIVATE_IP_GOOGLE_ACCESS, name)
        .json(&json!({ "privateIpGoogleAccess": enabled }));
    client.operation(&request).await
}

/// Begins to delete a subnetwork.
///
/// # Errors
/// The call failed; 404 if the subnetwork does not exist, 400
/// `resourceInUseByAnotherResource` if an instance uses it.
pub async fn delete_subnetwork(client: &Client, name: &SubnetworkName) -> Result<Operation, Error> {
    client
        .operation(&subnetwork_request(&SUBNETWORKS_DELETE, name))
        .await
}
