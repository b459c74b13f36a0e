//! Messages that can come back though they were acknowledged: of topics that
//! retain messages, of subscriptions that retain acknowledged ones, and of
//! snapshots. Each of these holders has its own copies.

use super::{
    backlog::{key, prefix},
    message::Message,
    store::Pubsub,
};
use names::Timestamp;

impl Pubsub {
    /// Keeps a message for `holder`, and no longer those from before `oldest`.
    pub(super) fn retain(&mut self, holder: &str, message: &Message, oldest: Timestamp) {
        let all = self.retained.with_prefix(prefix(holder));
        let outdated = all.take_while(|(_, message)| message.published() < oldest);
        for key in outdated.map(|(key, _)| key.clone()).collect::<Vec<_>>() {
            self.retained.remove(&key);
        }
        if message.published() >= oldest {
            self.retained
                .insert(key(holder, message.number()), message.clone());
        }
    }

    /// The messages that `holder` keeps, oldest first.
    pub(super) fn retained(&self, holder: &str) -> impl Iterator<Item = &Message> {
        let all = self.retained.with_prefix(prefix(holder));
        all.map(|(_, message)| message)
    }

    /// Keeps no message for `holder`.
    pub(super) fn release(&mut self, holder: &str) {
        let all = self.retained.with_prefix(prefix(holder));
        for key in all.map(|(key, _)| key.clone()).collect::<Vec<_>>() {
            self.retained.remove(&key);
        }
    }

    /// Keeps a published message as long as its topic and snapshots say.
    pub(super) fn retain_published(&mut self, topic: &str, message: &Message, now: Timestamp) {
        if let Some(retention) = self.retention.get(topic).copied() {
            self.retain(topic, message, now - retention);
        }
        let of_topic = self.snapshots.iter().filter(|(_, one)| one.topic == topic);
        let names: Vec<String> = of_topic.map(|(name, _)| name.clone()).collect();
        for name in names {
            if self.snapshots[&name].expires <= now {
                self.snapshots.remove(&name);
                self.release(&name);
            } else {
                self.retain(&name, message, Timestamp::from_seconds(0));
            }
        }
    }

    /// Takes an acknowledged message out of the backlog.
    pub(super) fn acknowledge(&mut self, key: &str, now: Timestamp) {
        let Some(row) = self.backlog.get(key) else {
            return;
        };
        let name = row.subscription.clone();
        if let Some(subscription) = self.subscriptions.get(&name)
            && subscription.retain_acked_messages
        {
            let oldest = now - subscription.message_retention_duration.0;
            let message = row.message.clone();
            self.retain(&name, &message, oldest);
        }
        self.backlog.remove(key);
    }
}
