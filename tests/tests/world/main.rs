//! Whole scenarios in process: the simulator, the functions' own handlers, model
//! machines and a virtual clock. No sockets, no processes, nobody waits.
//!
//! One program, as linking it costs more than most of its tests. A part of it
//! runs alone by its name: `cargo test -p tests --test world scenarios::`.

mod bugs;
mod circle;
mod confidentiality;
mod lift;
mod neighbours;
mod products;
mod provisioning;
mod removal;
mod scenarios;
mod sim;
