//! The methods of instances.

use super::permissions::insert_permissions;
use crate::{
    Idempotency, Method, On, Request, ResponseKind, methods::operation_fields::COMPUTE_OPERATION,
};

/// Creates an instance. Requests with the same request ID create it once.
pub static INSTANCES_INSERT: Method = Method::post(
    "compute.instances.insert",
    "/compute/v1/projects/{project}/zones/{zone}/instances",
)
.query(&["requestId"])
.request_fields(&[
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
.operation(ResponseKind::ComputeOperation, COMPUTE_OPERATION)
.idempotency(Idempotency::If(has_request_id))
.requires(insert_permissions);

/// Reads an instance.
pub static INSTANCES_GET: Method = Method::get(
    "compute.instances.get",
    "/compute/v1/projects/{project}/zones/{zone}/instances/{instance}",
)
.response_fields(&[
    "id",
    "name",
    "status",
    "zone",
    "labels",
    "creationTimestamp",
])
.needs(&[("compute.instances.get", On::Resource)]);

/// Deletes an instance and its auto-delete disks.
pub static INSTANCES_DELETE: Method = Method::delete(
    "compute.instances.delete",
    "/compute/v1/projects/{project}/zones/{zone}/instances/{instance}",
)
.query(&["requestId"])
.operation(ResponseKind::ComputeOperation, COMPUTE_OPERATION)
.idempotency(Idempotency::If(has_request_id))
.needs(&[("compute.instances.delete", On::Resource)]);

/// Lists the instances of a zone.
pub static INSTANCES_LIST: Method = Method::get(
    "compute.instances.list",
    "/compute/v1/projects/{project}/zones/{zone}/instances",
)
.query(&["filter", "maxResults", "pageToken"])
.response_fields(&[
    "items.id",
    "items.name",
    "items.status",
    "items.zone",
    "items.labels",
    "items.creationTimestamp",
    "nextPageToken",
])
.needs(&[("compute.instances.list", On::Project)]);

/// Lists the instances of all zones.
pub static INSTANCES_AGGREGATED_LIST: Method = Method::get(
    "compute.instances.aggregatedList",
    "/compute/v1/projects/{project}/aggregated/instances",
)
.query(&["filter", "maxResults", "pageToken", "fields"])
.response_fields(&[
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
.needs(&[("compute.instances.list", On::Project)]);

/// Reads the output of an instance's serial port.
pub static GET_SERIAL_PORT_OUTPUT: Method = Method::get(
    "compute.instances.getSerialPortOutput",
    "/compute/v1/projects/{project}/zones/{zone}/instances/{instance}/serialPort",
)
.query(&["start"])
.response_fields(&["contents", "next"])
.needs(&[("compute.instances.getSerialPortOutput", On::Resource)]);

/// Simulates a maintenance event on an instance.
pub static SIMULATE_MAINTENANCE_EVENT: Method = Method::post(
    "compute.instances.simulateMaintenanceEvent",
    "/compute/v1/projects/{project}/zones/{zone}/instances/{instance}/simulateMaintenanceEvent",
)
.query(&["requestId"])
.operation(ResponseKind::ComputeOperation, COMPUTE_OPERATION)
.idempotency(Idempotency::If(has_request_id))
.needs(&[("compute.instances.simulateMaintenanceEvent", On::Resource)]);

fn has_request_id(r: &Request) -> bool {
    r.query_value("requestId").is_some()
}
