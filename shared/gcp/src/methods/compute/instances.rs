//! Instances.

use super::{
    permissions::{of_insert, on_project, on_zonal},
    zones::OPERATION,
};
use crate::{
    Client, Error, Idempotency, Method, Operation, Pages, Request, ResponseKind, methods::int64,
};
use names::{InstanceName, ProjectId, Timestamp, Zone};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Creates an instance. With a request id it is created once, however often
/// it is sent.
pub static INSTANCES_INSERT: Method = Method::post(
    "compute.instances.insert",
    "/compute/v1/projects/{project}/zones/{zone}/instances",
)
.query(&["requestId"])
.sends(&[
    "name",
    "description",
    "machineType",
    "minCpuPlatform",
    "labels",
    "tags.items",
    "metadata.items.key",
    "metadata.items.value",
    "deletionProtection",
    "disks.boot",
    "disks.autoDelete",
    "disks.type",
    "disks.mode",
    "disks.source",
    "disks.deviceName",
    "disks.initializeParams.diskName",
    "disks.initializeParams.diskType",
    "disks.initializeParams.diskSizeGb",
    "disks.initializeParams.sourceImage",
    "disks.initializeParams.labels",
    "networkInterfaces.network",
    "networkInterfaces.subnetwork",
    "networkInterfaces.nicType",
    "networkInterfaces.accessConfigs.name",
    "networkInterfaces.accessConfigs.type",
    "networkInterfaces.accessConfigs.networkTier",
    "serviceAccounts.email",
    "serviceAccounts.scopes",
    "guestAccelerators.acceleratorType",
    "guestAccelerators.acceleratorCount",
    "scheduling.provisioningModel",
    "scheduling.preemptible",
    "scheduling.instanceTerminationAction",
    "scheduling.automaticRestart",
    "scheduling.onHostMaintenance",
    "scheduling.terminationTime",
    "scheduling.maxRunDuration.seconds",
    "scheduling.preemptionNoticeDuration.seconds",
    "shieldedInstanceConfig.enableSecureBoot",
    "shieldedInstanceConfig.enableVtpm",
    "shieldedInstanceConfig.enableIntegrityMonitoring",
])
.reads(OPERATION)
.idempotency(Idempotency::If(has_request_id))
.response(ResponseKind::ComputeOperation)
.requires(of_insert);

/// Reads an instance.
pub static INSTANCES_GET: Method = Method::get(
    "compute.instances.get",
    "/compute/v1/projects/{project}/zones/{zone}/instances/{instance}",
)
.reads(&[
    "id",
    "name",
    "status",
    "zone",
    "labels",
    "creationTimestamp",
])
.requires(|r| on_zonal("compute.instances.get", r, "instances"));

/// Deletes an instance and the disks that go with it.
pub static INSTANCES_DELETE: Method = Method::delete(
    "compute.instances.delete",
    "/compute/v1/projects/{project}/zones/{zone}/instances/{instance}",
)
.query(&["requestId"])
.reads(OPERATION)
.idempotency(Idempotency::If(has_request_id))
.response(ResponseKind::ComputeOperation)
.requires(|r| on_zonal("compute.instances.delete", r, "instances"));

/// Lists the instances of a zone.
pub static INSTANCES_LIST: Method = Method::get(
    "compute.instances.list",
    "/compute/v1/projects/{project}/zones/{zone}/instances",
)
.query(&["filter", "maxResults", "pageToken"])
.reads(&[
    "items.id",
    "items.name",
    "items.status",
    "items.zone",
    "items.labels",
    "items.creationTimestamp",
    "nextPageToken",
])
.requires(|r| on_project("compute.instances.list", r));

