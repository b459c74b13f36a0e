//! Methods on topics.

use super::{
    body::{page, parse, patched},
    message::Message,
    name::{check_name, exists, not_found, topic_name, topic_resource},
    subscriptions,
    topic::Topic,
};
use crate::{Answer, ApiError, Call, Cloud};
use base64::{Engine, prelude::BASE64_STANDARD};
use names::Timestamp;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

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
    subscriptions::orphan(cloud, &name);
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

impl Cloud {
    /// Publishes a message in the name of Google's own services (a log sink, a
    /// scheduler), which no permission is asked of here. `topic` is
    /// `projects/{project}/topics/{topic}`. The answer is the message's id.
    ///
    /// # Errors
    /// 404 if there is no such topic.
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
