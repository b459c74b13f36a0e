//! Messages, and the requests that push them.

use super::subscription::Subscription;
use crate::base64_field::decode;
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use names::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

/// A message in the API's JSON form.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Message {
    /// Base64 with the standard alphabet, padded.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) data: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) message_id: String,
    pub(super) publish_time: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) ordering_key: String,
}

impl Message {
    /// The ID, which is a number.
    pub(super) fn number(&self) -> u64 {
        self.message_id.parse().unwrap_or_default()
    }

    /// When it was published.
    pub(super) fn published(&self) -> Timestamp {
        let at = self.publish_time.parse();
        at.unwrap_or_else(|_| Timestamp::from_seconds(0))
    }

    /// Checks a message to publish.
    pub(super) fn check(&mut self) -> Result<(), String> {
        let data = decode(&self.data).ok_or("Base64 decoding failed for data.")?;
        if data.is_empty() && self.attributes.is_empty() {
            return Err(
                "One or more messages in the publish request is empty. Each message \
                        must contain either non-empty data, or at least one attribute."
                    .to_owned(),
            );
        }
        if self.attributes.len() > 100 {
            return Err("A message has more than 100 attributes.".to_owned());
        }
        for (key, value) in &self.attributes {
            // The official client libraries set `googclient_…` attributes.
            let reserved = key.starts_with("goog") && !key.starts_with("googclient_");
            if key.is_empty() || key.len() > 256 || value.len() > 1024 || reserved {
                return Err(format!(
                    "The attribute {key:?} is reserved, empty or too long (key 256, value 1024 bytes)."
                ));
            }
        }
        if self.ordering_key.len() > 1024 {
            return Err("An ordering key is longer than 1024 bytes.".to_owned());
        }
        self.data = BASE64_STANDARD.encode(data);
        Ok(())
    }

    /// Headers and body of a push. An unwrapped push contains the raw data; its
    /// `content-type` is unverified.
    pub(super) fn push(
        &self,
        name: &str,
        subscription: &Subscription,
        attempt: u32,
    ) -> (Vec<(String, String)>, Bytes) {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        if let Some(unwrapped) = &subscription.push_config.no_wrapper {
            let mut headers = vec![header("content-type", "application/octet-stream")];
            if unwrapped.write_metadata {
                headers.extend([
                    header("x-goog-pubsub-subscription-name", name),
                    header("x-goog-pubsub-message-id", &self.message_id),
                    header("x-goog-pubsub-publish-time", &self.publish_time),
                ]);
                if !self.ordering_key.is_empty() {
                    headers.push(header("x-goog-pubsub-ordering-key", &self.ordering_key));
                }
                headers.extend(self.attributes.clone());
            }
            return (headers, decode(&self.data).unwrap_or_default().into());
        }
        let mut message = json!(self);
        message["message_id"] = message["messageId"].clone();
        message["publish_time"] = message["publishTime"].clone();
        let mut body = json!({ "message": message, "subscription": name });
        if subscription.dead_letter_policy.is_some() {
            body["deliveryAttempt"] = attempt.into();
        }
        (
            vec![header("content-type", "application/json")],
            body.to_string().into(),
        )
    }
}