/// Lists the instances of all zones.
pub static INSTANCES_AGGREGATED_LIST: Method = Method::get(
    "compute.instances.aggregatedList",
    "/compute/v1/projects/{project}/aggregated/instances",
)
.query(&["filter", "maxResults", "pageToken"])
.reads(&[
    "items.instances.id",
    "items.instances.name",
    "items.instances.status",
    "items.instances.zone",
    "items.instances.labels",
    "items.instances.creationTimestamp",
    "items.instances.serviceAccounts.email",
    "items.warning.code",
    "unreachables",
    "nextPageToken",
])
.requires(|r| on_project("compute.instances.list", r));

/// Reads what an instance wrote to its serial port.
pub static GET_SERIAL_PORT_OUTPUT: Method = Method::get(
    "compute.instances.getSerialPortOutput",
    "/compute/v1/projects/{project}/zones/{zone}/instances/{instance}/serialPort",
)
.query(&["start"])
.reads(&["contents", "next"])
.requires(|r| on_zonal("compute.instances.getSerialPortOutput", r, "instances"));

/// Plays a maintenance event to an instance.
pub static SIMULATE_MAINTENANCE_EVENT: Method = Method::post(
    "compute.instances.simulateMaintenanceEvent",
    "/compute/v1/projects/{project}/zones/{zone}/instances/{instance}/simulateMaintenanceEvent",
)
.query(&["requestId"])
.reads(OPERATION)
.idempotency(Idempotency::If(has_request_id))
.response(ResponseKind::ComputeOperation)
.requires(|r| on_zonal("compute.instances.simulateMaintenanceEvent", r, "instances"));

fn has_request_id(r: &Request) -> bool {
    r.query_value("requestId").is_some()
}

/// An account that an instance runs as.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AttachedServiceAccount {
    /// Its address; text, since instances of others may bear any.
    pub email: String,
}

/// What groundcrew reads of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Instance {
    /// Its number, which no other instance ever has.
    #[serde(default)]
    pub id: String,
    /// Its name; text, since instances of others may bear any.
    pub name: String,
    /// `PROVISIONING`, `STAGING`, `RUNNING`, `STOPPING`, `TERMINATED`, …
    #[serde(default)]
    pub status: String,
    /// Its zone: a URL as it comes, see [`Instance::zone`].
    #[serde(default)]
    pub zone: String,
    /// Its labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// When it was created, where that can be read.
    #[serde(default, deserialize_with = "lenient")]
    pub creation_timestamp: Option<Timestamp>,
    /// The accounts that it runs as, where those were read.
    #[serde(default)]
    pub service_accounts: Option<Vec<AttachedServiceAccount>>,
}

impl Instance {
    /// The zone that it is in.
    #[must_use]
    pub fn zone(&self) -> Option<Zone> {
        self.zone.rsplit('/').next()?.parse().ok()
    }
}

fn lenient<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    Ok(text.and_then(|text| text.parse().ok()))
}

/// The instances found, and where nobody could look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InstanceList {
    /// The instances.
    pub instances: Vec<Instance>,
    /// The scopes (`zones/us-central1-a`) that did not answer: an instance
    /// that is not in the list may be there.
    pub unreachable: Vec<String>,
}

/// A piece of what an instance wrote to its serial port.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SerialOutput {
    /// The text.
    #[serde(default)]
    pub contents: String,
    /// The byte to go on from.
    #[serde(default, deserialize_with = "int64")]
    pub next: i64,
}

fn zonal(method: &'static Method, project: &ProjectId, zone: &Zone) -> Request {
    Request::new(method)
        .path("project", project)
        .path("zone", zone)
}

/// The request that creates an instance: `instance` is a body as in the API.
#[must_use]
pub fn insert_request(
    project: &ProjectId,
    zone: &Zone,
    instance: &Value,
    request_id: Uuid,
) -> Request {
    zonal(&INSTANCES_INSERT, project, zone)
        .query("requestId", request_id)
        .json(instance)
}

/// Begins to create an instance: `instance` is a body as in the API.
///
/// # Errors
/// The call failed: 409 if the name is taken. That the instance cannot be had
/// may come here or in the operation.
pub async fn insert(
    client: &Client,
    project: &ProjectId,
    zone: &Zone,
    instance: &Value,
    request_id: Uuid,
) -> Result<Operation, Error> {
    let request = insert_request(project, zone, instance, request_id);
    client.operation(&request).await
}

