//! What every function of groundcrew runs on: authenticate, decode, call,
//! turn the outcome into an ack or a nack, log, drain.
//!
//! A function implements [`Function`] and never names an HTTP status. Its
//! `main` is a call of [`main()`]; `local` hosts several with [`start`]; the
//! simulation calls [`dispatch`] in process, without sockets.
//!
//! A delivery is never lost: it is acked only once it is done, is surely a
//! duplicate, or is recorded as a dead letter, on a topic or in the log.

// `eprintln!` panics where nobody reads standard error.
#![cfg_attr(not(test), deny(clippy::print_stderr))]

mod auth;
mod auth_error;
mod body;
#[cfg(test)]
mod captured_log;
mod clock;
mod config;
mod dead_letters;
mod describe;
mod dispatch;
mod end;
mod environment;
mod function;
mod gate;
mod jwks;
mod line;
mod log;
mod panic;
mod serve;
#[cfg(test)]
mod signing;
mod start;
#[cfg(test)]
mod stopped_clock;
mod token;
mod trigger;
mod wiring;

pub use auth::PushAuthenticator;
pub use auth_error::AuthError;
pub use clock::SystemClock;
pub use config::{PushAuth, Settings};
pub use dead_letters::DeadLetters;
pub use dispatch::dispatch;
pub use environment::{ConfigError, read, read_from, variables_of};
pub use events::Outcome;
pub use function::{Delivery, Function};
pub use gcp::chain;
pub use log::{CloudLogging, start_logging};
pub use serve::{RunningServer, serve, start, start_wired};
pub use start::{main, main_with_calls};
pub use token::{Claims, ComputeEngine, Verifier};
pub use trigger::{FromDelivery, Trigger};
pub use wiring::{NewPublisher, Wiring};
