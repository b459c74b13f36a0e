//! The setup of a project, against the simulator.

mod bad_input;
mod confidentiality;
mod flow;
mod manifest;
mod policies;
mod preflight;
mod refused;
mod setup;
mod ssh_key;
mod volumes;
mod world;
