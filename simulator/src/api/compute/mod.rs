//! Compute Engine, v1: machines, their operations and disks, and the catalog.

mod agenda;
mod catalog;
mod change;
mod context;
#[cfg(test)]
mod contract;
mod disk;
mod disks;
mod disruption;
mod error;
mod event;
mod filter;
mod hardware;
mod insert;
pub(crate) mod instance;
mod life;
mod list;
mod needs;
mod network;
mod operation;
mod operations;
mod read;
mod reference;
mod request;
mod routes;
mod scarcity;
mod scheduling;
mod settings;
mod store;
#[cfg(test)]
pub(crate) mod tests;
mod validate;

pub use catalog::Image;
pub use instance::InstanceView;
pub(crate) use life::advance;
pub(crate) use routes::ROUTES;
pub use settings::ComputeSettings;
pub(crate) use store::Compute;
