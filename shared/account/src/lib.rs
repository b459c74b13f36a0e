//! The account setup flow: prepares a customer's project for jobs, and deletes
//! the setup again.
//!
//! A [`Spec`] describes the project, [`Settings`] which account it invites.
//! [`manifest()`], which is pure, turns the two into the project's desired
//! resources, and [`Setup`] has the engine in `plan` apply them. [`volume`] adds
//! the resources of data volumes.
//!
//! A user runs [`Setup`] with their own credentials, and a [`ManualRun`] notes
//! that in the ledger. Events are handled by a [`Flow`], which keeps a
//! [`Deployment`] in the ledger, so that what could not be done at once, or what
//! Google retains for a time, is finished later. The state of a deployment is
//! decided by [`admit`], [`claim_overdue`], [`remove`] and [`record_attempt`],
//! which are pure.

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
mod places;
mod preflight;
mod revocation;
mod settings;
mod setup;
mod sink;
mod spec;
mod sweep;
pub mod volume;

pub use decide::{Admission, SetupRequest, admit, claim_overdue, record_attempt, remove};
pub use deployment::{Deployment, DeploymentState};
pub use deployments::Deployments;
pub use error::Error;
pub use event::{NO_SECRET, event};
pub use flow::Flow;
pub use manifest::{INSTANCE_ROLE, RESOURCE_MANAGER_ROLE, instances_account, manifest};
pub use manual_run::{ManualRun, ManualStart};
pub use network::{NETWORK, regions};
pub use revocation::Revocation;
pub use settings::Settings;
pub use setup::{Setup, access::Revoked, machines::RunningMachine};
pub use spec::{Spec, SpecError, SshKey};
pub use sweep::Sweep;
