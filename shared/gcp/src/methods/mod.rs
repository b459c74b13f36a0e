//! The methods that groundcrew calls, one file per API.

pub mod firestore;
pub mod pubsub;