/// Reads an instance.
///
/// # Errors
/// The call failed.
pub async fn get(
    client: &Client,
    project: &ProjectId,
    zone: &Zone,
    instance: &InstanceName,
) -> Result<Instance, Error> {
    let request = zonal(&INSTANCES_GET, project, zone).path("instance", instance);
    client.json(&request).await
}

/// Begins to delete an instance.
///
/// # Errors
/// The call failed: 404 if it is not there.
pub async fn delete(
    client: &Client,
    project: &ProjectId,
    zone: &Zone,
    instance: &InstanceName,
    request_id: Uuid,
) -> Result<Operation, Error> {
    let request = zonal(&INSTANCES_DELETE, project, zone)
        .path("instance", instance)
        .query("requestId", request_id);
    client.operation(&request).await
}

/// Lists the instances of a zone that `filter` (`labels.a=b`) lets through;
/// all, if it is empty.
///
/// # Errors
/// A call failed.
pub async fn list(
    client: &Client,
    project: &ProjectId,
    zone: &Zone,
    filter: &str,
) -> Result<Vec<Instance>, Error> {
    let request = filtered(zonal(&INSTANCES_LIST, project, zone), filter);
    Pages::new(client, request).all("items").await
}

fn filtered(request: Request, filter: &str) -> Request {
    let request = request.query("maxResults", 500);
    match filter {
        "" => request,
        filter => request.query("filter", filter),
    }
}

/// Lists the instances of all zones that `filter` lets through.
///
/// # Errors
/// A call failed. A zone that does not answer is no error: it is named in the
/// answer.
pub async fn aggregated_list(
    client: &Client,
    project: &ProjectId,
    filter: &str,
) -> Result<InstanceList, Error> {
    #[derive(Deserialize)]
    struct Page {
        #[serde(default)]
        items: BTreeMap<String, Scope>,
        #[serde(default)]
        unreachables: Vec<String>,
    }
    #[derive(Deserialize)]
    struct Scope {
        #[serde(default)]
        instances: Vec<Instance>,
        warning: Option<Value>,
    }
    let request = Request::new(&INSTANCES_AGGREGATED_LIST).path("project", project);
    let mut pages = Pages::new(client, filtered(request, filter));
    let mut found = InstanceList::default();
    while let Some(page) = pages.next::<Page>().await? {
        found.unreachable.extend(page.unreachables);
        for (scope, listed) in page.items {
            let code = listed.warning.map(|warning| warning["code"].clone());
            if code.is_some_and(|code| code == "UNREACHABLE") {
                found.unreachable.push(scope);
            }
            found.instances.extend(listed.instances);
        }
    }
    found.unreachable.sort();
    found.unreachable.dedup();
    Ok(found)
}

/// Reads what an instance wrote to its serial port from the byte `start` on.
///
/// # Errors
/// The call failed.
pub async fn serial_output(
    client: &Client,
    project: &ProjectId,
    zone: &Zone,
    instance: &InstanceName,
    start: i64,
) -> Result<SerialOutput, Error> {
    let request = zonal(&GET_SERIAL_PORT_OUTPUT, project, zone)
        .path("instance", instance)
        .query("start", start);
    client.json(&request).await
}

/// Begins to play a maintenance event to an instance. Not known to work on
/// machines with GPUs.
///
/// # Errors
/// The call failed.
pub async fn simulate_maintenance(
    client: &Client,
    project: &ProjectId,
    zone: &Zone,
    instance: &InstanceName,
    request_id: Uuid,
) -> Result<Operation, Error> {
    let request = zonal(&SIMULATE_MAINTENANCE_EVENT, project, zone)
        .path("instance", instance)
        .query("requestId", request_id);
    client.operation(&request).await
}
