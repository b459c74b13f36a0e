//! Networks, subnetworks and Cloud Routers.

use super::operations::{GLOBAL_OPERATIONS, REGION_OPERATIONS};
use crate::{
    ApiPath, Client, Collection, Error, Idempotency, Method, NewId, On, Pages, Request,
    RequiredPermission, ResourceName, ResponseKind::ComputeOperation, collection::collection,
    methods::operation_fields::COMPUTE_OPERATION,
};
use names::{NetworkName, ProjectId, RouterName, SubnetworkName};
use serde::Deserialize;
use serde_json::{Value, json};

collection! {
    /// Networks. Only one that is not in use can be deleted (400
    /// `resourceInUseByAnotherResource`).
    NETWORKS = "compute.networks" ("compute.networks"),
    "projects/project-1/global/networks/n",
    id: NewId::Field("name"), operations: Some(&GLOBAL_OPERATIONS);
    insert post "/compute/v1/projects/{project}/global/networks" (create New)
        .request_fields(&["name", "description", "autoCreateSubnetworks"])
        .operation(ComputeOperation, COMPUTE_OPERATION);
    get get "/compute/v1/projects/{project}/global/networks/{network}" (get Resource)
        .response_fields(&["id", "description", "autoCreateSubnetworks"]);
    delete delete "/compute/v1/projects/{project}/global/networks/{network}" (delete Resource)
        .operation(ComputeOperation, COMPUTE_OPERATION);
}

collection! {
    /// Subnetworks. 400 `resourceNotReady` if the network is still being created.
    SUBNETWORKS = "compute.subnetworks" ("compute.subnetworks"),
    "projects/project-1/regions/us-central1/subnetworks/s",
    id: NewId::Field("name"), operations: Some(&REGION_OPERATIONS);
    insert post "/compute/v1/projects/{project}/regions/{region}/subnetworks" (create New)
        .request_fields(&[
            "name",
            "description",
            "network",
            "ipCidrRange",
            "privateIpGoogleAccess",
        ])
        .operation(ComputeOperation, COMPUTE_OPERATION);
    get get "/compute/v1/projects/{project}/regions/{region}/subnetworks/{subnetwork}"
        (get Resource)
        .response_fields(&[
            "id",
            "description",
            "network",
            "ipCidrRange",
            "privateIpGoogleAccess",
        ]);
    delete delete "/compute/v1/projects/{project}/regions/{region}/subnetworks/{subnetwork}"
        (delete Resource)
        .operation(ComputeOperation, COMPUTE_OPERATION);
}

const ROUTER: &[&str] = &[
    "name",
    "description",
    "network",
    "nats",
    "nats.name",
    "nats.natIpAllocateOption",
    "nats.sourceSubnetworkIpRangesToNat",
];

collection! {
    /// Cloud Routers, for their Cloud NATs. (Unverified: that an insert or patch
    /// needs no permission on the network.)
    ROUTERS = "compute.routers" ("compute.routers"),
    "projects/project-1/regions/us-central1/routers/r",
    id: NewId::Field("name"), operations: Some(&REGION_OPERATIONS);
    insert post "/compute/v1/projects/{project}/regions/{region}/routers" (create New)
        .request_fields(ROUTER)
        .operation(ComputeOperation, COMPUTE_OPERATION);
    get get "/compute/v1/projects/{project}/regions/{region}/routers/{router}" (get Resource)
        .response_fields(&[
            "id",
            "description",
            "network",
            "nats",
            "nats.name",
            "nats.natIpAllocateOption",
            "nats.sourceSubnetworkIpRangesToNat",
        ]);
    patch patch "/compute/v1/projects/{project}/regions/{region}/routers/{router}"
        (update Resource)
        .request_fields(ROUTER)
        .operation(ComputeOperation, COMPUTE_OPERATION)
        .idempotency(Idempotency::Always);
    delete delete "/compute/v1/projects/{project}/regions/{region}/routers/{router}"
        (delete Resource)
        .operation(ComputeOperation, COMPUTE_OPERATION);
}

collection! {
    /// Firewall rules of networks. Those of firewall policies are elsewhere.
    FIREWALLS = "compute.firewalls" ("compute.firewalls"),
    "projects/project-1/global/firewalls/f",
    items: "items", operations: Some(&GLOBAL_OPERATIONS);
    list get "/compute/v1/projects/{project}/global/firewalls" (list Project)
        .query(&["pageToken"])
        .response_fields(&[
            "items.name",
            "items.network",
            "items.direction",
            "items.disabled",
            "items.allowed.IPProtocol",
            "nextPageToken",
        ]);
    delete delete "/compute/v1/projects/{project}/global/firewalls/{firewall}"
        (delete Resource)
        .operation(ComputeOperation, COMPUTE_OPERATION)
        .requires(|r| {
            let project = r.path_value("project");
            vec![RequiredPermission::on_project("compute.networks.updatePolicy", project)]
        });
}

/// A firewall rule of a network.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FirewallRule {
    /// Its name.
    pub name: String,
    /// The URL of its network.
    #[serde(default)]
    pub network: String,
    /// `INGRESS` or `EGRESS`.
    #[serde(default)]
    pub direction: String,
    /// Whether it has no effect.
    #[serde(default)]
    pub disabled: bool,
    /// The protocols and ports that it allows; empty if it denies some.
    #[serde(default)]
    pub allowed: Vec<Value>,
}

/// Lists the firewall rules of all networks of a project.
///
/// # Errors
/// A call failed.
pub async fn list_firewalls(
    client: &Client,
    project: &ProjectId,
) -> Result<Vec<FirewallRule>, Error> {
    let list = FIREWALLS.list(&project.path());
    Pages::new(client, list).all(FIREWALLS.items).await
}

impl ResourceName for NetworkName {
    type Resource = Value;
    type Listed = Value;
    const COLLECTION: &'static Collection = &NETWORKS;
}

impl ResourceName for SubnetworkName {
    type Resource = Value;
    type Listed = Value;
    const COLLECTION: &'static Collection = &SUBNETWORKS;
}

impl ResourceName for RouterName {
    type Resource = Value;
    type Listed = Value;
    const COLLECTION: &'static Collection = &ROUTERS;
}

/// Sets Private Google Access: whether instances without an external IP address
/// can reach Google's APIs.
pub static SUBNETWORKS_SET_PRIVATE_IP_GOOGLE_ACCESS: Method = Method::post(
    "compute.subnetworks.setPrivateIpGoogleAccess",
    "/compute/v1/projects/{project}/regions/{region}/subnetworks/{subnetwork}/setPrivateIpGoogleAccess",
)
.request_fields(&["privateIpGoogleAccess"])
.operation(ComputeOperation, COMPUTE_OPERATION)
.idempotency(Idempotency::Always)
.needs(&[("compute.subnetworks.setPrivateIpGoogleAccess", On::Resource)]);

/// The request that enables or disables Private Google Access.
#[must_use]
pub fn set_private_google_access_request(path: &str, enabled: bool) -> Request {
    Request::on(&SUBNETWORKS_SET_PRIVATE_IP_GOOGLE_ACCESS, path)
        .json(&json!({ "privateIpGoogleAccess": enabled }))
}
