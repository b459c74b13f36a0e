//! groundcrew's own deployment: the project that its functions run in.
//!
//! [`Deployment`] has the names. [`FUNCTIONS`] is the one table of functions, and
//! [`roles`] are the custom roles that follow from the API calls of each identity.
//! [`manifest`], which is pure, turns them into the project's desired resources,
//! and an [`engine`] of `plan` applies them.

mod definition;
mod functions;
mod identity;
mod manifest;
mod project;
mod roles;
mod services;

pub use definition::{CUSTOMER, Deployment, REGION};
pub use functions::{
    ACK_DEADLINE, DeployedFunction, FUNCTIONS, Redelivery, ack_deadline, audience,
};
pub use identity::{Identity, account};
pub use manifest::{engine, manifest};
pub use project::{product_settings, settings as project_settings};
pub use roles::{IdentityRole, roles};
pub use services::{services, variables};
