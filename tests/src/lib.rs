//! A world to test groundcrew in: the simulator, the functions' real
//! handlers, a model of the machines that shares the agent's decisions, and
//! a clock that nobody waits for. One thread, no sockets.

pub mod chaos;
pub mod clock;
pub mod dice;
pub mod emulators;
pub mod machine;
pub mod oracle;
pub mod sim;
pub mod story;
pub mod user;
pub mod world;
