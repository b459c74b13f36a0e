//! The envelope around an event, whatever form it came in.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use names::Timestamp;
use serde::{Deserialize, de::DeserializeOwned};
use std::collections::BTreeMap;
use thiserror::Error;

/// A message as a function receives it, with nothing dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Envelope {
    /// Pub/Sub's id of the message; the same in every delivery.
    pub message_id: String,
    /// When the message was published.
    pub publish_time: Option<Timestamp>,
    /// The message's data, decoded.
    pub data: Vec<u8>,
    /// The message's attributes.
    pub attributes: BTreeMap<String, String>,
    /// The subscription that delivered it, `projects/{p}/subscriptions/{s}`.
    pub subscription: Option<String>,
    /// How often Pub/Sub has tried, from 1; only with a dead-letter policy.
    pub delivery_attempt: Option<u32>,
    /// The message's ordering key.
    pub ordering_key: Option<String>,
}

/// A delivery or an event that cannot be read, now or ever.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{what}: {fault}")]
pub struct Unreadable {
    /// What was being read ("push body", "job spec").
    pub what: &'static str,
    /// What is wrong with it and where.
    pub fault: String,
}

impl Unreadable {
    /// `what` cannot be read because of `fault`.
    pub fn new(what: &'static str, fault: impl ToString) -> Self {
        Self {
            what,
            fault: fault.to_string(),
        }
    }
}

/// Push bodies spell the id and the time twice, in camel and in snake case,
/// so a serde alias would refuse them as duplicates (facts: Pub/Sub push).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Push {
    message: Message,
    subscription: Option<String>,
    delivery_attempt: Option<u32>,
}

#[derive(Deserialize)]
struct Message {
    data: Option<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    #[serde(rename = "messageId")]
    camel_id: Option<String>,
    message_id: Option<String>,
    #[serde(rename = "publishTime")]
    camel_time: Option<String>,
    publish_time: Option<String>,
    #[serde(rename = "orderingKey")]
    ordering_key: Option<String>,
}

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

fn decode_base64(text: &str) -> Result<Vec<u8>, Unreadable> {
    let alphabet = if text.contains(['-', '_']) {
        &alphabet::URL_SAFE
    } else {
        &alphabet::STANDARD
    };
    GeneralPurpose::new(alphabet, LENIENT)
        .decode(text)
        .map_err(|e| Unreadable::new("push body", format!("message.data: {e}")))
}

impl Envelope {
    /// Reads the body of a wrapped push.
    ///
    /// # Errors
    /// The body is not a push body, or neither data nor attributes are there.
    pub fn from_push(body: &[u8]) -> Result<Self, Unreadable> {
        let push: Push =
            serde_json::from_slice(body).map_err(|e| Unreadable::new("push body", e))?;
        let message = push.message;
        if message.data.is_none() && message.attributes.is_empty() {
            let fault = "message has neither data nor attributes";
            return Err(Unreadable::new("push body", fault));
        }
        let time = message.camel_time.or(message.publish_time);
        Ok(Self {
            message_id: message
                .camel_id
                .or(message.message_id)
                .ok_or_else(|| Unreadable::new("push body", "message.messageId is missing"))?,
            publish_time: time
                .map(|t| t.parse())
                .transpose()
                .map_err(|e| Unreadable::new("push body", format!("message.publishTime: {e}")))?,
            data: message
                .data
                .as_deref()
                .map(decode_base64)
                .transpose()?
                .unwrap_or_default(),
            attributes: message.attributes,
            subscription: push.subscription,
            delivery_attempt: push.delivery_attempt,
            ordering_key: message.ordering_key.filter(|key| !key.is_empty()),
        })
    }

    /// Reads the data as JSON.
    ///
    /// # Errors
    /// The data is not JSON of that shape; `what` names it in the error.
    pub fn json<T: DeserializeOwned>(&self, what: &'static str) -> Result<T, Unreadable> {
        serde_json::from_slice(&self.data).map_err(|e| Unreadable::new(what, e))
    }

    /// The last segment of the subscription's name.
    #[must_use]
    pub fn subscription_id(&self) -> Option<&str> {
        self.subscription.as_deref()?.rsplit('/').next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_push_with_both_spellings_loses_nothing() {
        let body = br#"{"message":{"data":"eyJhIjoxfQ==","attributes":{"k":"v"},"messageId":"7",
            "message_id":"7","publishTime":"2026-11-22T05:30:52Z","publish_time":"2026-11-22T05:30:52Z",
            "orderingKey":"o"},"subscription":"projects/p/subscriptions/s","deliveryAttempt":3}"#;
        let read = Envelope::from_push(body).expect("a legal push");
        assert_eq!(read.data, br#"{"a":1}"#);
        assert_eq!(read.attributes["k"], "v");
        assert_eq!(
            (read.message_id.as_str(), read.delivery_attempt),
            ("7", Some(3))
        );
        assert_eq!(read.ordering_key.as_deref(), Some("o"));
        assert_eq!(read.subscription_id(), Some("s"));
        assert!(read.publish_time.is_some());
    }

    #[test]
    fn base64_is_read_in_every_dialect() {
        for text in ["-_8=", "-_8", "+/8=", "+/8"] {
            assert_eq!(decode_base64(text).expect("valid"), [0xfb, 0xff], "{text}");
        }
        assert!(decode_base64("§").is_err());
    }

    #[test]
    fn what_is_missing_is_named() {
        let fault = |body: &str| Envelope::from_push(body.as_bytes()).expect_err("bad").fault;
        assert!(fault(r#"{"message":{"messageId":"7"}}"#).contains("neither data nor attributes"));
        assert!(fault(r#"{"message":{"data":"e30="}}"#).contains("messageId"));
        assert!(fault("{}").contains("message"));
        assert!(fault("").contains("EOF"));
    }
}
