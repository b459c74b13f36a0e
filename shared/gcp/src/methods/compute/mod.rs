//! Compute Engine, v1: instances, zones, networks and their operations.

mod instance_methods;
mod instances;
mod networks;
mod operations;
mod permissions;
mod zones;

pub use instance_methods::*;
pub use instances::*;
pub use networks::*;
pub use operations::*;
pub use zones::*;

use crate::{Collection, Method};

/// Every collection of this module.
pub static COLLECTIONS: &[&Collection] = &[&FIREWALLS, &NETWORKS, &ROUTERS, &SUBNETWORKS, &ZONES];

/// Every other method of this module.
pub static ALL: &[&Method] = &[
    &INSTANCES_INSERT,
    &INSTANCES_GET,
    &INSTANCES_DELETE,
    &INSTANCES_LIST,
    &INSTANCES_AGGREGATED_LIST,
    &GET_SERIAL_PORT_OUTPUT,
    &SIMULATE_MAINTENANCE_EVENT,
    &SUBNETWORKS_SET_PRIVATE_IP_GOOGLE_ACCESS,
    &GLOBAL_OPERATIONS.get,
    &GLOBAL_OPERATIONS.wait,
    &REGION_OPERATIONS.get,
    &REGION_OPERATIONS.wait,
    &ZONE_OPERATIONS_LIST,
    &ZONE_OPERATIONS.get,
    &ZONE_OPERATIONS.wait,
];
