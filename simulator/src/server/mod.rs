//! The server: one port for all APIs, one for each metadata server, and the
//! execution of commands.
//!
//! ```text
//! let bound = Server::bind(addr).await?;
//! let (host, commands) = Host::new(cloud, clock, &bound.origin(), observer);
//! let server = bound.serve(host.clone());
//! tokio::spawn(host.clone().keep_time());
//! tokio::spawn(server::commands(commands, Push::new(host.clone(), 64), Some(machines)));
//! ```

mod batch;
mod certificates;
mod dispatch;
mod files;
mod grpc;
mod init;
mod listener;
pub mod machines;
pub mod metadata;
mod port;
mod power;
mod processes;
mod proxy;
pub mod push;
pub mod record;
mod router;
mod uploads;

pub use dispatch::commands;
pub use init::init;
pub use listener::Listener;
pub use machines::{MachineSettings, Machines};
pub use port::{BoundServer, Server, ServerError};
pub use push::Push;
pub use router::BODY_LIMIT;

#[cfg(test)]
mod tests;
