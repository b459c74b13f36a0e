//! Which of the two events a message is: its subscription tells.

use events::{DecodeError, Envelope, JobChanged, JobReported};

/// What the name of a subscription begins with that delivers machines' reports.
/// Any other delivers what users and the sweep say.
const REPORTS: &str = "job-reported";

/// What the function is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// By a user or the sweep.
    Changed(JobChanged),
    /// By a machine.
    Reported(JobReported),
}

impl TryFrom<&Envelope> for Event {
    type Error = DecodeError;

    fn try_from(envelope: &Envelope) -> Result<Self, DecodeError> {
        let from = envelope.subscription_id();
        if from.is_some_and(|id| id.starts_with(REPORTS)) {
            envelope.json("job report").map(Self::Reported)
        } else {
            envelope.json("job change").map(Self::Changed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_cannot_cancel() {
        let cancel = |subscription: &str| {
            let envelope = Envelope {
                data: br#"{"kind":"cancelled","job":"train"}"#.to_vec().into(),
                subscription: Some(format!("projects/p/subscriptions/{subscription}")),
                ..Envelope::default()
            };
            Event::try_from(&envelope)
        };
        assert!(matches!(
            cancel("job-changed"),
            Ok(Event::Changed(JobChanged::Cancelled { .. }))
        ));
        assert!(cancel("job-reported").is_err());
        assert!(cancel("job-reported-2").is_err());
    }
}
