//! Time: timers that are due, and when the next one is.

use crate::{
    Cloud,
    agenda::{Event, Timer},
    api, collection,
};
use names::Timestamp;

impl Cloud {
    /// Fires all timers that are due by `now`.
    pub fn advance(&mut self, now: Timestamp) {
        while let Some(Timer { at, subject, event }) = self.agenda.take(now) {
            match event {
                Event::Expire => collection::expire(self, &subject),
                Event::ExpireDocument => api::firestore::expire(self, &subject, at),
                Event::Tick => api::cloudscheduler::tick(self, &subject, now),
                Event::RotateKey => api::kms::rotate_due(self, &subject, at),
                Event::DestroyKeyVersion => api::kms::destroy_due(self, &subject, at),
                Event::Provisioned
                | Event::Boot
                | Event::PowerButton
                | Event::PowerOff
                | Event::Remove
                | Event::TimeLimit
                | Event::Maintenance => api::compute::happen(self, event, &subject, at),
            }
        }
        api::pubsub::advance(self, now);
    }

    /// When [`Cloud::advance`] has to be called next.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        let pubsub = self.pubsub.next_due();
        self.agenda.next().into_iter().chain(pubsub).min()
    }
}
