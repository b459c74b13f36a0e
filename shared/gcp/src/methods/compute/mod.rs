//! Compute Engine, v1: instances, zones, networks and their operations.

mod instances;
mod networks;
mod operations;
mod permissions;
mod zones;

pub use instances::*;
pub use networks::*;
pub use operations::*;
pub use zones::*;

use crate::Method;

/// Every method of this module.
pub static ALL: &[&Method] = &[
    &INSTANCES_INSERT,
    &INSTANCES_GET,
    &INSTANCES_DELETE,
    &INSTANCES_LIST,
    &INSTANCES_AGGREGATED_LIST,
    &GET_SERIAL_PORT_OUTPUT,
    &SIMULATE_MAINTENANCE_EVENT,
    &NETWORKS_INSERT,
    &NETWORKS_GET,
    &NETWORKS_DELETE,
    &SUBNETWORKS_INSERT,
    &SUBNETWORKS_GET,
    &SUBNETWORKS_SET_PRIVATE_IP_GOOGLE_ACCESS,
    &SUBNETWORKS_DELETE,
    &GLOBAL_OPERATIONS_GET,
    &GLOBAL_OPERATIONS_WAIT,
    &REGION_OPERATIONS_GET,
    &REGION_OPERATIONS_WAIT,
    &ZONES_GET,
    &ZONES_LIST,
    &ZONE_OPERATIONS_GET,
    &ZONE_OPERATIONS_WAIT,
];
