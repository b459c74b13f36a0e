//! Topics.

use super::{
    body::parse,
    duration::ProtoDuration,
    message::Message,
    name::{already_exists, check_name, not_found},
    schemas::{DELETED_SCHEMA, SCHEMA, check_message, check_settings},
    store::retention,
};
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    collection::{IdSource, Kind, Verb, existing},
    iam::RequiredPermission,
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

pub(crate) static TOPIC: Kind = Kind::new("pubsub.v1", "projects.topics")
    .id(IdSource::Path, "", |_| true)
    .immutable(&["kmsKeyName"])
    .unsimulated(&["ingestionDataSourceSettings", "messageTransforms", "tags"])
    .required_mask(NO_MASK)
    .custom(&[("publish", publish)])
    .messages(|_, name| not_found(name), |_, name| already_exists(name))
    .requires(|_, call, verb, _| {
        let topic = if verb == Verb::Update {
            &call.body["topic"]
        } else {
            &call.body
        };
        let schema = topic["schemaSettings"]["schema"].as_str();
        let attach = schema
            .filter(|schema| *schema != DELETED_SCHEMA)
            .map(|schema| {
                RequiredPermission::new("pubsub.schemas.attach", SCHEMA.resource(schema))
            });
        attach.into_iter().collect()
    })
    .prepare(|cloud, _, name, _, body| {
        check_name(name)?;
        check_settings(cloud, &body["schemaSettings"])?;
        let Some(text) = body["messageRetentionDuration"].as_str() else {
            return Ok(());
        };
        let duration = ProtoDuration::try_from(text.to_owned()).map_err(ApiError::invalid)?;
        let allowed = ProtoDuration::seconds(600)..=ProtoDuration::seconds(31 * 86_400);
        match allowed.contains(&duration) {
            true => Ok(()),
            false => Err(ApiError::invalid(
                "messageRetentionDuration is not between 10 minutes and 31 days.",
            )),
        }
    })
    .follow(follow);

fn follow(cloud: &mut Cloud, _: &Call, verb: Verb, name: &str) {
    if verb == Verb::Delete {
        mark_deleted(cloud, name);
    }
    match TOPIC.row(cloud, name).and_then(|row| retention(&row.body)) {
        Some(retention) => drop(cloud.pubsub.retention.insert(name.to_owned(), retention)),
        None if cloud.pubsub.retention.remove(name).is_some() => cloud.pubsub.release(name),
        None => {}
    }
}

/// Stands for the topic of a subscription once it is deleted.
const DELETED_TOPIC: &str = "_deleted-topic_";

/// Marks a topic as deleted in its subscriptions and snapshots, which keep their
/// messages.
fn mark_deleted(cloud: &mut Cloud, topic: &str) {
    let subscriptions = cloud.pubsub.subscriptions.iter_mut();
    let subscriptions = subscriptions.map(|(name, one)| (name, &mut one.topic));
    let snapshots = cloud.pubsub.snapshots.iter_mut();
    let snapshots = snapshots.map(|(name, one)| (name, &mut one.topic));
    let attached = subscriptions.chain(snapshots);
    for (name, of) in attached.filter(|(_, of)| *of == topic) {
        DELETED_TOPIC.clone_into(of);
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
    let settings = existing(&TOPIC, cloud, name)?.body["schemaSettings"].clone();
    for message in &mut messages {
        message.check().map_err(ApiError::invalid)?;
        let added = check_message(cloud, &settings, &message.data)?;
        message.attributes.extend(added);
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
