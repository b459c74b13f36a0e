//! The state of Pub/Sub.

use super::{
    backlog::{Backlog, prefix},
    duration::ProtoDuration,
    message::Message,
    subscription::Subscription,
};
use crate::table::{Journaled, Table};
use names::{Duration, Timestamp};
use serde_json::Value;
use std::collections::BTreeMap;

/// The state of Pub/Sub.
#[derive(Debug, Clone)]
pub(crate) struct Pubsub {
    /// The subscriptions in their rows, by name, as deliveries use them.
    pub(super) subscriptions: BTreeMap<String, Subscription>,
    pub(super) backlog: Backlog,
    /// The snapshots in their rows, by name.
    pub(super) snapshots: BTreeMap<String, SnapshotState>,
    /// How long topics retain messages, by name, from their rows.
    pub(super) retention: BTreeMap<String, Duration>,
    /// By holder and message; see `retained.rs`.
    pub(super) retained: Table<Message>,
    /// A single row, `message`: the last message ID.
    pub(super) counters: Table<u64>,
}

#[derive(Debug, Clone)]
pub(super) struct SnapshotState {
    pub(super) topic: String,
    pub(super) expires: Timestamp,
}

/// `messageRetentionDuration` in the body of a topic.
pub(super) fn retention(topic: &Value) -> Option<Duration> {
    let text = topic["messageRetentionDuration"].as_str()?;
    let duration = ProtoDuration::try_from(text.to_owned()).ok()?;
    Some(duration.0)
}

impl Pubsub {
    pub(crate) fn new() -> Self {
        Self {
            subscriptions: BTreeMap::new(),
            backlog: Backlog::new("pubsub.messages"),
            snapshots: BTreeMap::new(),
            retention: BTreeMap::new(),
            retained: Table::new("pubsub.retained"),
            counters: Table::new("pubsub.counters"),
        }
    }

    pub(crate) fn tables(&mut self) -> Vec<&mut dyn Journaled> {
        vec![&mut self.counters, &mut self.backlog, &mut self.retained]
    }

    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.backlog.next_due()
    }

    /// Adds `message` to the backlog of every subscription of `topic` whose
    /// filter matches, and returns its ID.
    pub(super) fn publish(&mut self, topic: &str, mut message: Message, now: Timestamp) -> String {
        let id = self.counters.get("message").copied().unwrap_or_default() + 1;
        self.counters.insert("message", id);
        message.message_id = id.to_string();
        message.publish_time = now.to_string();
        for (name, subscription) in &self.subscriptions {
            if subscription.topic == topic && subscription.accepts(&message.attributes) {
                let expires = now + subscription.message_retention_duration.0;
                self.backlog
                    .add(name, subscription, message.clone(), now, expires);
            }
        }
        self.retain_published(topic, &message, now);
        message.message_id
    }

    /// Removes all messages of a subscription.
    pub(super) fn clear(&mut self, subscription: &str) {
        let prefix = prefix(subscription);
        let keys = self.backlog.with_prefix(&prefix);
        for key in keys.map(|(key, _)| key.clone()).collect::<Vec<_>>() {
            self.backlog.remove(&key);
        }
        self.release(subscription);
    }
}
