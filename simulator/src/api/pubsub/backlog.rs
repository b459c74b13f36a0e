//! The backlog: messages that are not acknowledged, with their states and
//! deadlines.

use super::{message::Message, subscription::Subscription};
use crate::table::{Journaled, Table};
use names::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// An unacknowledged message of one subscription.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Pending {
    pub(super) subscription: String,
    pub(super) message: Message,
    /// Messages with the same ordering key are delivered one after the other.
    /// Empty if the message is not ordered.
    order_key: String,
    /// Number of deliveries so far.
    pub(super) attempts: u32,
    pub(super) state: State,
    /// When the message is older than the subscription's retention.
    pub(super) expires: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum State {
    /// Can be delivered from this time on.
    Waiting(Timestamp),
    /// Pushed. If there is no response by this time, the delivery has failed.
    Pushed(Timestamp),
    /// Pulled. If it is not acknowledged by this time, it is delivered again.
    Leased(Timestamp),
}

/// The values of a message by which it is indexed.
struct IndexKey {
    /// Subscription and ordering key.
    order_key: (String, String),
    state: State,
}

impl Pending {
    fn index_key(&self) -> IndexKey {
        IndexKey {
            order_key: (self.subscription.clone(), self.order_key.clone()),
            state: self.state,
        }
    }
}

/// All unacknowledged messages, by `{subscription}#{id, 20 digits}`, so that
/// the messages of a subscription are sorted by the order in which they were
/// published.
///
/// The indexes follow the rows and are not journaled. A waiting message is in
/// `due` unless it does not need attention: while it waits for an earlier
/// message with its ordering key, for flow control, or for a pull.
#[derive(Debug, Clone)]
pub(super) struct Backlog {
    rows: Table<Pending>,
    due: BTreeSet<(Timestamp, String)>,
    ordered: BTreeMap<(String, String), BTreeSet<String>>,
    /// Due messages that flow control holds back, by subscription.
    throttled: BTreeMap<String, BTreeSet<String>>,
    /// Number of pushes without a response, by subscription.
    outstanding_pushes: BTreeMap<String, usize>,
}

/// Prefix of the keys of a subscription's messages.
pub(super) fn prefix(subscription: &str) -> String {
    format!("{subscription}#")
}

pub(super) fn key(subscription: &str, id: u64) -> String {
    format!("{subscription}#{id:020}")
}

impl Backlog {
    pub(super) fn new(name: &'static str) -> Self {
        Self {
            rows: Table::new(name),
            due: BTreeSet::new(),
            ordered: BTreeMap::new(),
            throttled: BTreeMap::new(),
            outstanding_pushes: BTreeMap::new(),
        }
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Takes the first message that is due. It is not in `due` again until its
    /// state changes.
    pub(super) fn take_due(&mut self, now: Timestamp) -> Option<String> {
        if self.next_due()? > now {
            return None;
        }
        self.due.pop_first().map(|(_, key)| key)
    }

    pub(super) fn get(&self, key: &str) -> Option<&Pending> {
        self.rows.get(key)
    }

    /// The messages whose keys begin with `prefix`, oldest first.
    pub(super) fn with_prefix<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a String, &'a Pending)> {
        self.rows.with_prefix(prefix)
    }

    pub(super) fn outstanding(&self, subscription: &str) -> usize {
        self.outstanding_pushes
            .get(subscription)
            .copied()
            .unwrap_or_default()
    }

    /// Whether no earlier message with the same ordering key is waiting.
    pub(super) fn is_next_in_order(&self, key: &str, row: &Pending) -> bool {
        self.is_first(key, &row.index_key())
    }

    fn is_first(&self, key: &str, index_key: &IndexKey) -> bool {
        let first = self
            .ordered
            .get(&index_key.order_key)
            .and_then(BTreeSet::first);
        first.is_none_or(|head| head == key)
    }

    /// Adds a message, which is kept until `expires`.
    pub(super) fn add(
        &mut self,
        name: &str,
        subscription: &Subscription,
        message: Message,
        now: Timestamp,
        expires: Timestamp,
    ) {
        let key = key(name, message.number());
        let ordered = subscription.enable_message_ordering;
        let row = Pending {
            subscription: name.to_owned(),
            order_key: if ordered {
                message.ordering_key.clone()
            } else {
                String::new()
            },
            message,
            attempts: 0,
            state: State::Waiting(now),
            expires,
        };
        self.index(&key, &row.index_key());
        self.rows.insert(key, row);
    }

