//! Subscriptions.

use super::{
    body::parse,
    duration::ProtoDuration,
    name::{already_exists, check_name, not_found, topic_name},
    pull, push_config,
    subscription::Subscription,
    topics::{NO_MASK, TOPIC},
};
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    collection::{IdSource, Kind, Row, Verb, dialect::standard::PAGING},
    iam::{RequiredPermission, Resource},
};
use serde_json::{Value, json};

/// The permissions of methods without a published list are from Google's page
/// on access control for Pub/Sub.
pub(crate) static SUBSCRIPTION: Kind = Kind::new("pubsub.v1", "projects.subscriptions")
    .id(IdSource::Path, "", |_| true)
    .immutable(&["enableMessageOrdering", "filter", "topic"])
    .required_mask(NO_MASK)
    .permissions(&[
        ("acknowledge", &["pubsub.subscriptions.consume"]),
        ("modifyAckDeadline", &["pubsub.subscriptions.consume"]),
        ("modifyPushConfig", &["pubsub.subscriptions.update"]),
        ("pull", &["pubsub.subscriptions.consume"]),
    ])
    .requires(requires)
    .custom(&[
        ("acknowledge", pull::acknowledge),
        ("modifyAckDeadline", pull::modify_ack_deadline),
        ("modifyPushConfig", modify_push_config),
        ("pull", pull::pull),
    ])
    .messages(|_, name| not_found(name), |_, name| already_exists(name))
    .prepare(prepare)
    .follow(follow)
    .render(|cloud, _, row, json| {
        json["state"] = "ACTIVE".into();
        let topic = row.body["topic"].as_str().unwrap_or_default();
        if let Some(retention) = cloud.pubsub.retention.get(topic) {
            json["topicMessageRetentionDuration"] = json!(ProtoDuration(*retention));
        }
    });

/// Attaching to a topic requires permission on it; pushing with the identity of
/// a service account, permission to act as it.
fn requires(_: &Cloud, call: &Call, verb: Verb, _: &str) -> Vec<RequiredPermission> {
    let mut required = Vec::new();
    if verb == Verb::Create {
        let topic = call.body["topic"].as_str().unwrap_or_default();
        let topic = TOPIC.resource(topic);
        required.push(RequiredPermission::new(
            "pubsub.topics.attachSubscription",
            topic,
        ));
    }
    let subscription = if verb == Verb::Update {
        &call.body["subscription"]
    } else {
        &call.body
    };
    if let Some(email) = push_config::account(&subscription["pushConfig"]) {
        let account = Resource::service_account("-", email);
        required.push(RequiredPermission::new(
            "iam.serviceAccounts.actAs",
            account,
        ));
    }
    required
}

fn prepare(
    cloud: &Cloud,
    _: &Call,
    name: &str,
    old: Option<&Row>,
    body: &mut Value,
) -> Result<(), ApiError> {
    check_name(name)?;
    // Set by `detach` only.
    body["detached"] = old.is_some_and(|old| old.body["detached"] == true).into();
    let subscription = Subscription::read(body, name)?;
    if old.is_none() && TOPIC.row(cloud, &subscription.topic).is_none() {
        return Err(ApiError::not_found(not_found(&subscription.topic)));
    }
    *body = json!(subscription);
    Ok(())
}

fn follow(cloud: &mut Cloud, _: &Call, verb: Verb, name: &str) {
    if verb != Verb::Delete {
        return load(cloud, name);
    }
    cloud.pubsub.subscriptions.remove(name);
    cloud.pubsub.clear(name);
}

/// Reads a subscription from its row. Its messages may now be delivered
/// differently.
pub(super) fn load(cloud: &mut Cloud, name: &str) {
    let row = SUBSCRIPTION.row(cloud, name);
    if let Some(subscription) = row.and_then(|row| parse(&row.body).ok()) {
        cloud
            .pubsub
            .subscriptions
            .insert(name.to_owned(), subscription);
        cloud.pubsub.backlog.reschedule(name);
    }
}

/// Reads all subscriptions from their rows, after those were restored.
pub(super) fn restored(cloud: &mut Cloud) {
    let names = SUBSCRIPTION
        .rows(cloud, "")
        .map(|(name, _)| name.to_owned());
    for name in names.collect::<Vec<_>>() {
        load(cloud, &name);
    }
}

fn modify_push_config(cloud: &mut Cloud, call: &Call, name: &str) -> Result<ApiResponse, ApiError> {
    let mut new = cloud.pubsub.subscriptions[name].clone();
    new.push_config = parse(&call.body["pushConfig"])?;
    new.check().map_err(ApiError::invalid)?;
    let row = SUBSCRIPTION.row_mut(cloud, name).expect("it exists");
    row.body = json!(new);
    row.generation += 1;
    load(cloud, name);
    Ok(ApiResponse::Json(json!({})))
}

/// The names of the subscriptions of a topic.
pub(super) fn list_of_topic(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let topic = topic_name(cloud, call);
    if TOPIC.row(cloud, &topic).is_none() {
        return Err(ApiError::not_found(not_found(&topic)));
    }
    let all = cloud.pubsub.subscriptions.iter();
    let of_topic = all.filter(|(_, one)| one.topic == topic);
    let page = PAGING.page(call, of_topic.map(|(name, _)| (name.clone(), json!(name))))?;
    Ok(ApiResponse::Json(page.into_json("subscriptions")))
}
