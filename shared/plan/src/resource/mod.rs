//! The kinds of resources. One file per kind states its fields and dependencies,
//! and how it differs from Google's standard methods; `dispatch` chooses between
//! the kinds.

mod account;
mod api;
mod bucket;
mod context;
mod dispatch;
mod folder;
mod key;
mod kind;
mod mark;
mod network;
mod object;
mod policy;
mod ring;
mod role;
mod row;
mod stale_bindings;
mod subnetwork;

pub(crate) use api::{enable_apis, observe_apis};
pub(crate) use context::Context;
pub use dispatch::*;
pub(crate) use key::RING_LABEL;
pub(crate) use kind::{Deletion, RecognisedBy, Retention};
