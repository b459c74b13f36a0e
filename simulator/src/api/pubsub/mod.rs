//! Pub/Sub, v1: topics, push and pull subscriptions, delivery at least once.
//!
//! Left out: schemas, snapshots, seek, detach, export to other stores, message
//! transforms, exactly-once delivery (the flag is kept, not honoured) and the
//! expiry of subscriptions that nobody uses. Pub/Sub's own service agent is
//! not asked for permissions: real Google Cloud wants it to be allowed to mint
//! tokens for a push account, to publish to dead letter topics and to consume
//! from the subscriptions that have them.

mod backlog;
mod body;
mod delivery;
mod filter;
mod message;
mod name;
mod pull;
mod push_config;
mod routes;
mod span;
mod store;
mod subscription;
mod subscriptions;
mod topic;
mod topics;

#[cfg(test)]
mod tests;

pub(crate) use delivery::advance;
pub(crate) use routes::ROUTES;
pub(crate) use store::Pubsub;
