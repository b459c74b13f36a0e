//! The kinds of resources. One file per kind states its fields and dependencies,
//! and how it differs from Google's standard methods; `dispatch` chooses between
//! the kinds.

mod account;
mod api;
mod automatic_grants;
mod billing_link;
mod bucket;
mod budget;
mod context;
mod database;
mod dispatch;
mod document_field;
mod folder;
mod index;
mod key;
mod kind;
mod lien;
mod mark;
mod network;
mod no_default_network;
mod object;
mod policy;
mod project;
mod repository;
mod resource_folder;
mod ring;
mod role;
mod router;
mod row;
mod schedule;
mod sink;
mod stale_bindings;
mod subnetwork;
mod subscription;
mod topic;

pub(crate) use api::{enable_apis, observe_apis};
pub use automatic_grants::is_default_account;
pub(crate) use context::Context;
pub use dispatch::*;
pub(crate) use key::RING_LABEL;
pub(crate) use kind::{Deletion, RecognisedBy, Retention};
pub use subscription::PushEndpoint;
