//! Pub/Sub v1: topics, push and pull subscriptions, at-least-once delivery.
//!
//! Not simulated: schemas, snapshots, seek, detach, export subscriptions,
//! message transforms, exactly-once delivery (the flag is stored without
//! effect), and the expiration of inactive subscriptions. Permissions of
//! Pub/Sub's own service agent are not checked: on Google Cloud it must be
//! allowed to mint tokens for push accounts, to publish to dead letter topics
//! and to consume from their subscriptions.

mod backlog;
mod body;
mod delivery;
mod duration;
mod filter;
mod message;
mod name;
mod pull;
mod push_config;
mod routes;
mod store;
mod subscription;
mod subscriptions;
mod topics;

#[cfg(test)]
mod tests;

pub(crate) use delivery::advance;
pub(crate) use routes::ROUTES;
pub(crate) use store::Pubsub;
pub(crate) use subscriptions::{SUBSCRIPTION, restored};
pub(crate) use topics::TOPIC;
