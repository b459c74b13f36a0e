//! The events of the two triggers.

use events::{DecodeError, Envelope, JobChanged, JobReported};
use runtime::{FromDelivery, Trigger};

/// Delivers what users and the sweep say. Machines cannot publish to its topic.
pub(crate) const CHANGES: Trigger = Trigger {
    topic: "job-changed",
    subscription: "job-changed",
    schedule: None,
};
/// Delivers what machines report.
pub(crate) const REPORTS: Trigger = Trigger {
    topic: "job-reported",
    subscription: "job-reported",
    schedule: None,
};

/// An event, by the trigger that delivered it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Published by a user or the sweep.
    Changed(JobChanged),
    /// Published by a machine, and not trusted until its token is verified.
    Reported(JobReported),
}

impl FromDelivery for Event {
    fn from_delivery(envelope: &Envelope, trigger: Option<&Trigger>) -> Result<Self, DecodeError> {
        match trigger {
            Some(trigger) if *trigger == REPORTS => envelope.json("job report").map(Self::Reported),
            Some(trigger) if *trigger == CHANGES => envelope.json("job change").map(Self::Changed),
            Some(_) | None => Err(DecodeError::new("job change", "the trigger is unknown")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_cannot_cancel() {
        let cancel = |trigger: Option<&Trigger>| {
            let envelope = Envelope {
                data: br#"{"kind":"cancelled","job":"train"}"#.to_vec().into(),
                ..Envelope::default()
            };
            Event::from_delivery(&envelope, trigger)
        };
        assert!(matches!(
            cancel(Some(&CHANGES)),
            Ok(Event::Changed(JobChanged::Cancelled { .. }))
        ));
        assert!(cancel(Some(&REPORTS)).is_err());
        assert!(cancel(None).is_err());
    }
}
