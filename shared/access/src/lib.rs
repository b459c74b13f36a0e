//! The access flow: who may do what, and why.
//!
//! [`explain`] is pure: of a [`explain::Picture`] it says what a principal may
//! do, and what it may come to do through others. [`collect()`] reads that
//! picture from a cloud.

mod collect;
pub mod explain;

pub use collect::{Scope, collect};
