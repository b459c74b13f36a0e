//! The methods of Compute Engine, and the permissions that each requires.

use super::{change, disks, insert, list, operations, permissions, read};
use crate::route::{Route, routes};

pub(crate) const ROUTES: &[Route] = routes! {
    api "compute", Legacy, "compute.", "/compute/v1/projects/{project}";
    "instances.insert" POST "/zones/{zone}/instances" permissions::insert, insert::insert;
    "instances.get" GET "/zones/{zone}/instances/{instance}" permissions::get, read::instance;
    "instances.list" GET "/zones/{zone}/instances" permissions::list, list::list;
    "instances.aggregatedList" GET "/aggregated/instances" permissions::list, list::aggregated;
    "instances.delete" DELETE "/zones/{zone}/instances/{instance}" permissions::delete, change::delete;
    "instances.stop" POST "/zones/{zone}/instances/{instance}/stop" permissions::stop, change::stop;
    "instances.start" POST "/zones/{zone}/instances/{instance}/start" permissions::start, change::start;
    "instances.setMetadata" POST "/zones/{zone}/instances/{instance}/setMetadata"
        permissions::set_metadata, change::set_metadata;
    "instances.setLabels" POST "/zones/{zone}/instances/{instance}/setLabels"
        permissions::set_labels, change::set_labels;
    "instances.simulateMaintenanceEvent"
        POST "/zones/{zone}/instances/{instance}/simulateMaintenanceEvent"
        permissions::simulate, change::simulate_maintenance;
    "instances.getSerialPortOutput" GET "/zones/{zone}/instances/{instance}/serialPort"
        permissions::serial_port, read::serial_port;
    "globalOperations.get" GET "/global/operations/{operation}" permissions::global_operation, operations::get;
    "globalOperations.wait" POST "/global/operations/{operation}/wait"
        permissions::global_operation, operations::wait;
    "regionOperations.get" GET "/regions/{region}/operations/{operation}"
        permissions::region_operation, operations::get;
    "regionOperations.wait" POST "/regions/{region}/operations/{operation}/wait"
        permissions::region_operation, operations::wait;
    "zoneOperations.get" GET "/zones/{zone}/operations/{operation}"
        permissions::operation_get, operations::get;
    "zoneOperations.list" GET "/zones/{zone}/operations" permissions::operations_list, operations::list;
    "zoneOperations.wait" POST "/zones/{zone}/operations/{operation}/wait"
        permissions::operation_get, operations::wait;
    "disks.get" GET "/zones/{zone}/disks/{disk}" permissions::disk_get, disks::get;
    "disks.list" GET "/zones/{zone}/disks" permissions::disks_list, disks::list;
    "disks.aggregatedList" GET "/aggregated/disks" permissions::disks_list, disks::aggregated;
    "disks.delete" DELETE "/zones/{zone}/disks/{disk}" permissions::disk_delete, disks::delete;
    "zones.get" GET "/zones/{zone}" permissions::zone, read::zone;
    "zones.list" GET "/zones" permissions::zones, read::zones;
    "regions.get" GET "/regions/{region}" permissions::region, read::region;
    "regions.list" GET "/regions" permissions::regions, read::regions;
    "machineTypes.get" GET "/zones/{zone}/machineTypes/{machineType}"
        permissions::machine_type, read::machine_type;
    "machineTypes.list" GET "/zones/{zone}/machineTypes" permissions::machine_types, read::machine_types;
    "acceleratorTypes.list" GET "/zones/{zone}/acceleratorTypes"
        permissions::accelerator_types, read::accelerator_types;
    "images.getFromFamily" GET "/global/images/family/{family}"
        permissions::image_from_family, read::image_from_family;
    "projects.get" GET "" permissions::project, read::project;
};
