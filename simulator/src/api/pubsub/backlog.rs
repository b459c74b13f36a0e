//! The messages that subscriptions have yet to acknowledge, and what is due when.

use super::{message::Message, subscription::Subscription};
use crate::table::{Journaled, Table};
use names::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// One message of one subscription.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Pending {
    pub(super) subscription: String,
    pub(super) message: Message,
    /// Ordered messages with the same key stand in one line: only its head is
    /// delivered. Empty if the message need not stand in one.
    line: String,
    /// Deliveries so far.
    pub(super) attempts: u32,
    pub(super) state: State,
    /// When the subscription's retention gives it up.
    pub(super) expires: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum State {
    /// May be delivered from then on.
    Waiting(Timestamp),
    /// Pushed; no answer by then is a refusal.
    Pushed(Timestamp),
    /// Pulled; not acknowledged by then, it may be delivered again.
    Leased(Timestamp),
}

/// What the indices know of a message.
struct Place {
    /// Subscription and ordering key.
    line: (String, String),
    state: State,
}

impl Pending {
    fn place(&self) -> Place {
        Place {
            line: (self.subscription.clone(), self.line.clone()),
            state: self.state,
        }
    }
}

/// All of them, by `{subscription}#{id, 20 digits}`, so that the messages of
/// one subscription stand together in the order they were published.
///
/// The indices follow the rows and are not journaled. A waiting message is in
/// `due` unless there is nothing to do for it by itself: it stands behind
/// another in its line, is parked, or waits to be pulled.
#[derive(Debug, Clone)]
pub(super) struct Backlog {
    rows: Table<Pending>,
    due: BTreeSet<(Timestamp, String)>,
    lines: BTreeMap<(String, String), BTreeSet<String>>,
    /// Due messages that flow control holds back, by subscription.
    parked: BTreeMap<String, BTreeSet<String>>,
    /// How many pushes are out, by subscription.
    out: BTreeMap<String, usize>,
}

/// What the keys of a subscription's messages begin with.
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
            lines: BTreeMap::new(),
            parked: BTreeMap::new(),
            out: BTreeMap::new(),
        }
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Takes the first message that is due; it stays out of the index until
    /// its state changes.
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
    pub(super) fn under<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a String, &'a Pending)> {
        self.rows.under(prefix)
    }

    pub(super) fn outstanding(&self, subscription: &str) -> usize {
        self.out.get(subscription).copied().unwrap_or_default()
    }

    /// Whether the message is the first of its line, or in none.
    pub(super) fn is_head(&self, key: &str, row: &Pending) -> bool {
        self.leads(key, &row.place())
    }

    fn leads(&self, key: &str, place: &Place) -> bool {
        let line = self.lines.get(&place.line).and_then(BTreeSet::first);
        line.is_none_or(|head| head == key)
    }

    pub(super) fn add(
        &mut self,
        name: &str,
        id: u64,
        subscription: &Subscription,
        message: Message,
        now: Timestamp,
    ) {
        let ordered = subscription.enable_message_ordering;
        let row = Pending {
            subscription: name.to_owned(),
            line: if ordered {
                message.ordering_key.clone()
            } else {
                String::new()
            },
            message,
            attempts: 0,
            state: State::Waiting(now),
            expires: now + subscription.message_retention_duration.0,
        };
        let key = key(name, id);
        self.index(&key, &row.place());
        self.rows.insert(key, row);
    }

    /// Puts the message in a state; `delivered` counts one more delivery.
    pub(super) fn set(&mut self, key: &str, state: State, delivered: bool) {
        let Some(row) = self.rows.get_mut(key) else {
            return;
        };
        let old = row.place();
        row.state = state;
        row.attempts += u32::from(delivered);
        let new = row.place();
        self.unindex(key, &old);
        self.index(key, &new);
    }

    pub(super) fn remove(&mut self, key: &str) {
        if let Some(row) = self.rows.remove(key) {
            self.unindex(key, &row.place());
            self.leave_line(key, &row.place());
        }
    }

    /// Holds a message back until a push of its subscription is answered.
    pub(super) fn park(&mut self, key: &str, subscription: &str) {
        self.parked
            .entry(subscription.to_owned())
            .or_default()
            .insert(key.to_owned());
    }

    /// Looks at every waiting message of a subscription again: it has become
    /// one that pushes, or stopped being one.
    pub(super) fn reconsider(&mut self, subscription: &str) {
        self.parked.remove(subscription);
        let prefix = prefix(subscription);
        self.due.extend(
            self.rows
                .under(&prefix)
                .filter_map(|(key, row)| match row.state {
                    State::Waiting(due) => Some((due, key.clone())),
                    State::Pushed(_) | State::Leased(_) => None,
                }),
        );
    }

    /// Lets the first message that flow control holds back be looked at again.
    pub(super) fn unpark(&mut self, subscription: &str) {
        if let Some(key) = self
            .parked
            .get_mut(subscription)
            .and_then(BTreeSet::pop_first)
        {
            self.awaken(&key);
        }
    }

    fn index(&mut self, key: &str, place: &Place) {
        if !place.line.1.is_empty() {
            self.lines
                .entry(place.line.clone())
                .or_default()
                .insert(key.to_owned());
        }
        let at = match place.state {
            State::Waiting(_) if !self.leads(key, place) => return,
            State::Waiting(at) | State::Leased(at) => at,
            State::Pushed(at) => {
                *self.out.entry(place.line.0.clone()).or_default() += 1;
                at
            }
        };
        self.due.insert((at, key.to_owned()));
    }

    /// Forgets when the message is due; the end of a push makes room for another.
    fn unindex(&mut self, key: &str, place: &Place) {
        let subscription = &place.line.0;
        if let Some(parked) = self.parked.get_mut(subscription) {
            parked.remove(key);
        }
        let at = match place.state {
            State::Waiting(at) | State::Leased(at) => at,
            State::Pushed(at) => {
                if let Some(out) = self.out.get_mut(subscription) {
                    *out -= 1;
                }
                self.unpark(subscription);
                at
            }
        };
        self.due.remove(&(at, key.to_owned()));
    }

    fn leave_line(&mut self, key: &str, place: &Place) {
        let Some(line) = self.lines.get_mut(&place.line) else {
            return;
        };
        line.remove(key);
        match line.first().cloned() {
            Some(head) => self.awaken(&head),
            None => drop(self.lines.remove(&place.line)),
        }
    }

    fn awaken(&mut self, key: &str) {
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

    /// A push whose process is gone is never answered: it is due at once.
    fn restore(&mut self, key: &str, row: Option<Value>) -> Result<(), serde_json::Error> {
        if let Some(old) = self.rows.get(key).map(Pending::place) {
            self.unindex(key, &old);
            self.leave_line(key, &old);
        }
        let Some(row) = row else {
            return self.rows.restore(key, None);
        };
        let mut row: Pending = serde_json::from_value(row)?;
        if let State::Pushed(_) = row.state {
            row.state = State::Waiting(Timestamp::from_seconds(0));
        }
        self.index(key, &row.place());
        self.rows.restore(key, Some(serde_json::to_value(row)?))
    }
}
