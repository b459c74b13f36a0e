//! The product factory against the simulator, in process and in virtual time.

mod deletion;
mod faults;
mod people;
mod setup;
mod world;
