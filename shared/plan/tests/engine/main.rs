//! The engine against the simulator, in process and in virtual time.

mod access;
mod apply;
mod faults;
mod networks;
mod objects;
mod others;
mod recovery;
mod world;
