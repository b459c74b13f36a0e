//! The product factory: a product is a file, and its folder, its projects, its
//! people and its accounts follow.
//!
//! A [`Spec`] describes the product. [`manifest()`], which is pure, turns it into the
//! desired resources, and a [`Factory`] has the engine in `plan` apply them. What
//! the engine made is in the ledger, in the [`Product`]: there is no project yet
//! that could keep it. [`access()`] is who has which level, and [`provider`] what
//! Terraform needs to act as an environment's account.
//!
//! Events are handled by a [`Flow`]. What could not be done at once, a [`Sweep`]
//! publishes again. [`calls`] are samples of the requests.

mod access;
pub mod calls;
mod decide;
mod default_identities;
mod error;
mod event;
mod factory;
mod flow;
mod manifest;
mod preflight;
mod project_ids;
pub mod provider;
mod record;
mod roles;
mod settings;
mod spec;
mod store;
mod sweep;
mod team;

pub use access::{Access, EnvironmentAccess, access};
pub use default_identities::DefaultIdentity;
pub use error::Error;
pub use event::event;
pub use factory::{CONCURRENT_PRODUCTS, Factory, Removal};
pub use flow::Flow;
pub use manifest::{deployer_account, manifest, product_admin, terraform_account};
pub use preflight::Missing;
pub use project_ids::ProjectIds;
pub use record::Product;
pub use roles::{PRODUCT_ADMIN, RUN_EDITOR, TERRAFORM};
pub use settings::Settings;
pub use spec::{
    Budget, DefaultAccounts, DefaultNetwork, Environment, Options, Process, Spec, SpecError, schema,
};
pub use sweep::Sweep;
pub use team::{Level, Team};
