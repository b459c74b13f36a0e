//! Networks, subnetworks and firewall rules.
//!
//! As long as a project has no networks, its machines may reference any. Only
//! custom-mode networks and IPv4 subnetworks are simulated. Error messages are
//! Google's as far as bug reports quote them, the rest is unverified.

mod firewall;
mod range;
mod subnetwork;
mod vpc;

pub(crate) use firewall::FIREWALL;
pub(crate) use subnetwork::SUBNETWORK;
pub(super) use subnetwork::attach;
pub(crate) use vpc::NETWORK;
