//! The world that groundcrew is tested in: the simulator, the functions' real
//! handlers, a model of the machines that shares the agent's decisions, and a
//! virtual clock. One thread, no sockets.

pub mod agent_bug;
pub mod chaos;
pub mod clock;
pub mod dice;
pub mod emulators;
pub mod machine;
pub mod machine_names;
pub mod neighbours;
pub mod oracle;
pub mod retry;
pub mod scenario;
pub mod sim;
pub mod translation;
pub mod user;
pub mod world;
pub mod zone_refusals;
