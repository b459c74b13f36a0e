//! A Google Cloud in memory that enforces IAM.
//!
//! [`Cloud`] is the whole state and does no I/O: a request and the time go in,
//! a response comes out, and side effects (boot a machine, push a message) come
//! out as [`Command`]s. [`Host`] drives a `Cloud` in tokio time, real or
//! paused; the server puts it behind one port.

// `eprintln!` panics where nobody reads standard error.
#![cfg_attr(not(test), deny(clippy::print_stderr))]

mod agenda;
pub mod api;
mod base64_field;
mod call;
mod camel_case;
mod cloud;
mod collection;
mod content;
mod discovery;
mod error;
mod gateway;
mod google_name;
mod guest;
mod host;
pub mod iam;
mod journal;
mod methods;
mod partial_response;
mod route;
pub mod server;
mod table;
mod time;
mod xml;

pub use call::{ApiResponse, Audit, Call, CloudResponse, PermissionCheck};
pub use cloud::{Cloud, Command};
pub use error::ApiError;
pub use guest::Guest;
pub use host::{Host, Observer};
pub use journal::{Journal, JournalError, Restored};
pub use methods::{collections, document, methods, simulated_methods};
