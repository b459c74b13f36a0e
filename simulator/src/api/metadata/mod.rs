//! The metadata server of a machine or a Cloud Run service.
//!
//! Paths, headers and long polls as in Google's "About VM metadata". Responses
//! to a guest without service account, and for a missing
//! `upcoming-maintenance`, are unverified.

mod identity;
mod server;
mod tree;

#[cfg(test)]
mod tests;
