//! Pub/Sub, v1. Functions publish through [`crate::Publisher`]; the rest is for
//! deployment and tests.

use crate::{
    Client, Error, ErrorKind, Idempotency, Message, Method, Pages, Policy, Request,
    RequiredPermission, ResponseKind, policy,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use names::{ProjectId, SubscriptionName, Timestamp, TopicName};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::BTreeMap, fmt::Display};

/// Every method of this module.
pub static ALL: &[&Method] = &[
    &PUBLISH,
    &TOPICS_CREATE,
    &TOPICS_GET,
    &TOPICS_LIST,
    &TOPICS_GET_IAM_POLICY,
    &TOPICS_SET_IAM_POLICY,
    &SUBSCRIPTIONS_CREATE,
    &SUBSCRIPTIONS_GET,
    &SUBSCRIPTIONS_GET_IAM_POLICY,
    &SUBSCRIPTIONS_LIST,
    &SUBSCRIPTIONS_SET_IAM_POLICY,
    &PULL,
    &ACKNOWLEDGE,
];

/// Publishes to a topic. A retry may publish a duplicate, which subscribers have
/// to tolerate anyway.
pub static PUBLISH: Method = Method::post("pubsub.projects.topics.publish", "/v1/{+topic}:publish")
    .request_fields(&["messages.data", "messages.attributes"])
    .response_fields(&["messageIds"])
    .idempotency(Idempotency::Always)
    .requires(|r| on_resource("pubsub.topics.publish", r, "topic"));

/// Creates a topic.
pub static TOPICS_CREATE: Method = Method::put("pubsub.projects.topics.create", "/v1/{+name}")
    .request_fields(&["labels", "messageRetentionDuration"])
    .response_fields(&["name"])
    .requires(|r| vec![on_project_of("pubsub.topics.create", r.path_value("name"))]);

/// Reads a topic.
pub static TOPICS_GET: Method = Method::get("pubsub.projects.topics.get", "/v1/{+topic}")
    .response_fields(&["name"])
    .requires(|r| on_resource("pubsub.topics.get", r, "topic"));

/// Lists a project's topics.
pub static TOPICS_LIST: Method =
    Method::get("pubsub.projects.topics.list", "/v1/{+project}/topics")
        .query(&["pageToken"])
        .response_fields(&["topics.name", "nextPageToken"])
        .requires(|r| vec![on_project_of("pubsub.topics.list", r.path_value("project"))]);

/// Lists a project's subscriptions.
pub static SUBSCRIPTIONS_LIST: Method = Method::get(
    "pubsub.projects.subscriptions.list",
    "/v1/{+project}/subscriptions",
)
.query(&["pageToken"])
.response_fields(&["subscriptions.name", "nextPageToken"])
.requires(|r| {
    vec![on_project_of(
        "pubsub.subscriptions.list",
        r.path_value("project"),
    )]
});

/// Reads a topic's policy.
pub static TOPICS_GET_IAM_POLICY: Method = Method::get(
    "pubsub.projects.topics.getIamPolicy",
    "/v1/{+resource}:getIamPolicy",
)
.query(&["options.requestedPolicyVersion"])
.response_fields(policy::FIELDS)
.requires(|r| on_resource("pubsub.topics.getIamPolicy", r, "resource"));

/// Writes a topic's policy.
pub static TOPICS_SET_IAM_POLICY: Method = Method::post(
    "pubsub.projects.topics.setIamPolicy",
    "/v1/{+resource}:setIamPolicy",
)
.request_fields(policy::SET_FIELDS)
.response_fields(policy::FIELDS)
.idempotency(Idempotency::If(policy::has_etag))
.requires(|r| on_resource("pubsub.topics.setIamPolicy", r, "resource"));

