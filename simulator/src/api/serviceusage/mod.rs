//! Service Usage v1: which APIs of a project are on, and what it is when one
//! is off.
//!
//! Every API of every project is on, unless the project was declared without
//! ([`crate::Cloud::without_api`]) or it was disabled by a call. How long a change
//! runs and how long an API lags behind it are guesses within what was seen
//! of Google; so are the words of refusals that no comment gives a source for.

mod catalog;
mod change;
mod consumer;
mod enablement;
mod operation;
mod operations;
mod refusal;
mod routes;
mod service;
mod setup;
mod store;

#[cfg(test)]
mod tests;

pub(crate) use refusal::check;
pub(crate) use routes::ROUTES;
pub(crate) use store::ServiceUsage;
