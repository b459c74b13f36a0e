//! Plans and applies manifests of Google Cloud resources.
//!
//! A [`Manifest`] contains the desired resources. [`Engine::plan`] observes them
//! and everything in the [`DeploymentRecord`]; [`plan()`], which is pure,
//! compares the two. [`Engine::apply`] executes a [`Plan`]: independent steps
//! run concurrently, a failure blocks only the steps that depend on it, and a
//! second run continues where the first one ended. A teardown is the plan of an
//! empty manifest.
//!
//! # Ownership
//! The [`DeploymentRecord`] is an object in the deployment's bucket. Resources
//! are recorded as *creating* before they are created, so that a crash leaves
//! nothing unrecorded. The bucket itself, and the API that it needs, are created
//! first; until the record exists, the bucket is recognised by its label, and an
//! API is never disabled. A resource with the deployment's mark (a label, or a
//! suffix of its description) belongs to the deployment. A resource that existed
//! before and has no mark is *adopted*: it is changed only where groundcrew's
//! work or safety depends on it, and never deleted. Key rings, managed folders,
//! databases and their indexes cannot be marked: if the record says *creating*,
//! an existing one belongs to the deployment. If the record is lost, [`recover()`] restores what
//! the marks tell; a label on a key that is being destroyed says that its ring
//! belongs to the deployment, too.

mod attempt_result;
mod containing_project;
mod diff;
mod engine;
mod error;
mod execution;
mod grant;
mod hierarchy_id;
mod id;
mod kinds;
mod manifest;
mod observation;
mod observed;
mod owner;
mod plan;
mod policy_target;
mod progress;
mod record;
mod record_changes;
mod recover;
mod relations;
mod resource;
mod retry_budget;
mod secret;
mod show;
mod step;
mod step_input;
mod step_runner;
mod store;

pub use attempt_result::{ATTEMPT_LEASE, AttemptResult, MAX_ATTEMPT_BACKOFF, attempt_backoff};
pub use diff::{Change, CompareRule, DesiredFields, Item, Surplus};
pub use engine::{ApplyReport, Engine};
pub use error::{Error, Fault, RecordStoreError, is_absent};
pub use grant::{Grant, GrantCondition, ObservedGrant};
pub use hierarchy_id::{BudgetId, FolderId};
pub use id::{FieldId, IndexId, ObjectId, ResourceId};
pub use manifest::{DuplicateResource, Manifest};
pub use observed::{FieldValue, Lifecycle, Observed, ObservedFields, ObservedState, Ownership};
pub use plan::plan;
pub use policy_target::PolicyTarget;
pub use progress::{EventSink, Progress, StepEvent, StepOutcome};
pub use record::{DeploymentRecord, Origin, ResourceRecord};
pub use recover::recover;
pub use resource::*;
pub use secret::{Secret, SecretTooLong};
pub use show::Colours;
pub use step::{Action, Plan, Step};
pub use step_input::StepInput;
pub use store::{ObjectStore, RecordStore, VersionedRecord};