/// Creates a subscription. Requires `attachSubscription` on the topic, and
/// `actAs` on the service account of its push authentication.
pub static SUBSCRIPTIONS_CREATE: Method =
    Method::put("pubsub.projects.subscriptions.create", "/v1/{+name}")
        .request_fields(&[
            "topic",
            "labels",
            "filter",
            "ackDeadlineSeconds",
            "messageRetentionDuration",
            "expirationPolicy.ttl",
            "enableMessageOrdering",
            "pushConfig.pushEndpoint",
            "pushConfig.oidcToken.serviceAccountEmail",
            "pushConfig.oidcToken.audience",
            "retryPolicy.minimumBackoff",
            "retryPolicy.maximumBackoff",
            "deadLetterPolicy.deadLetterTopic",
            "deadLetterPolicy.maxDeliveryAttempts",
        ])
        .response_fields(&["name", "topic"])
        .requires(|r| {
            let body = r.body_json();
            let topic = body["topic"].as_str().unwrap_or_default();
            let mut required = vec![
                on_project_of("pubsub.subscriptions.create", r.path_value("name")),
                RequiredPermission::on("pubsub.topics.attachSubscription", SERVICE, topic),
            ];
            let account = &body["pushConfig"]["oidcToken"]["serviceAccountEmail"];
            if let Some(email) = account.as_str() {
                required.push(RequiredPermission::on_service_account(
                    "iam.serviceAccounts.actAs",
                    email,
                ));
            }
            required
        });

/// Reads a subscription.
pub static SUBSCRIPTIONS_GET: Method =
    Method::get("pubsub.projects.subscriptions.get", "/v1/{+subscription}")
        .response_fields(&["name", "topic"])
        .requires(|r| on_resource("pubsub.subscriptions.get", r, "subscription"));

/// Reads a subscription's policy.
pub static SUBSCRIPTIONS_GET_IAM_POLICY: Method = Method::get(
    "pubsub.projects.subscriptions.getIamPolicy",
    "/v1/{+resource}:getIamPolicy",
)
.query(&["options.requestedPolicyVersion"])
.response_fields(policy::FIELDS)
.requires(|r| on_resource("pubsub.subscriptions.getIamPolicy", r, "resource"));

/// Writes a subscription's policy.
pub static SUBSCRIPTIONS_SET_IAM_POLICY: Method = Method::post(
    "pubsub.projects.subscriptions.setIamPolicy",
    "/v1/{+resource}:setIamPolicy",
)
.request_fields(policy::SET_FIELDS)
.response_fields(policy::FIELDS)
.idempotency(Idempotency::If(policy::has_etag))
.requires(|r| on_resource("pubsub.subscriptions.setIamPolicy", r, "resource"));

/// Pulls messages. A retry may pull others.
pub static PULL: Method = Method::post(
    "pubsub.projects.subscriptions.pull",
    "/v1/{+subscription}:pull",
)
.request_fields(&["maxMessages"])
.response_fields(&[
    "receivedMessages.ackId",
    "receivedMessages.deliveryAttempt",
    "receivedMessages.message.messageId",
    "receivedMessages.message.publishTime",
    "receivedMessages.message.data",
    "receivedMessages.message.attributes",
])
.idempotency(Idempotency::Always)
.requires(|r| on_resource("pubsub.subscriptions.consume", r, "subscription"));

/// Acknowledges messages.
pub static ACKNOWLEDGE: Method = Method::post(
    "pubsub.projects.subscriptions.acknowledge",
    "/v1/{+subscription}:acknowledge",
)
.request_fields(&["ackIds"])
.idempotency(Idempotency::Always)
.response(ResponseKind::Empty)
.requires(|r| on_resource("pubsub.subscriptions.consume", r, "subscription"));

const SERVICE: &str = "pubsub.googleapis.com";

fn on_resource(permission: &'static str, r: &Request, parameter: &str) -> Vec<RequiredPermission> {
    vec![RequiredPermission::on(
        permission,
        SERVICE,
        r.path_value(parameter),
    )]
}

