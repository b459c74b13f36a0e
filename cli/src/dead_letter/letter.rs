//! What a dead letter says about an event. Pure.

use deployment::{Deployment, FUNCTIONS};
use gcp::{Message, methods::pubsub::ReceivedMessage};
use names::{Timestamp, TopicName};
use serde::Serialize;

/// A dead letter, for people and as a row of JSON. It was recorded by a function,
/// or given up by Pub/Sub after its last attempt.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct DeadLetter {
    pub(super) id: String,
    /// When it was recorded or given up.
    pub(super) at: Option<Timestamp>,
    /// The function that recorded it.
    pub(super) function: Option<String>,
    /// Such as `unreadable` or `permanent`; `attempts` if Pub/Sub gave it up.
    pub(super) cause: String,
    pub(super) reason: String,
    /// The subscription that delivered the event, if that is known.
    pub(super) subscription: Option<String>,
}

/// Pub/Sub's attributes of a message that it forwards to a dead-letter topic.
const FORWARDED: &str = "CloudPubSubDeadLetter";
/// The attributes that a function adds.
const RECORDED: &str = "groundcrew-";

impl DeadLetter {
    pub(super) fn of(received: &ReceivedMessage) -> Self {
        let attribute = |name: &str| received.message.attributes.get(name).cloned();
        let recorded = |name: &str| attribute(&format!("{RECORDED}{name}"));
        let forwarded = |name: &str| attribute(&format!("{FORWARDED}{name}"));
        let subscription = recorded("subscription").or_else(|| forwarded("SourceSubscription"));
        let attempts = forwarded("SourceDeliveryCount");
        Self {
            id: received.id.clone(),
            at: recorded("recorded-at")
                .and_then(|at| at.parse().ok())
                .or(received.publish_time),
            function: recorded("function"),
            cause: match (recorded("cause"), &attempts) {
                (Some(cause), _) => cause,
                (None, Some(_)) => "attempts".to_owned(),
                (None, None) => "unknown".to_owned(),
            },
            reason: match (recorded("reason"), attempts) {
                (Some(reason), _) => reason,
                (None, Some(n)) => format!("not acknowledged in {n} attempts"),
                (None, None) => "no function and no subscription has marked it".to_owned(),
            },
            subscription: subscription
                .map(|name| name.rsplit('/').next().unwrap_or_default().to_owned()),
        }
    }
}

/// The event as it was published, and its topic: `topic` if that is given.
///
/// # Errors
/// Why it cannot be published again.
pub(super) fn original(
    received: &ReceivedMessage,
    deployment: &Deployment,
    topic: Option<&TopicName>,
) -> Result<(TopicName, Message), String> {
    let attributes = &received.message.attributes;
    if attributes.contains_key("groundcrew-length") {
        return Err("it is the body of a request that could not be read, not a message".to_owned());
    }
    let topic = match topic {
        Some(topic) => topic.clone(),
        None => origin(&DeadLetter::of(received), deployment)
            .ok_or("it does not say which topic it came from: give --topic")?,
    };
    let is_own = |name: &str| {
        let added = [RECORDED, FORWARDED, "original-goog"];
        !added.iter().any(|prefix| name.starts_with(prefix))
    };
    let attributes = attributes.iter().filter(|(name, _)| is_own(name));
    let message = Message {
        data: received.message.data.clone(),
        attributes: attributes.map(|(n, v)| (n.clone(), v.clone())).collect(),
    };
    Ok((topic, message))
}

/// The topic of the subscription, which has its name; else the only one of the
/// function.
fn origin(letter: &DeadLetter, deployment: &Deployment) -> Option<TopicName> {
    let subscription = letter.subscription.as_deref();
    let mut all = FUNCTIONS.iter().flat_map(|function| function.topics);
    let id = match subscription {
        Some(id) => all.find(|topic| **topic == id)?,
        None => {
            let function = letter.function.as_deref()?;
            let function = FUNCTIONS.iter().find(|row| row.name() == function)?;
            match function.topics {
                [only] => only,
                _ => return None,
            }
        }
    };
    TopicName::new(deployment.home.clone(), id).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(attributes: &[(&str, &str)]) -> ReceivedMessage {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        ReceivedMessage {
            ack_id: "1-1".into(),
            id: "1".into(),
            publish_time: Some(Timestamp::from_seconds(7)),
            delivery_attempt: 0,
            message: Message {
                data: "{}".into(),
                attributes: attributes.iter().map(owned).collect(),
            },
        }
    }

    fn topic_of(attributes: &[(&str, &str)]) -> Result<String, String> {
        let found = original(&letter(attributes), &Deployment::local(), None);
        found.map(|(topic, _)| topic.id().to_owned())
    }

    #[test]
    fn an_event_goes_back_to_the_topic_that_it_came_from() {
        let by = "groundcrew-function";
        let from = "groundcrew-subscription";
        let pushed = "projects/p/subscriptions/job-reported";
        for (attributes, topic) in [
            (
                vec![(by, "job-changed"), (from, pushed)],
                Some("job-reported"),
            ),
            (vec![(by, "job-queued")], Some("job-queued")),
            (vec![(by, "job-changed")], None),
            (vec![(by, "job-queued"), ("groundcrew-length", "7")], None),
            (
                vec![("CloudPubSubDeadLetterSourceSubscription", "tick")],
                Some("tick"),
            ),
            (vec![(from, "their-own")], None),
            (vec![], None),
        ] {
            assert_eq!(
                topic_of(&attributes).ok().as_deref(),
                topic,
                "{attributes:?}"
            );
        }
    }

    #[test]
    fn what_was_added_to_the_event_is_removed() {
        let received = letter(&[
            ("job", "j"),
            ("groundcrew-function", "job-queued"),
            ("groundcrew-reason", "no quota"),
            ("CloudPubSubDeadLetterSourceDeliveryCount", "5"),
            ("original-googclient_traceparent", "00-1"),
        ]);
        let topic: TopicName = "projects/p-project/topics/other".parse().expect("valid");
        let (to, message) =
            original(&received, &Deployment::local(), Some(&topic)).expect("a message");
        assert_eq!(to, topic);
        assert_eq!(message.attributes, [("job".into(), "j".into())].into());
        assert_eq!(message.data, "{}");
    }

    #[test]
    fn a_dead_letter_says_why_it_is_one() {
        let given_up = DeadLetter::of(&letter(&[
            ("CloudPubSubDeadLetterSourceSubscription", "job-queued"),
            ("CloudPubSubDeadLetterSourceDeliveryCount", "100"),
        ]));
        assert_eq!(given_up.cause, "attempts");
        assert_eq!(given_up.reason, "not acknowledged in 100 attempts");
        assert_eq!(given_up.at, Some(Timestamp::from_seconds(7)));
        let recorded = DeadLetter::of(&letter(&[
            ("groundcrew-cause", "denied"),
            ("groundcrew-reason", "403"),
            ("groundcrew-recorded-at", "2026-01-01T00:00:00Z"),
        ]));
        assert_eq!(
            (recorded.cause.as_str(), recorded.reason.as_str()),
            ("denied", "403")
        );
        assert_eq!(
            recorded.at.expect("a time").to_string(),
            "2026-01-01T00:00:00Z"
        );
    }
}
