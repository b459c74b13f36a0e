//! Pub/Sub, v1. Functions publish through [`crate::Publisher`]; the rest is
//! for deployment and tests.

use crate::{
    Client, Error, ErrorKind, Idempotency, Message, Method, Pages, Policy, Request,
    RequiredPermission, ResponseKind, policy,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use names::{ProjectId, SubscriptionName, Timestamp, TopicName};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::BTreeMap, fmt::Display};

/// Every method of this file.
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

/// Publishes to a topic. Sent again, it publishes again: a duplicate, which
/// every subscriber must bear anyway, is better than a message lost.
pub static PUBLISH: Method = Method::post("pubsub.projects.topics.publish", "/v1/{+topic}:publish")
    .sends(&["messages.data", "messages.attributes"])
    .reads(&["messageIds"])
    .idempotency(Idempotency::Always)
    .requires(|r| on("pubsub.topics.publish", r, "topic"));

/// Creates a topic.
pub static TOPICS_CREATE: Method = Method::put("pubsub.projects.topics.create", "/v1/{+name}")
    .sends(&["labels", "messageRetentionDuration"])
    .reads(&["name"])
    .requires(|r| vec![in_project("pubsub.topics.create", r.path_value("name"))]);

/// Reads a topic.
pub static TOPICS_GET: Method = Method::get("pubsub.projects.topics.get", "/v1/{+topic}")
    .reads(&["name"])
    .requires(|r| on("pubsub.topics.get", r, "topic"));

/// Lists a project's topics.
pub static TOPICS_LIST: Method =
    Method::get("pubsub.projects.topics.list", "/v1/{+project}/topics")
        .query(&["pageToken"])
        .reads(&["topics.name", "nextPageToken"])
        .requires(|r| vec![in_project("pubsub.topics.list", r.path_value("project"))]);

