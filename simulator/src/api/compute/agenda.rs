//! What will happen by itself, and when.

use crate::table::Table;
use names::Timestamp;
use serde::{Deserialize, Serialize};

/// What a timer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Due {
    /// Of an operation: it is done.
    Operation,
    /// Of an instance: resources were found, or not.
    Staged,
    /// The guest begins to boot.
    Running,
    /// A preempted machine's notice is over.
    PowerButton,
    /// The guest had its time to shut down.
    PowerOff,
    /// The remains are cleared away.
    Gone,
    /// `terminationTime` or `maxRunDuration` is reached.
    TimeUp,
    /// The announced host maintenance begins.
    Maintenance,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Timer {
    pub(super) at: Timestamp,
    /// The path of the instance or operation.
    pub(super) subject: String,
    pub(super) due: Due,
}

/// Timers in the order of their times. A table, so that they outlive the process.
#[derive(Debug, Clone)]
pub(super) struct Agenda {
    pub(super) timers: Table<Timer>,
}

impl Agenda {
    pub(super) fn new() -> Self {
        Self {
            timers: Table::new("compute.agenda"),
        }
    }

    pub(super) fn add(&mut self, at: Timestamp, subject: &str, due: Due) {
        // Keys sort by time, then by when they were added.
        let micros = at.as_micros().max(0);
        let same = format!("{micros:020}-");
        let after = self.timers.under(&same).last().map_or(0, |(key, _)| {
            key[same.len()..]
                .parse::<u64>()
                .map_or(0, |number| number + 1)
        });
        let timer = Timer {
            at,
            subject: subject.to_owned(),
            due,
        };
        self.timers.insert(format!("{same}{after:08}"), timer);
    }

    pub(super) fn next(&self) -> Option<Timestamp> {
        self.timers.iter().next().map(|(_, timer)| timer.at)
    }

    /// Takes the first timer, if it is due by `now`.
    pub(super) fn take(&mut self, now: Timestamp) -> Option<Timer> {
        let (key, timer) = self.timers.iter().next()?;
        let key = (timer.at <= now).then(|| key.clone())?;
        self.timers.remove(&key)
    }

    /// Forgets what was to happen to `subject`.
    pub(super) fn cancel(&mut self, subject: &str) {
        let of_subject = self
            .timers
            .iter()
            .filter(|(_, timer)| timer.subject == subject);
        let keys: Vec<String> = of_subject.map(|(key, _)| key.clone()).collect();
        for key in keys {
            self.timers.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_come_in_the_order_of_time_then_of_adding() {
        let at = Timestamp::from_seconds;
        let mut agenda = Agenda::new();
        agenda.add(at(9), "a", Due::Gone);
        agenda.add(at(5), "b", Due::Staged);
        agenda.add(at(5), "c", Due::Staged);
        agenda.add(at(5), "d", Due::Staged);
        agenda.cancel("c");
        assert_eq!(agenda.next(), Some(at(5)));
        let order: Vec<String> = std::iter::from_fn(|| agenda.take(at(8)))
            .map(|timer| timer.subject)
            .collect();
        assert_eq!(order, ["b", "d"]);
        assert_eq!(agenda.next(), Some(at(9)));
    }
}
