//! The setup of a project, against the simulator.

mod bad_input;
mod confidentiality;
mod flow;
mod identity;
mod internet;
mod machines;
mod manifest;
mod places;
mod policies;
mod preflight;
mod refused;
mod setup;
mod sink;
mod ssh_key;
mod surplus;
mod volumes;
mod world;
