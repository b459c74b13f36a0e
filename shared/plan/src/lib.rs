//! A plan is data: desired resources are observed, compared, shown, and made
//! so; and taken down again by the same record.
//!
//! A [`Manifest`] says what should be. [`Engine::look`] observes it and
//! everything in the deployment [`Record`], and [`plan()`], which is pure, says
//! what that takes. [`Engine::apply`] carries a [`Plan`] out: whatever does not
//! wait for something else runs at the same time, a failure blocks only what
//! depends on it, and a second run continues where the first one ended.
//! Teardown is the plan of an empty manifest.
//!
//! # Who made what
//! The [`Record`] is an object in the deployment's bucket. What a plan will
//! create is written there as *making* before it is created, so that a crash
//! leaves nothing that nobody knows of. The bucket itself, and the API that it
//! needs, are made before anything else; until the record exists, the bucket is
//! known by its label, and an API is never taken away. A resource that bears
//! the deployment's mark (a label, or words in its description) is the
//! deployment's; one that was there before and bears none is *adopted*: it is
//! changed only where groundcrew's work or safety depends on it, and never
//! deleted. Key rings and managed folders bear no mark: one that is found where
//! the record says *making* is taken for the deployment's own. Where the record
//! is gone, [`recover()`] says what the marks still tell; a key that is retired
//! says of its ring whether that was groundcrew's.

mod diff;
mod engine;
mod error;
mod execution;
mod id;
mod manifest;
mod observed;
mod plan;
mod record;
mod recover;
mod resource;
mod retry_budget;
mod secret;
mod show;
mod step;
mod step_runner;
mod store;

pub use diff::{Change, CompareRule, DesiredFields};
pub use engine::{Engine, Report};
pub use error::{Error, Fault};
pub use execution::{Progress, StepEvent, StepOutcome};
pub use id::{PolicyTarget, ResourceId};
pub use manifest::{DuplicateResource, Manifest};
pub use observed::{Fields, Lifecycle, Observed, ObservedState, Ownership, Value};
pub use plan::plan;
pub use record::{DeploymentRecord, Origin, ResourceRecord};
pub use recover::recover;
pub use resource::{
    Api, Bucket, Condition, CryptoKey, CustomRole, Grant, KeyRing, ManagedFolder, Network, Object,
    Policy, Resource, ServiceAccount, Subnetwork,
};
pub use secret::{Secret, SecretTooLong};
pub use show::Colours;
pub use step::{Action, Plan, Step};
pub use store::{ObjectStore, RecordStore, RecordStoreError, VersionedRecord};
