//! Compute Engine v1: machines, their operations and disks, networks, and the
//! catalog.

mod attach;
mod capacity;
mod catalog;
mod change;
mod context;
#[cfg(test)]
mod contract;
mod control;
mod disk;
mod disk_change;
mod disks;
mod error;
mod event;
mod hardware;
mod images;
mod insert;
pub(crate) mod instance;
mod labels;
mod lifecycle;
mod list;
mod machine_types;
pub(crate) mod network;
mod operations;
mod permissions;
mod power;
mod read;
mod reference;
mod request;
mod routes;
mod scheduling;
mod settings;
mod snapshot;
mod store;
#[cfg(test)]
pub(crate) mod tests;
mod types;
mod update;
mod validate;
mod zones;

pub use catalog::Image;
pub use instance::InstanceView;
pub(crate) use lifecycle::happen;
pub(crate) use routes::ROUTES;
pub use settings::{ComputeSettings, RepeatedRequest};
pub(crate) use snapshot::SNAPSHOT;
pub(crate) use store::Compute;
pub(crate) use zones::{is_region, region_names};
