//! Topics and publishing.

use super::{
    check_name, exists, message::Message, not_found, page, parse, patched, routes::topic_resource,
    span::Span, subscription, topic_name,
};
use crate::{Answer, ApiError, Call, Cloud};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A topic as the API's JSON has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Topic {
    #[serde(default)]
    name: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<String, String>,
    /// Kept for the reader; there is no seek that could use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message_retention_duration: Option<Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message_storage_policy: Option<Value>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    kms_key_name: String,
}

/// Of one publish request: <https://cloud.google.com/pubsub/quotas>.
const MESSAGES: usize = 1000;
const BYTES: usize = 10_000_000;

fn topic<'a>(cloud: &'a Cloud, name: &str) -> Result<&'a Topic, ApiError> {
    cloud.pubsub.topics.get(name).ok_or_else(|| not_found(name))
}

pub(super) fn create(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let name = topic_name(call);
    check_name(&name)?;
    let new = Topic {
        name: name.clone(),
        ..parse(&call.body)?
    };
    if cloud.pubsub.topics.contains(&name) {
        return Err(exists(&name));
    }
    let answer = json!(new);
    cloud.pubsub.topics.insert(name, new);
    Ok(Answer::Json(answer))
}

pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    Ok(Answer::Json(json!(topic(cloud, &topic_name(call))?)))
}

pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let prefix = format!("projects/{}/topics/", call.path("project"));
    let all = cloud.pubsub.topics.under(&prefix);
    page(call, "topics", all.map(|(name, one)| (name, json!(one)))).map(Answer::Json)
}

pub(super) fn delete(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let name = topic_name(call);
    cloud
        .pubsub
        .topics
        .remove(&name)
        .ok_or_else(|| not_found(&name))?;
    subscription::orphan(cloud, &name);
    cloud.iam.displace(&topic_resource(name).full_name());
    Ok(Answer::Json(json!({})))
}

pub(super) fn patch(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let name = topic_name(call);
    let old = json!(topic(cloud, &name)?);
    let new: Topic = parse(&patched(old, call, "topic", &["name", "kmsKeyName"])?)?;
    let answer = json!(new);
    cloud.pubsub.topics.insert(name, new);
    Ok(Answer::Json(answer))
}

pub(super) fn publish(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
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
    if messages.is_empty() || messages.len() > MESSAGES || bytes > BYTES {
        let message = format!(
            "The value for messages is out of range: 1 to {MESSAGES} messages of {BYTES} bytes together."
        );
        return Err(ApiError::invalid(message));
    }
    for message in &mut messages {
        message.check().map_err(ApiError::invalid)?;
    }
    let publish = |message| cloud.pubsub.publish(&name, message, call.now);
    let ids: Vec<String> = messages.into_iter().map(publish).collect();
    Ok(Answer::Json(json!({ "messageIds": ids })))
}
