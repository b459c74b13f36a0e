//! The server: one port for every API, a port for each metadata server.
