//! Service Usage v1: which APIs of a project are enabled, and errors of calls
//! to the others.
//!
//! All APIs of all projects are enabled, except those declared otherwise
//! ([`crate::Cloud::without_api`]) or disabled by a call. The duration of a
//! change and the delay until an API serves again are guesses within what was
//! observed; so are messages of errors for which no comment gives a source.

mod catalog;
mod change;
mod consumer;
mod declared;
mod enablement;
mod operations;
mod refusal;
mod routes;
mod services;
mod setup;
mod store;

#[cfg(test)]
mod tests;

pub use declared::DeclaredRefusal;
pub(crate) use refusal::check;
pub(crate) use routes::ROUTES;
pub(crate) use store::ServiceUsage;
