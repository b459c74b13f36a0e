//! The runtime over real sockets: examples as processes, and what the world
//! sends them.

mod config;
mod conformance;
mod drain;
mod forgeries;
mod limits;
mod server;
#[path = "../../src/signing.rs"]
mod signing;
