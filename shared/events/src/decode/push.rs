//! Pub/Sub's wrapped push.

use crate::{Envelope, Unreadable};
use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde::Deserialize;
use std::collections::BTreeMap;

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

pub(super) fn decode(body: &[u8]) -> Result<Envelope, Unreadable> {
    let push: Push = serde_json::from_slice(body).map_err(|e| Unreadable::new("push body", e))?;
    let message = push.message;
    if message.data.is_none() && message.attributes.is_empty() {
        let fault = "message has neither data nor attributes";
        return Err(Unreadable::new("push body", fault));
    }
    let time = message.camel_time.or(message.publish_time);
    Ok(Envelope {
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
            .unwrap_or_default()
            .into(),
        attributes: message.attributes,
        subscription: push.subscription,
        delivery_attempt: push.delivery_attempt,
        ordering_key: message.ordering_key.filter(|key| !key.is_empty()),
        trace: None,
        cloud_event: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_push_with_both_spellings_loses_nothing() {
        let body = br#"{"message":{"data":"eyJhIjoxfQ==","attributes":{"k":"v"},"messageId":"7",
            "message_id":"7","publishTime":"2026-11-22T05:30:52Z","publish_time":"2026-11-22T05:30:52Z",
            "orderingKey":"o"},"subscription":"projects/p/subscriptions/s","deliveryAttempt":3}"#;
        let read = decode(body).expect("a legal push");
        assert_eq!(read.data, &br#"{"a":1}"#[..]);
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
        let fault = |body: &str| decode(body.as_bytes()).expect_err("bad").fault;
        assert!(fault(r#"{"message":{"messageId":"7"}}"#).contains("neither data nor attributes"));
        assert!(fault(r#"{"message":{"data":"e30="}}"#).contains("messageId"));
        assert!(fault("{}").contains("message"));
        assert!(fault("").contains("EOF"));
    }
}
