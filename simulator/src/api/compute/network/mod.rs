//! Networks, subnetworks and firewall rules: what they have in common.
//!
//! A project has none until one is made; until then, its machines may name
//! any. Only custom-mode networks and IPv4 subnetworks are simulated. The
//! words of refusals are Google's as far as bug reports quote them, the rest
//! is unverified.

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
pub(super) use permissions::{firewall_needs, needs};
pub(super) use record::Item;
pub(super) use subnetwork::{SUBNETWORK, attach, set_private_access};
pub(super) use vpc::NETWORK;
