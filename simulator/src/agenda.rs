//! What happens by itself, and when: the timers of all APIs.

use crate::table::Table;
use names::Timestamp;
use serde::{Deserialize, Serialize};

/// What happens at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Event {
    /// The provisioning of an instance ends, with or without resources.
    Provisioned,
    /// The guest boots.
    Boot,
    /// The notice period of a preempted machine ends.
    PowerButton,
    /// The grace period of a shutdown ends.
    PowerOff,
    /// A deleted machine is removed.
    Remove,
    /// `terminationTime` or `maxRunDuration` is reached.
    TimeLimit,
    /// The announced host maintenance begins.
    Maintenance,
    /// A soft-deleted resource is removed.
    Expire,
    /// A document of Firestore has expired.
    ExpireDocument,
    /// A job of Cloud Scheduler is due.
    Tick,
    /// The next rotation of a key is due.
    RotateKey,
    /// The material of a version of a key is destroyed.
    DestroyKeyVersion,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Timer {
    pub(crate) at: Timestamp,
    /// Path or full name of the resource.
    pub(crate) subject: String,
    pub(crate) event: Event,
}

/// Timers sorted by time. A journaled table, so that they survive a restart.
#[derive(Debug, Clone)]
pub(crate) struct Agenda {
    pub(crate) rows: Table<Timer>,
}

impl Agenda {
    pub(crate) fn new() -> Self {
        Self {
            rows: Table::new("agenda"),
        }
    }

    pub(crate) fn add(&mut self, at: Timestamp, subject: &str, event: Event) {
        // Keys sort by time, then by order of insertion.
        let micros = at.as_micros().max(0);
        let same = format!("{micros:020}-");
        let after = self.rows.with_prefix(&same).last().map_or(0, |(key, _)| {
            key[same.len()..]
                .parse::<u64>()
                .map_or(0, |number| number + 1)
        });
        let timer = Timer {
            at,
            subject: subject.to_owned(),
            event,
        };
        self.rows.insert(format!("{same}{after:08}"), timer);
    }

    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.rows.iter().next().map(|(_, timer)| timer.at)
    }

    /// Takes the first timer if it is due by `now`.
    pub(crate) fn take(&mut self, now: Timestamp) -> Option<Timer> {
        let (key, timer) = self.rows.iter().next()?;
        let key = (timer.at <= now).then(|| key.clone())?;
        self.rows.remove(&key)
    }

    /// Removes all timers of `subject`.
    pub(crate) fn cancel(&mut self, subject: &str) {
        let of_subject = self
            .rows
            .iter()
            .filter(|(_, timer)| timer.subject == subject);
        let keys: Vec<String> = of_subject.map(|(key, _)| key.clone()).collect();
        for key in keys {
            self.rows.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_come_in_the_order_of_time_then_of_adding() {
        let at = Timestamp::from_seconds;
        let mut timers = Agenda::new();
        timers.add(at(9), "a", Event::Remove);
        timers.add(at(5), "b", Event::Provisioned);
        timers.add(at(5), "c", Event::Provisioned);
        timers.add(at(5), "d", Event::Provisioned);
        timers.cancel("c");
        assert_eq!(timers.next(), Some(at(5)));
        let order: Vec<String> = std::iter::from_fn(|| timers.take(at(8)))
            .map(|timer| timer.subject)
            .collect();
        assert_eq!(order, ["b", "d"]);
        assert_eq!(timers.next(), Some(at(9)));
    }
}
