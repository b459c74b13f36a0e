//! Pub/Sub, v1: topics, push and pull subscriptions, delivery at least once.
//!
//! Left out: schemas, snapshots, seek, detach, export to other stores, message
//! transforms, exactly-once delivery (the flag is kept, not honoured) and the
//! expiry of subscriptions that nobody uses. Pub/Sub's own service agent is
//! not asked for permissions: real Google Cloud wants it to be allowed to mint
//! tokens for a push account, to publish to dead letter topics and to consume
//! from the subscriptions that have them.

mod backlog;
mod delivery;
mod filter;
mod message;
mod pull;
mod push_config;
mod routes;
mod span;
mod subscription;
mod topic;

use crate::{
    ApiError, Call, Cloud,
    table::{Journaled, Table},
};
use backlog::Backlog;
use base64::{Engine, prelude::BASE64_STANDARD};
use message::Message;
use names::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use subscription::Subscription;
use topic::Topic;

pub(crate) use delivery::advance;
pub(crate) use routes::ROUTES;

/// The state of the API. Topics and subscriptions are kept by their full names.
#[derive(Debug, Clone)]
pub(crate) struct Pubsub {
    topics: Table<Topic>,
    subscriptions: Table<Subscription>,
    backlog: Backlog,
    /// One row, `message`: the last message id that was given out.
    counters: Table<u64>,
}

impl Pubsub {
    pub(crate) fn new() -> Self {
        Self {
            topics: Table::new("pubsub.topics"),
            subscriptions: Table::new("pubsub.subscriptions"),
            backlog: Backlog::new("pubsub.messages"),
            counters: Table::new("pubsub.counters"),
        }
    }

    pub(crate) fn tables(&mut self) -> Vec<&mut dyn Journaled> {
        vec![
            &mut self.topics,
            &mut self.subscriptions,
            &mut self.counters,
            &mut self.backlog,
        ]
    }

    /// The names of all topics and subscriptions.
    pub(crate) fn names(&self) -> impl Iterator<Item = &String> {
        let (topics, subscriptions) = (self.topics.iter(), self.subscriptions.iter());
        topics
            .map(|(name, _)| name)
            .chain(subscriptions.map(|(name, _)| name))
    }

    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.backlog.next_due()
    }

    /// Hands `message` to every subscription of `topic` whose filter lets it
    /// through. Its id is the answer.
    fn publish(&mut self, topic: &str, mut message: Message, now: Timestamp) -> String {
        let id = self.counters.get("message").copied().unwrap_or_default() + 1;
        self.counters.insert("message", id);
        message.message_id = id.to_string();
        message.publish_time = now.to_string();
        for (name, subscription) in self.subscriptions.iter() {
            if subscription.topic == topic && subscription.wants(&message.attributes) {
                self.backlog
                    .add(name, id, subscription, message.clone(), now);
            }
        }
        message.message_id
    }
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

fn topic_name(call: &Call) -> String {
    format!(
        "projects/{}/topics/{}",
        call.path("project"),
        call.path("topic")
    )
}

fn subscription_name(call: &Call) -> String {
    format!(
        "projects/{}/subscriptions/{}",
        call.path("project"),
        call.path("subscription")
    )
}

/// The last segment, by which errors and dead letters name a resource.
fn short(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

fn not_found(name: &str) -> ApiError {
    ApiError::not_found(format!("Resource not found (resource={}).", short(name)))
}

fn exists(name: &str) -> ApiError {
    let message = format!(
        "Resource already exists in the project (resource={}).",
        short(name)
    );
    ApiError::exists(message)
}

/// Ids of topics and subscriptions: 3–255 characters, a letter first, not `goog…`.
fn check_name(name: &str) -> Result<(), ApiError> {
    let id = short(name);
    let legal = (3..=255).contains(&id.len())
        && id.starts_with(|c: char| c.is_ascii_alphabetic())
        && !id.starts_with("goog")
        && id
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.~+%".contains(c));
    if legal {
        return Ok(());
    }
    Err(ApiError::invalid(format!(
        "Invalid resource name given (name={name})."
    )))
}

/// Reads (a part of) a body into the type of the API; the error names the field.
fn parse<T: serde::de::DeserializeOwned>(value: &Value) -> Result<T, ApiError> {
    let value = if value.is_null() {
        json!({})
    } else {
        value.clone()
    };
    serde_json::from_value(value).map_err(|e| {
        ApiError::invalid(format!(
            "Invalid JSON payload received, or not simulated: {e}"
        ))
    })
}

/// What the body of a `patch` makes of `old`: `{field: {…}, updateMask}`.
/// The mask names fields at the top, and none of `fixed`.
fn patched(old: Value, call: &Call, field: &str, fixed: &[&str]) -> Result<Value, ApiError> {
    let mask = call.body["updateMask"].as_str().unwrap_or_default();
    if mask.is_empty() {
        return Err(ApiError::invalid(
            "The update_mask in the request must be set, and must contain a non-empty paths list.",
        ));
    }
    let mut new = old;
    for path in mask.split(',') {
        if path.contains('.') || fixed.contains(&path) {
            let message = format!("Invalid update_mask provided in the request: {path}.");
            return Err(ApiError::invalid(message));
        }
        new[path] = call.body[field][path].clone();
    }
    let fields = new.as_object_mut().map(std::mem::take).unwrap_or_default();
    Ok(fields
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .collect())
}

/// One page of `items`, which come in the order of their keys; a page token is
/// the last key of the page before.
fn page<'a>(
    call: &Call,
    field: &str,
    items: impl Iterator<Item = (&'a String, Value)>,
) -> Result<Value, ApiError> {
    let size = match call.query_u64("pageSize")? {
        None | Some(0) => 100,
        Some(size) => usize::try_from(size).unwrap_or(usize::MAX).min(1000),
    };
    let after = call.query("pageToken").unwrap_or_default();
    let mut rest = items.skip_while(|(key, _)| key.as_str() <= after);
    let (keys, page): (Vec<_>, Vec<_>) = rest.by_ref().take(size).unzip();
    let mut body = json!({});
    if !page.is_empty() {
        body[field] = page.into();
    }
    if let (Some(_), Some(last)) = (rest.next(), keys.last()) {
        body["nextPageToken"] = last.as_str().into();
    }
    Ok(body)
}

#[cfg(test)]
mod tests;
