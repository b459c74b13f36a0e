//! Compute Engine, v1: instances, zones and the operations of zones.

mod instances;
mod needs;
mod zones;

pub use instances::*;
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
    &ZONES_GET,
    &ZONES_LIST,
    &ZONE_OPERATIONS_GET,
    &ZONE_OPERATIONS_WAIT,
];
