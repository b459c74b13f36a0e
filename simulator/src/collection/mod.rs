//! Resources in collections, and Google's standard methods on them: get, list,
//! create, update, delete, and those on policies.
//!
//! A kind of resource is one [`Kind`] in the list of `api::kinds`. Its methods,
//! paths, permissions and schema are in Google's discovery document
//! (`simulator/data/discovery`); how its API forms errors, lists and operations
//! is its [`Dialect`](dialect::Dialect); the kind declares only what differs:
//! where an ID comes from, what cannot be changed, defaults, what follows.

mod change;
pub(crate) mod dialect;
mod filter;
mod kind;
mod mask;
mod merge;
mod operation;
mod operations;
mod page;
mod read;
mod render;
mod route;
mod row;
mod schema;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use change::changed;
pub(crate) use filter::Filter;
pub(crate) use kind::{IdSource, Kind, Verb, is_rfc1035, shows_deleted, with_project_id};
pub(crate) use merge::merge;
pub(crate) use operation::{Operation, OperationError};
pub(crate) use operations::{LongRunning, ROUTES, begin, is_of_api};
pub(crate) use page::Paging;
pub(crate) use read::{enums_as_asked, existing};
pub(crate) use route::routes_of;
pub(crate) use row::{Resources, Row};
pub(crate) use store::expire;
