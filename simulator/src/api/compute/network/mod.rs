//! Networks, subnetworks, firewall rules, addresses and Cloud Routers.
//!
//! As long as a project has no networks, its machines may reference any. Only
//! the network that a project has when Compute Engine is enabled in it is in
//! auto mode, and only IPv4 subnetworks are simulated. Error messages are
//! Google's as far as bug reports quote them, the rest is unverified.

mod address;
mod defaults;
mod firewall;
mod range;
mod router;
mod subnetwork;
mod vpc;

pub(crate) use address::ADDRESS;
pub(crate) use defaults::add_defaults;
pub(crate) use firewall::FIREWALL;
pub(crate) use router::ROUTER;
pub(crate) use subnetwork::SUBNETWORK;
pub(super) use subnetwork::attach;
pub(crate) use vpc::NETWORK;
