//! What every function of groundcrew runs on: authenticate, decode, call,
//! turn the outcome into an ack or a nack, log, drain.
//!
//! A function implements [`Function`] and never names an HTTP status. Its
//! `main` is a call of [`main()`]; `local` hosts several with [`start`]; the
//! simulation calls [`dispatch`] in process, without sockets.
//!
//! A delivery is never lost: it is acked only once it is done, is surely a
//! duplicate, or is recorded on the dead-letter topic.

mod auth;
mod clock;
mod config;
mod dead_letters;
mod dispatch;
mod function;
mod jwks;
mod log;
mod serve;
#[cfg(test)]
mod signing;
mod start;
mod token;
mod wiring;

pub use auth::{AuthError, Guard};
pub use clock::SystemClock;
pub use config::{ConfigError, PushAuth, Settings, read};
pub use dead_letters::DeadLetters;
pub use dispatch::dispatch;
pub use function::{Delivery, Function, Outcome, chain};
pub use log::{CloudLogging, start_logging};
pub use serve::{Running, serve, start, start_wired};
pub use start::main;
pub use token::{Claims, ComputeEngine, Verifier};
pub use wiring::Wiring;
