//! The account setup flow: makes a customer's project ready for jobs, shows
//! what that takes, and takes it back.
//!
//! A [`Spec`] says which project, and how; [`Settings`] say whom it invites.
//! [`manifest()`], which is pure, makes of the two what the project must hold,
//! and [`Setup`] hands that to the engine in `plan`. A data volume is more of
//! the same: [`volume`] says what of.
//!
//! A user calls [`Setup`] with credentials of their own, and notes in the ledger
//! [`ByHand`] what they do. An event has a [`Flow`]
//! do it: that keeps a [`Deployment`] in the ledger, so that what could not be
//! done at once, or what Google keeps for a time, is finished later. What
//! becomes of a deployment is decided by [`admit`], [`take`], [`remove`] and
//! [`settle`], which are pure.

pub mod calls;
mod decide;
mod deployment;
mod deployments;
mod error;
mod event;
mod flow;
mod manifest;
mod manual_run;
mod memory_store;
mod network;
mod permissions;
mod revocation;
mod setup;
mod spec;
mod sweep;
pub mod volume;

pub use decide::{
    Admission, AttemptResult, SetupRequest, admit, claim_overdue, record_attempt, remove,
};
pub use deployment::{Deployment, DeploymentState};
pub use deployments::Deployments;
pub use error::Error;
pub use event::{NO_SECRET, event};
pub use flow::Flow;
pub use manifest::{INSTANCE_ROLE, RESOURCE_MANAGER_ROLE, Settings, instances_account, manifest};
pub use manual_run::{ManualRun, ManualStart};
pub use network::{NETWORK, regions};
pub use revocation::Revocation;
pub use setup::{Revoked, Setup};
pub use spec::{Spec, SpecError, SshKey};
pub use sweep::Sweep;
