//! groundcrew's own deployment: its names, its identities, and the roles that
//! follow from the API calls of each identity.

mod definition;
pub mod files;
mod identity;
pub mod install;
pub mod project;
pub mod roles;
pub mod triggers;

pub use definition::{CUSTOMER, Deployment};
pub use identity::Identity;
pub use roles::{Role, roles};
