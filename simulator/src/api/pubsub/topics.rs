//! Methods on topics.

use super::{
    body::{apply_patch, page, parse},
    message::Message,
    name::{already_exists, check_name, not_found, topic_name, topic_resource},
    subscriptions,
    topic::Topic,
};
use crate::{ApiError, ApiResponse, Call, Cloud};
use base64::{Engine, prelude::BASE64_STANDARD};
use names::Timestamp;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

/// Limits of a publish request: <https://cloud.google.com/pubsub/quotas>.
const MAX_MESSAGES: usize = 1000;

const MAX_BYTES: usize = 10_000_000;

fn topic<'a>(cloud: &'a Cloud, name: &str) -> Result<&'a Topic, ApiError> {
    cloud.pubsub.topics.get(name).ok_or_else(|| not_found(name))
}

pub(super) fn create(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let name = topic_name(call);
    check_name(&name)?;
    let new = Topic {
        name: name.clone(),
        ..parse(&call.body)?
    };
    if cloud.pubsub.topics.contains(&name) {
        return Err(already_exists(&name));
    }
    let json = json!(new);
    cloud.pubsub.topics.insert(name, new);
    Ok(ApiResponse::Json(json))
}

pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    Ok(ApiResponse::Json(json!(topic(cloud, &topic_name(call))?)))
}

pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let prefix = format!("projects/{}/topics/", call.path("project"));
    let all = cloud.pubsub.topics.with_prefix(&prefix);
    page(call, "topics", all.map(|(name, one)| (name, json!(one)))).map(ApiResponse::Json)
}

pub(super) fn delete(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let name = topic_name(call);
    cloud
        .pubsub
        .topics
        .remove(&name)
        .ok_or_else(|| not_found(&name))?;
    subscriptions::mark_topic_deleted(cloud, &name);
    cloud.iam.forget(&topic_resource(name).full_name());
    Ok(ApiResponse::Json(json!({})))
}

pub(super) fn patch(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let name = topic_name(call);
    let old = json!(topic(cloud, &name)?);
    let new: Topic = parse(&apply_patch(old, call, "topic", &["name", "kmsKeyName"])?)?;
    let json = json!(new);
    cloud.pubsub.topics.insert(name, new);
    Ok(ApiResponse::Json(json))
}

pub(super) fn publish(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Publish {
        #[serde(default)]
        messages: Vec<Message>,
    }
    let name = topic_name(call);
    topic(cloud, &name)?;
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
    let publish = |message| cloud.pubsub.publish(&name, message, call.now);
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
        if !self.pubsub.topics.contains(topic) {
            return Err(not_found(topic));
        }
        let message = Message {
            data: BASE64_STANDARD.encode(data),
            attributes,
            ..Message::default()
        };
        Ok(self.pubsub.publish(topic, message, now))
    }
}
