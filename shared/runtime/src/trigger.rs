//! Which of a function's declared triggers made a delivery.

use events::{DecodeError, Envelope};
use serde::Serialize;

/// A subscription that delivers to a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Trigger {
    /// The id of the topic, in the project of the deployment.
    pub topic: &'static str,
    /// The id of the subscription, which the path of its push endpoint repeats.
    pub subscription: &'static str,
    /// When Cloud Scheduler publishes to the topic, in cron's syntax.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<&'static str>,
}

/// An event that is decoded from a delivery.
///
/// Every type that converts from an [`Envelope`] alone is one; a function with
/// several triggers implements this for its own type, to decode by trigger.
pub trait FromDelivery: Sized {
    /// Decodes what `trigger` delivered; `None` where the function declares no
    /// triggers.
    ///
    /// # Errors
    /// The envelope does not hold such an event.
    fn from_delivery(envelope: &Envelope, trigger: Option<&Trigger>) -> Result<Self, DecodeError>;
}

impl<T> FromDelivery for T
where
    T: for<'a> TryFrom<&'a Envelope, Error = DecodeError>,
{
    fn from_delivery(envelope: &Envelope, _: Option<&Trigger>) -> Result<Self, DecodeError> {
        Self::try_from(envelope)
    }
}

/// The trigger among `declared` that delivered `envelope` to `path`; `None`
/// where the function declares none.
///
/// The last segment of the path is configured on the push endpoint by whoever
/// set the subscription up, so it decides where there is one. Otherwise the
/// envelope's subscription does, or the topic that its CloudEvent names as
/// source (Eventarc chooses the name of the subscription). A delivery that
/// says neither is taken for the only trigger, but never for one of several:
/// its body is whatever the publisher of one of the topics wrote.
///
/// # Errors
/// The delivery names something that the function does not declare, or names
/// nothing and the function has several triggers.
pub(crate) fn resolve(
    declared: &'static [Trigger],
    path: &str,
    envelope: &Envelope,
) -> Result<Option<&'static Trigger>, String> {
    if declared.is_empty() {
        return Ok(None);
    }
    let subscribed = |id: &str| declared.iter().find(|trigger| trigger.subscription == id);
    let endpoint = last_segment(path);
    if !endpoint.is_empty() {
        let unknown = || format!("the endpoint /{endpoint} is not a trigger of this function");
        return subscribed(endpoint).map(Some).ok_or_else(unknown);
    }
    let subscription = envelope.subscription_id();
    let topic = envelope.cloud_event.as_ref().and_then(|event| {
        let name = event.source.strip_prefix("//pubsub.googleapis.com/")?;
        name.contains("/topics/").then(|| last_segment(name))
    });
    let found = subscription.and_then(subscribed).or_else(|| {
        let topic = topic?;
        declared.iter().find(|trigger| trigger.topic == topic)
    });
    match (found, subscription, topic, declared) {
        (Some(trigger), ..) => Ok(Some(trigger)),
        (None, None, None, [only]) => Ok(Some(only)),
        (None, None, None, _) => Err(
            "the delivery names neither subscription nor topic, and this function has several \
             triggers: add the subscription's id to the push endpoint as its path"
                .to_owned(),
        ),
        (None, Some(id), ..) => Err(format!(
            "the subscription {id:?} is not a trigger of this function"
        )),
        (None, None, Some(topic), _) => Err(format!(
            "the topic {topic:?} is not a trigger of this function"
        )),
    }
}

fn last_segment(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::CloudEvent;

    const REPORTED: Trigger = Trigger {
        topic: "reported-topic",
        subscription: "reported",
        schedule: None,
    };
    const CHANGED: Trigger = Trigger {
        topic: "changed-topic",
        subscription: "changed",
        schedule: None,
    };
    const ONE: &[Trigger] = &[CHANGED];
    const TWO: &[Trigger] = &[CHANGED, REPORTED];

    fn subscription(id: &str) -> Envelope {
        Envelope {
            subscription: Some(format!("projects/p/subscriptions/{id}")),
            ..Envelope::default()
        }
    }

    fn source(source: &str) -> Envelope {
        Envelope {
            cloud_event: Some(CloudEvent {
                source: source.to_owned(),
                ..CloudEvent::default()
            }),
            ..Envelope::default()
        }
    }

    fn id(resolved: Result<Option<&'static Trigger>, String>) -> Option<&'static str> {
        resolved.ok().flatten().map(|trigger| trigger.subscription)
    }

    #[test]
    fn a_declared_subscription_or_topic_names_the_trigger() {
        assert_eq!(
            id(resolve(TWO, "/", &subscription("reported"))),
            Some("reported")
        );
        let topic = source("//pubsub.googleapis.com/projects/p/topics/reported-topic");
        assert_eq!(id(resolve(TWO, "/", &topic)), Some("reported"));
        let eventarc = Envelope {
            subscription: subscription("eventarc-us-central1-x-sub-1").subscription,
            ..topic
        };
        assert_eq!(id(resolve(TWO, "/", &eventarc)), Some("reported"));
    }

    #[test]
    fn the_endpoint_decides_whatever_the_body_says() {
        let forged = subscription("changed");
        assert_eq!(id(resolve(TWO, "/reported", &forged)), Some("reported"));
        assert!(resolve(TWO, "/elsewhere", &forged).is_err());
        assert!(resolve(ONE, "/elsewhere", &forged).is_err());
    }

    #[test]
    fn an_undeclared_subscription_or_topic_is_refused() {
        for triggers in [ONE, TWO] {
            for unknown in ["reported-2", "other", ""] {
                let error = resolve(triggers, "/", &subscription(unknown)).expect_err("refused");
                assert!(error.contains(&format!("{unknown:?}")), "{error}");
            }
            let other = source("//pubsub.googleapis.com/projects/p/topics/other");
            assert!(resolve(triggers, "/", &other).is_err());
        }
    }

    #[test]
    fn a_delivery_that_names_nothing_is_taken_for_the_only_trigger() {
        let bare = Envelope::default();
        assert_eq!(id(resolve(ONE, "/", &bare)), Some("changed"));
        let error = resolve(TWO, "/", &bare).expect_err("one of several");
        assert!(error.contains("push endpoint"), "{error}");
        assert_eq!(resolve(&[], "/", &bare), Ok(None));
    }
}
