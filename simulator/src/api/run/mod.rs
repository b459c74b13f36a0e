//! Cloud Run: services and revisions, in v2 and in the Knative form of v1.
//!
//! Rows have the form of v2; the kinds for v1 convert in `prepare` and `render`.
//! A revision is ready at once, and nothing runs in it. Not simulated: jobs,
//! worker pools, domain mappings, services in several regions, `allowMissing`.

mod knative;
mod reserved;
mod services;
mod template;
#[cfg(test)]
mod tests;
mod traffic;

pub(crate) use knative::{REVISION_V1, SERVICE_POLICY_V1, SERVICE_V1};
pub(crate) use services::{REVISION, SERVICE};
