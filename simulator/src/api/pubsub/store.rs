//! The state of Pub/Sub.

use super::{backlog::Backlog, message::Message, subscription::Subscription};
use crate::table::{Journaled, Table};
use names::Timestamp;
use std::collections::BTreeMap;

/// The state of Pub/Sub.
#[derive(Debug, Clone)]
pub(crate) struct Pubsub {
    /// The subscriptions in their rows, by name, as deliveries use them.
    pub(super) subscriptions: BTreeMap<String, Subscription>,
    pub(super) backlog: Backlog,
    /// A single row, `message`: the last message ID.
    pub(super) counters: Table<u64>,
}

impl Pubsub {
    pub(crate) fn new() -> Self {
        Self {
            subscriptions: BTreeMap::new(),
            backlog: Backlog::new("pubsub.messages"),
            counters: Table::new("pubsub.counters"),
        }
    }

    pub(crate) fn tables(&mut self) -> Vec<&mut dyn Journaled> {
        vec![&mut self.counters, &mut self.backlog]
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
                self.backlog
                    .add(name, id, subscription, message.clone(), now);
            }
        }
        message.message_id
    }
}
