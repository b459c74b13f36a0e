//! Metadata servers: one port for each guest, as each has its own address on
//! Google Cloud.

use super::{Listener, router::body_router};
use crate::{Guest, Host};
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};
use tokio::net::TcpListener;

/// Serves the metadata of `guest` on a free loopback port until the listener is
/// dropped.
///
/// # Errors
/// No port is available.
pub async fn listen(host: Arc<Host>, guest: Guest) -> io::Result<Listener> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let addr = listener.local_addr()?;
    let guest = Arc::new(guest);
    let router = body_router(move |request| {
        let (host, guest) = (Arc::clone(&host), Arc::clone(&guest));
        async move { host.metadata(&guest, request).await }
    });
    Ok(Listener::start(listener, addr, router))
}