    /// Sets the state of a message; `delivered` counts a delivery.
    pub(super) fn set_state(&mut self, key: &str, state: State, delivered: bool) {
        let Some(row) = self.rows.get_mut(key) else {
            return;
        };
        let old = row.index_key();
        row.state = state;
        row.attempts += u32::from(delivered);
        let new = row.index_key();
        self.unindex(key, &old);
        self.index(key, &new);
    }

    pub(super) fn remove(&mut self, key: &str) {
        if let Some(row) = self.rows.remove(key) {
            self.unindex(key, &row.index_key());
            self.leave_order(key, &row.index_key());
        }
    }

    /// Holds a message back until there is a response to a push of its
    /// subscription.
    pub(super) fn throttle(&mut self, key: &str, subscription: &str) {
        self.throttled
            .entry(subscription.to_owned())
            .or_default()
            .insert(key.to_owned());
    }

    /// Schedules all waiting messages of a subscription again, as it may have
    /// turned from pull to push or back.
    pub(super) fn reschedule(&mut self, subscription: &str) {
        self.throttled.remove(subscription);
        let prefix = prefix(subscription);
        self.due.extend(
            self.rows
                .with_prefix(&prefix)
                .filter_map(|(key, row)| match row.state {
                    State::Waiting(due) => Some((due, key.clone())),
                    State::Pushed(_) | State::Leased(_) => None,
                }),
        );
    }

    /// Schedules the first message that flow control holds back.
    pub(super) fn unthrottle(&mut self, subscription: &str) {
        if let Some(key) = self
            .throttled
            .get_mut(subscription)
            .and_then(BTreeSet::pop_first)
        {
            self.schedule(&key);
        }
    }

    fn index(&mut self, key: &str, index_key: &IndexKey) {
        if !index_key.order_key.1.is_empty() {
            self.ordered
                .entry(index_key.order_key.clone())
                .or_default()
                .insert(key.to_owned());
        }
        let at = match index_key.state {
            State::Waiting(_) if !self.is_first(key, index_key) => return,
            State::Waiting(at) | State::Leased(at) => at,
            State::Pushed(at) => {
                *self
                    .outstanding_pushes
                    .entry(index_key.order_key.0.clone())
                    .or_default() += 1;
                at
            }
        };
        self.due.insert((at, key.to_owned()));
    }

    /// Removes the message from `due`. The end of a push makes room for a
    /// message that flow control holds back.
    fn unindex(&mut self, key: &str, index_key: &IndexKey) {
        let subscription = &index_key.order_key.0;
        if let Some(throttled) = self.throttled.get_mut(subscription) {
            throttled.remove(key);
        }
        let at = match index_key.state {
            State::Waiting(at) | State::Leased(at) => at,
            State::Pushed(at) => {
                if let Some(count) = self.outstanding_pushes.get_mut(subscription) {
                    *count -= 1;
                }
                self.unthrottle(subscription);
                at
            }
        };
        self.due.remove(&(at, key.to_owned()));
    }

    fn leave_order(&mut self, key: &str, index_key: &IndexKey) {
        let Some(keys) = self.ordered.get_mut(&index_key.order_key) else {
            return;
        };
        keys.remove(key);
        match keys.first().cloned() {
            Some(head) => self.schedule(&head),
            None => drop(self.ordered.remove(&index_key.order_key)),
        }
    }

    fn schedule(&mut self, key: &str) {
        if let Some(State::Waiting(at)) = self.rows.get(key).map(|row| row.state) {
            self.due.insert((at, key.to_owned()));
        }
    }
}

impl Journaled for Backlog {
    fn name(&self) -> &'static str {
        self.rows.name()
    }

    fn take_changes(&mut self) -> Vec<(String, Option<Value>)> {
        self.rows.take_changes()
    }

    fn forget_changes(&mut self) {
        self.rows.forget_changes();
    }

    /// A push by an earlier process will get no response: the message is due at
    /// once.
    fn restore(&mut self, key: &str, row: Option<Value>) -> Result<(), serde_json::Error> {
        if let Some(old) = self.rows.get(key).map(Pending::index_key) {
            self.unindex(key, &old);
            self.leave_order(key, &old);
        }
        let Some(row) = row else {
            return self.rows.restore(key, None);
        };
        let mut row: Pending = serde_json::from_value(row)?;
        if let State::Pushed(_) = row.state {
            row.state = State::Waiting(Timestamp::from_seconds(0));
        }
        self.index(key, &row.index_key());
        self.rows.restore(key, Some(serde_json::to_value(row)?))
    }
}
