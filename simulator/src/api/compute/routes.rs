//! The methods of Compute Engine, and the permissions that each requires.

use super::{
    change, disks, insert, list, needs,
    network::{self, FIREWALL, NETWORK, SUBNETWORK, firewall_needs, needs},
    operations, read,
};
use crate::{error::Dialect, route::Route};
use http::Method;

macro_rules! routes {
    ($($id:literal $verb:ident $path:literal $needs:expr, $act:expr;)*) => {
        &[$(Route {
            api: "compute",
            id: concat!("compute.", $id),
            verb: Method::$verb,
            path: concat!("/compute/v1/projects/{project}", $path),
            dialect: Dialect::Legacy,
            needs: $needs,
            act: $act,
        }),*]
    };
}

pub(crate) const ROUTES: &[Route] = routes! {
    "instances.insert" POST "/zones/{zone}/instances" needs::insert, insert::insert;
    "instances.get" GET "/zones/{zone}/instances/{instance}" needs::get, read::instance;
    "instances.list" GET "/zones/{zone}/instances" needs::list, list::list;
    "instances.aggregatedList" GET "/aggregated/instances" needs::list, list::aggregated;
    "instances.delete" DELETE "/zones/{zone}/instances/{instance}" needs::delete, change::delete;
    "instances.stop" POST "/zones/{zone}/instances/{instance}/stop" needs::stop, change::stop;
    "instances.start" POST "/zones/{zone}/instances/{instance}/start" needs::start, change::start;
    "instances.setMetadata" POST "/zones/{zone}/instances/{instance}/setMetadata"
        needs::set_metadata, change::set_metadata;
    "instances.setLabels" POST "/zones/{zone}/instances/{instance}/setLabels"
        needs::set_labels, change::set_labels;
    "instances.simulateMaintenanceEvent"
        POST "/zones/{zone}/instances/{instance}/simulateMaintenanceEvent"
        needs::simulate, change::simulate_maintenance;
    "instances.getSerialPortOutput" GET "/zones/{zone}/instances/{instance}/serialPort"
        needs::serial_port, read::serial_port;
    "networks.insert" POST "/global/networks"
        |_, call| needs(&NETWORK, call, &["compute.networks.create"]), |c, k| network::insert(&NETWORK, c, k);
    "networks.get" GET "/global/networks/{network}"
        |_, call| needs(&NETWORK, call, &["compute.networks.get"]), |c, k| network::get(&NETWORK, c, k);
    "networks.list" GET "/global/networks" needs::networks, |c, k| network::list(&NETWORK, c, k);
    "networks.patch" PATCH "/global/networks/{network}"
        |_, call| needs(&NETWORK, call, &["compute.networks.get", "compute.networks.update"]),
        |c, k| network::patch(&NETWORK, c, k);
    "networks.delete" DELETE "/global/networks/{network}"
        |_, call| needs(&NETWORK, call, &["compute.networks.delete"]), |c, k| network::delete(&NETWORK, c, k);
    "subnetworks.insert" POST "/regions/{region}/subnetworks"
        |_, call| needs(&SUBNETWORK, call, &["compute.subnetworks.create"]), |c, k| network::insert(&SUBNETWORK, c, k);
    "subnetworks.get" GET "/regions/{region}/subnetworks/{subnetwork}"
        |_, call| needs(&SUBNETWORK, call, &["compute.subnetworks.get"]), |c, k| network::get(&SUBNETWORK, c, k);
    "subnetworks.list" GET "/regions/{region}/subnetworks"
        needs::subnetworks, |c, k| network::list(&SUBNETWORK, c, k);
    "subnetworks.patch" PATCH "/regions/{region}/subnetworks/{subnetwork}"
        |_, call| needs(&SUBNETWORK, call, &["compute.subnetworks.get", "compute.subnetworks.update"]),
        |c, k| network::patch(&SUBNETWORK, c, k);
    "subnetworks.setPrivateIpGoogleAccess"
        POST "/regions/{region}/subnetworks/{subnetwork}/setPrivateIpGoogleAccess"
        |_, call| needs(&SUBNETWORK, call, &["compute.subnetworks.setPrivateIpGoogleAccess"]),
        network::set_private_access;
    "subnetworks.delete" DELETE "/regions/{region}/subnetworks/{subnetwork}"
        |_, call| needs(&SUBNETWORK, call, &["compute.subnetworks.delete"]), |c, k| network::delete(&SUBNETWORK, c, k);
    "firewalls.insert" POST "/global/firewalls"
        |c, k| firewall_needs(c, k, &["compute.firewalls.create"]), |c, k| network::insert(&FIREWALL, c, k);
    "firewalls.get" GET "/global/firewalls/{firewall}"
        |_, call| needs(&FIREWALL, call, &["compute.firewalls.get"]), |c, k| network::get(&FIREWALL, c, k);
    "firewalls.list" GET "/global/firewalls" needs::firewalls, |c, k| network::list(&FIREWALL, c, k);
    "firewalls.patch" PATCH "/global/firewalls/{firewall}"
        |c, k| firewall_needs(c, k, &["compute.firewalls.get", "compute.firewalls.update"]),
        |c, k| network::patch(&FIREWALL, c, k);
    "firewalls.delete" DELETE "/global/firewalls/{firewall}"
        |c, k| firewall_needs(c, k, &["compute.firewalls.delete"]), |c, k| network::delete(&FIREWALL, c, k);
    "globalOperations.get" GET "/global/operations/{operation}" needs::global_operation, operations::get;
    "globalOperations.wait" POST "/global/operations/{operation}/wait"
        needs::global_operation, operations::wait;
    "regionOperations.get" GET "/regions/{region}/operations/{operation}"
        needs::region_operation, operations::get;
    "regionOperations.wait" POST "/regions/{region}/operations/{operation}/wait"
        needs::region_operation, operations::wait;
    "zoneOperations.get" GET "/zones/{zone}/operations/{operation}"
        needs::operation_get, operations::get;
    "zoneOperations.list" GET "/zones/{zone}/operations" needs::operations_list, operations::list;
    "zoneOperations.wait" POST "/zones/{zone}/operations/{operation}/wait"
        needs::operation_get, operations::wait;
    "disks.get" GET "/zones/{zone}/disks/{disk}" needs::disk_get, disks::get;
    "disks.list" GET "/zones/{zone}/disks" needs::disks_list, disks::list;
    "disks.aggregatedList" GET "/aggregated/disks" needs::disks_list, disks::aggregated;
    "disks.delete" DELETE "/zones/{zone}/disks/{disk}" needs::disk_delete, disks::delete;
    "zones.get" GET "/zones/{zone}" needs::zone, read::zone;
    "zones.list" GET "/zones" needs::zones, read::zones;
    "regions.get" GET "/regions/{region}" needs::region, read::region;
    "regions.list" GET "/regions" needs::regions, read::regions;
    "machineTypes.get" GET "/zones/{zone}/machineTypes/{machineType}"
        needs::machine_type, read::machine_type;
    "machineTypes.list" GET "/zones/{zone}/machineTypes" needs::machine_types, read::machine_types;
    "acceleratorTypes.list" GET "/zones/{zone}/acceleratorTypes"
        needs::accelerator_types, read::accelerator_types;
    "images.getFromFamily" GET "/global/images/family/{family}"
        needs::image_from_family, read::image_from_family;
    "projects.get" GET "" needs::project, read::project;
};
