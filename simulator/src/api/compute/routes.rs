//! The methods of Compute Engine, and the permissions that each requires.

use super::{
    attach, change, disk_change, disks, images, insert, list,
    network::{ADDRESS, SUBNETWORK},
    operations, permissions, power, read, types, update,
};
use crate::route::{Route, routes};

pub(crate) const ROUTES: &[Route] = routes! {
    api "compute", "compute.", "/compute/v1/projects/{project}";
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
    "instances.setTags" POST "/zones/{zone}/instances/{instance}/setTags"
        permissions::set_tags, update::set_tags;
    "instances.setMachineType" POST "/zones/{zone}/instances/{instance}/setMachineType"
        permissions::set_machine_type, update::set_machine_type;
    "instances.setServiceAccount" POST "/zones/{zone}/instances/{instance}/setServiceAccount"
        permissions::set_service_account, update::set_service_account;
    "instances.setScheduling" POST "/zones/{zone}/instances/{instance}/setScheduling"
        permissions::set_scheduling, update::set_scheduling;
    "instances.setDeletionProtection" POST "/zones/{zone}/instances/{resource}/setDeletionProtection"
        permissions::set_deletion_protection, update::set_deletion_protection;
    "instances.reset" POST "/zones/{zone}/instances/{instance}/reset" permissions::reset, power::reset;
    "instances.suspend" POST "/zones/{zone}/instances/{instance}/suspend"
        permissions::suspend, power::suspend;
    "instances.resume" POST "/zones/{zone}/instances/{instance}/resume"
        permissions::resume, power::resume;
    "instances.attachDisk" POST "/zones/{zone}/instances/{instance}/attachDisk"
        permissions::attach_disk, attach::attach;
    "instances.detachDisk" POST "/zones/{zone}/instances/{instance}/detachDisk"
        permissions::detach_disk, attach::detach;
    "instances.getSerialPortOutput" GET "/zones/{zone}/instances/{instance}/serialPort"
        permissions::serial_port, read::serial_port;
    "globalOperations.get" GET "/global/operations/{operation}" permissions::global_operation, operations::get;
    "globalOperations.list" GET "/global/operations" permissions::global_operations, operations::list;
    "globalOperations.aggregatedList" GET "/aggregated/operations"
        permissions::global_operations, operations::aggregated;
    "globalOperations.delete" DELETE "/global/operations/{operation}"
        permissions::global_operation_delete, operations::delete;
    "globalOperations.wait" POST "/global/operations/{operation}/wait"
        permissions::global_operation, operations::wait;
    "regionOperations.get" GET "/regions/{region}/operations/{operation}"
        permissions::region_operation, operations::get;
    "regionOperations.list" GET "/regions/{region}/operations"
        permissions::region_operations, operations::list;
    "regionOperations.delete" DELETE "/regions/{region}/operations/{operation}"
        permissions::region_operation_delete, operations::delete;
    "regionOperations.wait" POST "/regions/{region}/operations/{operation}/wait"
        permissions::region_operation, operations::wait;
    "zoneOperations.get" GET "/zones/{zone}/operations/{operation}"
        permissions::operation_get, operations::get;
    "zoneOperations.list" GET "/zones/{zone}/operations" permissions::operations_list, operations::list;
    "zoneOperations.delete" DELETE "/zones/{zone}/operations/{operation}"
        permissions::operation_delete, operations::delete;
    "zoneOperations.wait" POST "/zones/{zone}/operations/{operation}/wait"
        permissions::operation_get, operations::wait;
    "addresses.aggregatedList" GET "/aggregated/addresses" permissions::addresses,
        |cloud, call| list::of_kind(&ADDRESS, cloud, call, "compute#addressAggregatedList");
    "subnetworks.aggregatedList" GET "/aggregated/subnetworks" permissions::subnetworks,
        |cloud, call| list::of_kind(&SUBNETWORK, cloud, call, "compute#subnetworkAggregatedList");
    "disks.insert" POST "/zones/{zone}/disks" permissions::disk_insert, disk_change::insert;
    "disks.resize" POST "/zones/{zone}/disks/{disk}/resize" permissions::disk_resize, disk_change::resize;
    "disks.setLabels" POST "/zones/{zone}/disks/{resource}/setLabels"
        permissions::disk_set_labels, disk_change::set_labels;
    "disks.createSnapshot" POST "/zones/{zone}/disks/{disk}/createSnapshot"
        permissions::create_snapshot, disk_change::create_snapshot;
    "disks.get" GET "/zones/{zone}/disks/{disk}" permissions::disk_get, disks::get;
    "disks.list" GET "/zones/{zone}/disks" permissions::disks_list, disks::list;
    "disks.aggregatedList" GET "/aggregated/disks" permissions::disks_list, disks::aggregated;
    "disks.delete" DELETE "/zones/{zone}/disks/{disk}" permissions::disk_delete, disks::delete;
    "zones.get" GET "/zones/{zone}" permissions::zone, read::zone;
    "zones.list" GET "/zones" permissions::zones, read::zones;
    "regions.get" GET "/regions/{region}" permissions::region, read::region;
    "regions.list" GET "/regions" permissions::regions, read::regions;
    "machineTypes.get" GET "/zones/{zone}/machineTypes/{machineType}"
        permissions::machine_type, types::machine_type;
    "machineTypes.list" GET "/zones/{zone}/machineTypes" permissions::machine_types, types::machine_types;
    "machineTypes.aggregatedList" GET "/aggregated/machineTypes"
        permissions::machine_types, types::machine_types_aggregated;
    "acceleratorTypes.get" GET "/zones/{zone}/acceleratorTypes/{acceleratorType}"
        permissions::accelerator_type, types::accelerator_type;
    "acceleratorTypes.list" GET "/zones/{zone}/acceleratorTypes"
        permissions::accelerator_types, types::accelerator_types;
    "acceleratorTypes.aggregatedList" GET "/aggregated/acceleratorTypes"
        permissions::accelerator_types, types::accelerator_types_aggregated;
    "diskTypes.get" GET "/zones/{zone}/diskTypes/{diskType}" permissions::disk_type, types::disk_type;
    "diskTypes.list" GET "/zones/{zone}/diskTypes" permissions::disk_types, types::disk_types;
    "diskTypes.aggregatedList" GET "/aggregated/diskTypes"
        permissions::disk_types, types::disk_types_aggregated;
    "images.get" GET "/global/images/{image}" permissions::image, images::get;
    "images.list" GET "/global/images" permissions::images, images::list;
    "images.getFromFamily" GET "/global/images/family/{family}"
        permissions::image_from_family, images::from_family;
    // No role has the permission that is published for it.
    "imageFamilyViews.get" GET "/zones/{zone}/imageFamilyViews/{family}"
        permissions::image_from_family, images::family_view;
    "projects.get" GET "" permissions::project, read::project;
};
