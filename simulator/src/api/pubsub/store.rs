//! The state of Pub/Sub.

use super::{backlog::Backlog, message::Message, subscription::Subscription, topic::Topic};
use crate::table::{Journaled, Table};
use names::Timestamp;

/// The state of Pub/Sub. Topics and subscriptions are keyed by full name.
#[derive(Debug, Clone)]
pub(crate) struct Pubsub {
    pub(super) topics: Table<Topic>,
    pub(super) subscriptions: Table<Subscription>,
    pub(super) backlog: Backlog,
    /// A single row, `message`: the last message ID.
    pub(super) counters: Table<u64>,
}

impl Pubsub {
    pub(crate) fn new() -> Self {
        Self {
            topics: Table::new("pubsub.topics"),
            subscriptions: Table::new("pubsub.subscriptions"),
            backlog: Backlog::new("pubsub.messages"),
            counters: Table::new("pubsub.counters"),
        }
    }

    pub(crate) fn tables(&mut self) -> Vec<&mut dyn Journaled> {
        vec![
            &mut self.topics,
            &mut self.subscriptions,
            &mut self.counters,
            &mut self.backlog,
        ]
    }

    /// The names of all topics and subscriptions.
    pub(crate) fn names(&self) -> impl Iterator<Item = &String> {
        let (topics, subscriptions) = (self.topics.iter(), self.subscriptions.iter());
        topics
            .map(|(name, _)| name)
            .chain(subscriptions.map(|(name, _)| name))
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
        for (name, subscription) in self.subscriptions.iter() {
            if subscription.topic == topic && subscription.accepts(&message.attributes) {
                self.backlog
                    .add(name, id, subscription, message.clone(), now);
            }
        }
        message.message_id
    }
}