/// Lists a project's subscriptions.
pub static SUBSCRIPTIONS_LIST: Method = Method::get(
    "pubsub.projects.subscriptions.list",
    "/v1/{+project}/subscriptions",
)
.query(&["pageToken"])
.reads(&["subscriptions.name", "nextPageToken"])
.requires(|r| {
    vec![in_project(
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
.reads(policy::FIELDS)
.requires(|r| on("pubsub.topics.getIamPolicy", r, "resource"));

/// Writes a topic's policy.
pub static TOPICS_SET_IAM_POLICY: Method = Method::post(
    "pubsub.projects.topics.setIamPolicy",
    "/v1/{+resource}:setIamPolicy",
)
.sends(policy::SENT)
.reads(policy::FIELDS)
.idempotency(Idempotency::If(policy::is_fenced))
.requires(|r| on("pubsub.topics.setIamPolicy", r, "resource"));

/// Creates a subscription. Needs `attachSubscription` on the topic, and actAs
/// on the account that its pushes are signed as.
pub static SUBSCRIPTIONS_CREATE: Method =
    Method::put("pubsub.projects.subscriptions.create", "/v1/{+name}")
        .sends(&[
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
        .reads(&["name", "topic"])
        .requires(|r| {
            let body = r.body_json();
            let topic = body["topic"].as_str().unwrap_or_default();
            let mut needs = vec![
                in_project("pubsub.subscriptions.create", r.path_value("name")),
                RequiredPermission::on("pubsub.topics.attachSubscription", SERVICE, topic),
            ];
            let account = &body["pushConfig"]["oidcToken"]["serviceAccountEmail"];
            if let Some(email) = account.as_str() {
                needs.push(RequiredPermission::on_account(
                    "iam.serviceAccounts.actAs",
                    email,
                ));
            }
            needs
        });

/// Reads a subscription.
pub static SUBSCRIPTIONS_GET: Method =
    Method::get("pubsub.projects.subscriptions.get", "/v1/{+subscription}")
        .reads(&["name", "topic"])
        .requires(|r| on("pubsub.subscriptions.get", r, "subscription"));

/// Reads a subscription's policy.
pub static SUBSCRIPTIONS_GET_IAM_POLICY: Method = Method::get(
    "pubsub.projects.subscriptions.getIamPolicy",
    "/v1/{+resource}:getIamPolicy",
)
.query(&["options.requestedPolicyVersion"])
.reads(policy::FIELDS)
.requires(|r| on("pubsub.subscriptions.getIamPolicy", r, "resource"));

/// Writes a subscription's policy.
pub static SUBSCRIPTIONS_SET_IAM_POLICY: Method = Method::post(
    "pubsub.projects.subscriptions.setIamPolicy",
    "/v1/{+resource}:setIamPolicy",
)
.sends(policy::SENT)
.reads(policy::FIELDS)
.idempotency(Idempotency::If(policy::is_fenced))
.requires(|r| on("pubsub.subscriptions.setIamPolicy", r, "resource"));

/// Takes messages on lease; pulled again, it takes others.
pub static PULL: Method = Method::post(
    "pubsub.projects.subscriptions.pull",
    "/v1/{+subscription}:pull",
)
.sends(&["maxMessages"])
.reads(&[
    "receivedMessages.ackId",
    "receivedMessages.deliveryAttempt",
    "receivedMessages.message.messageId",
    "receivedMessages.message.publishTime",
    "receivedMessages.message.data",
    "receivedMessages.message.attributes",
])
.idempotency(Idempotency::Always)
.requires(|r| on("pubsub.subscriptions.consume", r, "subscription"));

/// Says that messages are done with.
pub static ACKNOWLEDGE: Method = Method::post(
    "pubsub.projects.subscriptions.acknowledge",
    "/v1/{+subscription}:acknowledge",
)
.sends(&["ackIds"])
.idempotency(Idempotency::Always)
.response(ResponseKind::Empty)
.requires(|r| on("pubsub.subscriptions.consume", r, "subscription"));

const SERVICE: &str = "pubsub.googleapis.com";

fn on(permission: &'static str, r: &Request, parameter: &str) -> Vec<RequiredPermission> {
    vec![RequiredPermission::on(
        permission,
        SERVICE,
        r.path_value(parameter),
    )]
}

/// `name` is `projects/p` or lies below it.
fn in_project(permission: &'static str, name: &str) -> RequiredPermission {
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
    /// Its topic's name; `_deleted-topic_` if that is gone.
    #[serde(default)]
    pub topic: String,
}

/// A message taken from a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedMessage {
    /// What to acknowledge it by.
    pub ack_id: String,
    /// The message's id, the same at each delivery.
    pub id: String,
    /// When Pub/Sub stored it, where it says so.
    pub publish_time: Option<Timestamp>,
    /// Which delivery this is, from 1; 0 without a dead-letter policy.
    pub delivery_attempt: u32,
    /// The message.
    pub message: Message,
}

/// Publishes `message`; answers its id.
///
/// # Errors
/// The call failed.
pub async fn publish(
    client: &Client,
    topic: &TopicName,
    message: Message,
) -> Result<String, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Published {
        message_ids: Vec<String>,
    }
    let request = Request::new(&PUBLISH).path("topic", topic).json(&json!({
        "messages": [{ "data": STANDARD.encode(&message.data), "attributes": message.attributes }]
    }));
    let mut published: Published = client.json(&request).await?;
    published
        .message_ids
        .pop()
        .ok_or_else(|| unexpected(&PUBLISH, topic, "no message id"))
}

fn unexpected(method: &'static Method, resource: &impl Display, what: &str) -> Error {
    Error {
        method: method.id,
        resource: resource.to_string(),
        kind: ErrorKind::Answer(what.into()),
    }
}

/// Creates a topic: `body` is as in the API, without the name.
///
/// # Errors
/// The call failed; 409 if it exists.
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
/// The call failed.
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
    struct Listed {
        name: SubscriptionName,
    }
    let request = Request::new(&SUBSCRIPTIONS_LIST).path("project", format!("projects/{project}"));
    let all: Vec<Listed> = Pages::new(client, request).all("subscriptions").await?;
    Ok(all.into_iter().map(|listed| listed.name).collect())
}

/// Lists a project's topics.
///
/// # Errors
/// A call failed.
pub async fn list_topics(client: &Client, project: &ProjectId) -> Result<Vec<Topic>, Error> {
    let request = Request::new(&TOPICS_LIST).path("project", format!("projects/{project}"));
    Pages::new(client, request).all("topics").await
}

/// Creates a subscription: `body` is as in the API, without the name.
///
/// # Errors
/// The call failed; 409 if it exists.
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
/// The call failed.
pub async fn get_subscription(
    client: &Client,
    subscription: &SubscriptionName,
) -> Result<Subscription, Error> {
    let request = Request::new(&SUBSCRIPTIONS_GET).path("subscription", subscription);
    client.json(&request).await
}

async fn get_policy(
    client: &Client,
    method: &'static Method,
    resource: &impl ToString,
) -> Result<Policy, Error> {
    let request = Request::new(method)
        .path("resource", resource.to_string())
        .query("options.requestedPolicyVersion", policy::VERSION);
    client.json(&request).await
}

async fn set_policy(
    client: &Client,
    method: &'static Method,
    resource: &impl ToString,
    policy: &Policy,
) -> Result<Policy, Error> {
    let request = Request::new(method)
        .path("resource", resource.to_string())
        .json(&policy::sent(policy));
    client.json(&request).await
}

/// Reads a topic's policy, conditions included.
///
/// # Errors
/// The call failed.
pub async fn get_topic_policy(client: &Client, topic: &TopicName) -> Result<Policy, Error> {
    get_policy(client, &TOPICS_GET_IAM_POLICY, topic).await
}

/// Writes a topic's policy as version 3.
///
/// # Errors
/// The call failed; a conflict if somebody else wrote since it was read.
pub async fn set_topic_policy(
    client: &Client,
    topic: &TopicName,
    policy: &Policy,
) -> Result<Policy, Error> {
    set_policy(client, &TOPICS_SET_IAM_POLICY, topic, policy).await
}

/// Reads a subscription's policy, conditions included.
///
/// # Errors
/// The call failed.
pub async fn get_subscription_policy(
    client: &Client,
    subscription: &SubscriptionName,
) -> Result<Policy, Error> {
    get_policy(client, &SUBSCRIPTIONS_GET_IAM_POLICY, subscription).await
}

/// Writes a subscription's policy as version 3.
///
/// # Errors
/// The call failed; a conflict if somebody else wrote since it was read.
pub async fn set_subscription_policy(
    client: &Client,
    subscription: &SubscriptionName,
    policy: &Policy,
) -> Result<Policy, Error> {
    set_policy(client, &SUBSCRIPTIONS_SET_IAM_POLICY, subscription, policy).await
}

/// Takes up to `most` messages, perhaps none though some are there.
///
/// # Errors
/// The call failed, or a message's data is not base64.
pub async fn pull(
    client: &Client,
    subscription: &SubscriptionName,
    most: u32,
) -> Result<Vec<ReceivedMessage>, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Pulled {
        #[serde(default)]
        received_messages: Vec<Delivery>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Delivery {
        ack_id: String,
        #[serde(default)]
        delivery_attempt: u32,
        message: Wire,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Wire {
        message_id: String,
        publish_time: Option<Timestamp>,
        #[serde(default)]
        data: String,
        #[serde(default)]
        attributes: BTreeMap<String, String>,
    }
    let request = Request::new(&PULL)
        .path("subscription", subscription)
        .json(&json!({"maxMessages": most}));
    let pulled: Pulled = client.json(&request).await?;
    let received = |d: Delivery| {
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
    let messages: Option<_> = pulled.received_messages.into_iter().map(received).collect();
    messages.ok_or_else(|| unexpected(&PULL, subscription, "data is not base64"))
}

/// Says that messages are done with.
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
