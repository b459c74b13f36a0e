//! The setup of a project, against the simulator.

mod confidentiality;
mod flow;
mod manifest;
mod setup;
mod ssh_key;
mod volumes;
mod world;
