//! The product factory against the simulator, in process and in virtual time.

mod deletion;
mod faults;
mod flow;
mod people;
mod setup;
mod world;
