//! Timers: what happens by itself, and when.

use crate::table::Table;
use names::Timestamp;
use serde::{Deserialize, Serialize};

/// What happens when a timer fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum TimerKind {
    /// The operation completes.
    Operation,
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
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Timer {
    pub(super) at: Timestamp,
    /// Path of the instance or operation.
    pub(super) subject: String,
    pub(super) kind: TimerKind,
}

/// Timers sorted by time. A journaled table, so that they survive a restart.
#[derive(Debug, Clone)]
pub(super) struct Timers {
    pub(super) rows: Table<Timer>,
}

impl Timers {
    pub(super) fn new() -> Self {
        Self {
            rows: Table::new("compute.timers"),
        }
    }

    pub(super) fn add(&mut self, at: Timestamp, subject: &str, kind: TimerKind) {
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
            kind,
        };
        self.rows.insert(format!("{same}{after:08}"), timer);
    }

    pub(super) fn next(&self) -> Option<Timestamp> {
        self.rows.iter().next().map(|(_, timer)| timer.at)
    }

    /// Takes the first timer if it is due by `now`.
    pub(super) fn take(&mut self, now: Timestamp) -> Option<Timer> {
        let (key, timer) = self.rows.iter().next()?;
        let key = (timer.at <= now).then(|| key.clone())?;
        self.rows.remove(&key)
    }

    /// Removes all timers of `subject`.
    pub(super) fn cancel(&mut self, subject: &str) {
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
        let mut timers = Timers::new();
        timers.add(at(9), "a", TimerKind::Remove);
        timers.add(at(5), "b", TimerKind::Provisioned);
        timers.add(at(5), "c", TimerKind::Provisioned);
        timers.add(at(5), "d", TimerKind::Provisioned);
        timers.cancel("c");
        assert_eq!(timers.next(), Some(at(5)));
        let order: Vec<String> = std::iter::from_fn(|| timers.take(at(8)))
            .map(|timer| timer.subject)
            .collect();
        assert_eq!(order, ["b", "d"]);
        assert_eq!(timers.next(), Some(at(9)));
    }
}
