//! The metadata server of a machine or a Cloud Run service.
//!
//! Paths, headers and long polls as in Google's "About VM metadata". What a
//! guest without service account, or a missing `upcoming-maintenance`,
//! answers is unverified.

mod identity;
mod server;
mod tree;

#[cfg(test)]
mod tests;
