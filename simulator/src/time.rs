//! Time: timers that are due, and when the next one is.

use crate::{Cloud, api};
use names::Timestamp;

impl Cloud {
    /// Fires all timers that are due by `now`.
    pub fn advance(&mut self, now: Timestamp) {
        self.iam.advance(now);
        api::compute::advance(self, now);
        api::kms::advance(self, now);
        api::pubsub::advance(self, now);
    }

    /// When [`Cloud::advance`] has to be called next.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        [
            self.compute.next_due(),
            self.iam.next_due(),
            self.kms.next_due(),
            self.pubsub.next_due(),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}
