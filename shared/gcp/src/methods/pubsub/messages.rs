//! Publishing, pulling and acknowledging messages.

use crate::{Client, Error, ErrorKind, Idempotency, Message, Method, On, Request, ResponseKind};
use base64::{Engine, engine::general_purpose::STANDARD};
use names::{SubscriptionName, Timestamp, TopicName};
use serde::Deserialize;
use serde_json::json;
use std::{collections::BTreeMap, fmt::Display};

/// Publishes to a topic. A retry may publish a duplicate, which subscribers have
/// to tolerate anyway.
pub static PUBLISH: Method = Method::post("pubsub.projects.topics.publish", "/v1/{+topic}:publish")
    .request_fields(&["messages.data", "messages.attributes"])
    .response_fields(&["messageIds"])
    .idempotency(Idempotency::Always)
    .needs(&[("pubsub.topics.publish", On::Resource)]);

/// Pulls messages. A retry may pull others.
pub static PULL: Method = Method::post(
    "pubsub.projects.subscriptions.pull",
    "/v1/{+subscription}:pull",
)
.request_fields(&["maxMessages", "returnImmediately"])
.response_fields(&[
    "receivedMessages.ackId",
    "receivedMessages.deliveryAttempt",
    "receivedMessages.message.messageId",
    "receivedMessages.message.publishTime",
    "receivedMessages.message.data",
    "receivedMessages.message.attributes",
])
.idempotency(Idempotency::Always)
.needs(&[("pubsub.subscriptions.consume", On::Resource)]);

/// Changes how long messages stay with who has pulled them.
pub static MODIFY_ACK_DEADLINE: Method = Method::post(
    "pubsub.projects.subscriptions.modifyAckDeadline",
    "/v1/{+subscription}:modifyAckDeadline",
)
.request_fields(&["ackIds", "ackDeadlineSeconds"])
.idempotency(Idempotency::Always)
.response(ResponseKind::Empty)
.needs(&[("pubsub.subscriptions.consume", On::Resource)]);

/// Acknowledges messages.
pub static ACKNOWLEDGE: Method = Method::post(
    "pubsub.projects.subscriptions.acknowledge",
    "/v1/{+subscription}:acknowledge",
)
.request_fields(&["ackIds"])
.idempotency(Idempotency::Always)
.response(ResponseKind::Empty)
.needs(&[("pubsub.subscriptions.consume", On::Resource)]);

/// A message pulled from a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedMessage {
    /// The ID to acknowledge this delivery with.
    pub ack_id: String,
    /// The message ID, the same for each delivery.
    pub id: String,
    /// When Pub/Sub stored the message, if that was returned.
    pub publish_time: Option<Timestamp>,
    /// The delivery attempt, from 1; 0 without a dead-letter policy.
    pub delivery_attempt: u32,
    /// The message.
    pub message: Message,
}

/// A request for [`PUBLISH`].
#[must_use]
pub fn publish_request(topic: &TopicName, message: &Message) -> Request {
    Request::new(&PUBLISH).path("topic", topic).json(&json!({
        "messages": [{ "data": STANDARD.encode(&message.data), "attributes": message.attributes }]
    }))
}

/// Publishes a message and returns its ID.
///
/// # Errors
/// The call failed; 404 if the topic does not exist.
pub async fn publish(
    client: &Client,
    topic: &TopicName,
    message: Message,
) -> Result<String, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct PublishResponse {
        message_ids: Vec<String>,
    }
    let request = publish_request(topic, &message);
    let mut response: PublishResponse = client.json(&request).await?;
    response
        .message_ids
        .pop()
        .ok_or_else(|| invalid_response(&PUBLISH, topic, "no message id"))
}

fn invalid_response(method: &'static Method, resource: &impl Display, message: &str) -> Error {
    Error {
        method: method.id,
        resource: resource.to_string(),
        is_conditional: false,
        kind: ErrorKind::InvalidResponse(message.into()),
    }
}

/// Pulls up to `max_messages` messages without waiting for any; it may return
/// fewer than there are, or none.
///
/// # Errors
/// The call failed; [`ErrorKind::InvalidResponse`] if a message's data is not
/// base64.
pub async fn pull(
    client: &Client,
    subscription: &SubscriptionName,
    max_messages: u32,
) -> Result<Vec<ReceivedMessage>, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct PullResponse {
        #[serde(default)]
        received_messages: Vec<ReceivedItem>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct ReceivedItem {
        ack_id: String,
        #[serde(default)]
        delivery_attempt: u32,
        message: PubsubMessage,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct PubsubMessage {
        message_id: String,
        publish_time: Option<Timestamp>,
        #[serde(default)]
        data: String,
        #[serde(default)]
        attributes: BTreeMap<String, String>,
    }
    let request = Request::new(&PULL)
        .path("subscription", subscription)
        .json(&json!({ "maxMessages": max_messages, "returnImmediately": true }));
    let response: PullResponse = client.json(&request).await?;
    let received = |d: ReceivedItem| {
        let data = STANDARD.decode(d.message.data).ok()?;
        Some(ReceivedMessage {
            ack_id: d.ack_id,
            id: d.message.message_id,
            publish_time: d.message.publish_time,
            delivery_attempt: d.delivery_attempt,
            message: Message {
                data: data.into(),
                attributes: d.message.attributes,
            },
        })
    };
    let messages: Option<_> = response
        .received_messages
        .into_iter()
        .map(received)
        .collect();
    messages.ok_or_else(|| invalid_response(&PULL, subscription, "data is not base64"))
}

/// Acknowledges messages, so that they are not delivered again.
///
/// # Errors
/// The call failed.
pub async fn acknowledge(
    client: &Client,
    subscription: &SubscriptionName,
    ack_ids: &[String],
) -> Result<(), Error> {
    let request = Request::new(&ACKNOWLEDGE)
        .path("subscription", subscription)
        .json(&json!({"ackIds": ack_ids}));
    client.send(&request).await?;
    Ok(())
}

/// Gives messages that were pulled back, so that they are delivered again at once.
///
/// # Errors
/// The call failed.
pub async fn release(
    client: &Client,
    subscription: &SubscriptionName,
    ack_ids: &[String],
) -> Result<(), Error> {
    let request = Request::new(&MODIFY_ACK_DEADLINE)
        .path("subscription", subscription)
        .json(&json!({ "ackIds": ack_ids, "ackDeadlineSeconds": 0 }));
    client.send(&request).await?;
    Ok(())
}
