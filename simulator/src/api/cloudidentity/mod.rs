//! Cloud Identity v1: groups and their memberships.
//!
//! IAM asks the memberships here who is in a group. Who may see and change a group
//! is no matter of IAM: its members see it, its managers and owners change it, its
//! owners delete it, and administrators ([`Directory`]) do everything.
//!
//! Not simulated: dynamic and identity-mapped groups, security settings, membership
//! graphs, all but groups, and a delay until a membership takes effect, which takes
//! hours at Google.
//!
//! Unverified: which role in a group suffices for what (at Google, that is a setting
//! of the group), the fields of the view `BASIC`, that a group without
//! `initialGroupConfig` is empty, and messages of errors, except those that begin
//! with `Error(`, which are from bug reports.

mod access;
mod directory;
mod group;
mod membership;
mod nesting;
mod query;
mod roles;
mod search;
mod setup;
#[cfg(test)]
mod tests;
mod view;

pub use directory::Directory;
pub(crate) use group::GROUP;
pub(crate) use membership::MEMBERSHIP;