/// `permission` on the project that `name`, `projects/{project}` or a resource
/// below, belongs to.
fn on_project_of(permission: &'static str, name: &str) -> RequiredPermission {
    RequiredPermission::on_project(permission, name.split('/').nth(1).unwrap_or_default())
}

/// A topic.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Topic {
    /// Its name.
    pub name: TopicName,
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Subscription {
    /// Its name.
    pub name: SubscriptionName,
    /// The name of the topic; `_deleted-topic_` if it was deleted.
    #[serde(default)]
    pub topic: String,
}

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
        kind: ErrorKind::InvalidResponse(message.into()),
    }
}

/// Creates a topic; `body` is the request body, without the name.
///
/// # Errors
/// The call failed; 409 if the topic already exists.
pub async fn create_topic(
    client: &Client,
    topic: &TopicName,
    body: &Value,
) -> Result<Topic, Error> {
    let request = Request::new(&TOPICS_CREATE).path("name", topic).json(body);
    client.json(&request).await
}

/// Reads a topic.
///
/// # Errors
/// The call failed; 404 if the topic does not exist.
pub async fn get_topic(client: &Client, topic: &TopicName) -> Result<Topic, Error> {
    let request = Request::new(&TOPICS_GET).path("topic", topic);
    client.json(&request).await
}

/// Lists the names of a project's subscriptions.
///
/// # Errors
/// A call failed.
pub async fn list_subscriptions(
    client: &Client,
    project: &ProjectId,
) -> Result<Vec<SubscriptionName>, Error> {
    #[derive(Deserialize)]
    struct SubscriptionItem {
        name: SubscriptionName,
    }
    let request = Request::new(&SUBSCRIPTIONS_LIST).path("project", format!("projects/{project}"));
    let all: Vec<SubscriptionItem> = Pages::new(client, request).all("subscriptions").await?;
    Ok(all.into_iter().map(|item| item.name).collect())
}

/// Lists a project's topics.
///
/// # Errors
/// A call failed.
pub async fn list_topics(client: &Client, project: &ProjectId) -> Result<Vec<Topic>, Error> {
    let request = Request::new(&TOPICS_LIST).path("project", format!("projects/{project}"));
    Pages::new(client, request).all("topics").await
}

/// Creates a subscription; `body` is the request body, without the name.
///
/// # Errors
/// The call failed; 409 if the subscription already exists, 404 if the topic
/// does not exist.
pub async fn create_subscription(
    client: &Client,
    subscription: &SubscriptionName,
    body: &Value,
) -> Result<Subscription, Error> {
    let request = Request::new(&SUBSCRIPTIONS_CREATE)
        .path("name", subscription)
        .json(body);
    client.json(&request).await
}

/// Reads a subscription.
///
/// # Errors
/// The call failed; 404 if the subscription does not exist.
pub async fn get_subscription(
    client: &Client,
    subscription: &SubscriptionName,
) -> Result<Subscription, Error> {
    let request = Request::new(&SUBSCRIPTIONS_GET).path("subscription", subscription);
    client.json(&request).await
}

/// Pulls up to `max_messages` messages; it may return fewer than there are, or
/// none.
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
        .json(&json!({"maxMessages": max_messages}));
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

impl policy::GetIamPolicy for TopicName {
    fn get_iam_policy(&self) -> Request {
        policy::get_request(&TOPICS_GET_IAM_POLICY, self)
    }
}

impl policy::SetIamPolicy for TopicName {
    fn set_iam_policy(&self, policy: &Policy) -> Request {
        policy::set_request(&TOPICS_SET_IAM_POLICY, self, policy)
    }
}

impl policy::GetIamPolicy for SubscriptionName {
    fn get_iam_policy(&self) -> Request {
        policy::get_request(&SUBSCRIPTIONS_GET_IAM_POLICY, self)
    }
}

impl policy::SetIamPolicy for SubscriptionName {
    fn set_iam_policy(&self, policy: &Policy) -> Request {
        policy::set_request(&SUBSCRIPTIONS_SET_IAM_POLICY, self, policy)
    }
}
