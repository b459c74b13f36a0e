//! The passing of time: what happens by itself, and when.

use crate::{Cloud, api};
use names::Timestamp;

impl Cloud {
    /// Lets time pass: whatever was due by `now` happens.
    pub fn advance(&mut self, now: Timestamp) {
        self.iam.advance(now);
        api::compute::advance(self, now);
        api::kms::advance(self, now);
        api::pubsub::advance(self, now);
    }

    /// When [`Cloud::advance`] next has something to do.
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
