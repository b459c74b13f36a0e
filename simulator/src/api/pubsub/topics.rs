//! Topics.

use super::{
    body::parse,
    duration::ProtoDuration,
    message::Message,
    name::{already_exists, check_name, not_found},
};
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    collection::{IdSource, Kind, Verb},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use names::Timestamp;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

/// Limits of a publish request: <https://cloud.google.com/pubsub/quotas>.
const MAX_MESSAGES: usize = 1000;

const MAX_BYTES: usize = 10_000_000;

/// The message for an update without a mask.
pub(super) const NO_MASK: &str =
    "The update_mask in the request must be set, and must contain a non-empty paths list.";

/// `messageRetentionDuration` has no effect, as there is no seek.
pub(crate) static TOPIC: Kind = Kind::new("pubsub.v1", "projects.topics")
    .id(IdSource::Path, "", |_| true)
    .immutable(&["kmsKeyName"])
    .unsimulated(&[
        "ingestionDataSourceSettings",
        "messageTransforms",
        "schemaSettings",
        "tags",
    ])
    .required_mask(NO_MASK)
    .custom(&[("publish", publish)])
    .messages(|_, name| not_found(name), |_, name| already_exists(name))
    .prepare(|_, _, name, _, body| {
        check_name(name)?;
        match body["messageRetentionDuration"].as_str() {
            Some(text) => ProtoDuration::try_from(text.to_owned())
                .map(|_| ())
                .map_err(ApiError::invalid),
            None => Ok(()),
        }
    })
    .follow(|cloud, _, verb, name| {
        if verb == Verb::Delete {
            mark_deleted(cloud, name);
        }
    });

/// Stands for the topic of a subscription once it is deleted.
const DELETED_TOPIC: &str = "_deleted-topic_";

/// Marks a topic as deleted in its subscriptions, which keep their messages.
fn mark_deleted(cloud: &mut Cloud, topic: &str) {
    let subscriptions = cloud.pubsub.subscriptions.iter_mut();
    for (name, subscription) in subscriptions.filter(|(_, one)| one.topic == topic) {
        DELETED_TOPIC.clone_into(&mut subscription.topic);
        let row = format!("//pubsub.googleapis.com/{name}");
        if let Some(row) = cloud.resources.rows.get_mut(&row) {
            row.body["topic"] = DELETED_TOPIC.into();
        }
    }
}

fn publish(cloud: &mut Cloud, call: &Call, name: &str) -> Result<ApiResponse, ApiError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Publish {
        #[serde(default)]
        messages: Vec<Message>,
    }
    let Publish { mut messages } = parse(&call.body)?;
    let bytes: usize = messages
        .iter()
        .map(|message| message.data.len() / 4 * 3)
        .sum();
    if messages.is_empty() || messages.len() > MAX_MESSAGES || bytes > MAX_BYTES {
        let message = format!(
            "The value for messages is out of range: 1 to {MAX_MESSAGES} messages of {MAX_BYTES} bytes together."
        );
        return Err(ApiError::invalid(message));
    }
    for message in &mut messages {
        message.check().map_err(ApiError::invalid)?;
    }
    let publish = |message| cloud.pubsub.publish(name, message, call.now);
    let ids: Vec<String> = messages.into_iter().map(publish).collect();
    Ok(ApiResponse::Json(json!({ "messageIds": ids })))
}

impl Cloud {
    /// Publishes a message on behalf of a Google service (a log sink, a
    /// scheduler), whose permissions are not checked. `topic` is
    /// `projects/{project}/topics/{topic}`. Returns the message ID.
    ///
    /// # Errors
    /// 404 if the topic does not exist.
    pub fn publish_from_system(
        &mut self,
        topic: &str,
        data: &[u8],
        attributes: BTreeMap<String, String>,
        now: Timestamp,
    ) -> Result<String, ApiError> {
        if TOPIC.row(self, topic).is_none() {
            return Err(ApiError::not_found(not_found(topic)));
        }
        let message = Message {
            data: BASE64_STANDARD.encode(data),
            attributes,
            ..Message::default()
        };
        Ok(self.pubsub.publish(topic, message, now))
    }
}
