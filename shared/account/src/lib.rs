//! The account setup flow: makes a customer's project ready for jobs, shows
//! what that takes, and takes it back.
//!
//! A [`Spec`] says which project, and how; [`Settings`] say whom it invites.
//! [`manifest()`], which is pure, makes of the two what the project must hold,
//! and [`Setup`] hands that to the engine in `plan`. A data volume is more of
//! the same: [`volume`] says what of.

mod manifest;
mod network;
mod permissions;
mod revocation;
mod setup;
mod spec;
pub mod volume;

pub use manifest::{INSTANCE_ROLE, RESOURCE_MANAGER_ROLE, Settings, instances_account, manifest};
pub use network::NETWORK;
pub use revocation::Revocation;
pub use setup::{Revoked, Setup};
pub use spec::{Spec, SpecError, SshKey};
