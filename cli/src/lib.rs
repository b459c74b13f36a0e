//! groundcrew's command line, as a library: the local cloud and the
//! deployment are also what the tests run on.

pub mod deployment;
pub mod local;
