//! Networks, subnetworks and firewall rules.
//!
//! As long as a project has no networks, its machines may reference any. Only
//! custom-mode networks and IPv4 subnetworks are simulated. Error messages are
//! Google's as far as bug reports quote them, the rest is unverified.

mod collection;
mod firewall;
mod methods;
mod permissions;
mod range;
mod record;
mod subnetwork;
mod vpc;

pub(super) use firewall::FIREWALL;
pub(super) use methods::{delete, get, insert, list, patch};
pub(super) use permissions::{firewall_permissions, required_permissions};
pub(super) use record::NetworkResource;
pub(super) use subnetwork::{SUBNETWORK, attach, set_private_access};
pub(super) use vpc::NETWORK;
