//! Pub/Sub v1: topics, push and pull subscriptions, at-least-once delivery.
//!
//! Not simulated: export subscriptions, message transforms, exactly-once
//! delivery (the flag is stored without effect), the expiration of inactive
//! subscriptions, and what Protocol Buffers mean: every definition is taken, and
//! every message fits it. Permissions of Pub/Sub's own service agent are not
//! checked: on Google Cloud it must be allowed to mint tokens for push accounts,
//! to publish to dead letter topics and to consume from their subscriptions.

mod avro;
mod avro_message;
mod backlog;
mod body;
mod delivery;
mod duration;
mod filter;
mod message;
mod name;
mod pull;
mod push_config;
mod retained;
mod routes;
mod schemas;
mod seek;
mod snapshots;
mod store;
mod subscription;
mod subscriptions;
mod topics;

#[cfg(test)]
mod tests;

pub(crate) use delivery::advance;
pub(crate) use routes::ROUTES;
pub(crate) use schemas::SCHEMA;
pub(crate) use snapshots::{SNAPSHOT, restored};
pub(crate) use store::Pubsub;
pub(crate) use subscriptions::SUBSCRIPTION;
pub(crate) use topics::TOPIC;
