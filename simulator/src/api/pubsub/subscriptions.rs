//! Methods on subscriptions.

use super::{
    backlog::prefix,
    body::{apply_patch, page, parse},
    name::{
        already_exists, check_name, not_found, subscription_name, subscription_resource, topic_name,
    },
    subscription::Subscription,
};
use crate::{ApiError, ApiResponse, Call, Cloud};
use serde_json::json;

/// Stands for the topic of a subscription once it is deleted.
pub(super) const DELETED_TOPIC: &str = "_deleted-topic_";

impl Cloud {
    fn subscription(&self, name: &str) -> Result<&Subscription, ApiError> {
        self.pubsub
            .subscriptions
            .get(name)
            .ok_or_else(|| not_found(name))
    }

    /// Stores a changed subscription; its messages may now be delivered
    /// differently.
    fn put_subscription(&mut self, name: &str, new: Subscription) {
        self.pubsub.subscriptions.insert(name, new);
        self.pubsub.backlog.reschedule(name);
    }
}

pub(super) fn create(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let name = subscription_name(call);
    check_name(&name)?;
    let new = Subscription::read(&call.body, &name)?;
    if cloud.pubsub.subscriptions.contains(&name) {
        return Err(already_exists(&name));
    }
    if !cloud.pubsub.topics.contains(&new.topic) {
        return Err(not_found(&new.topic));
    }
    let json = new.json(call);
    cloud.pubsub.subscriptions.insert(name, new);
    Ok(ApiResponse::Json(json))
}

pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    Ok(ApiResponse::Json(
        cloud.subscription(&subscription_name(call))?.json(call),
    ))
}

pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let prefix = format!("projects/{}/subscriptions/", call.path("project"));
    let all = cloud.pubsub.subscriptions.with_prefix(&prefix);
    page(
        call,
        "subscriptions",
        all.map(|(name, one)| (name, one.json(call))),
    )
    .map(ApiResponse::Json)
}

/// The names of the subscriptions of a topic.
pub(super) fn list_of_topic(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let topic = topic_name(call);
    if !cloud.pubsub.topics.contains(&topic) {
        return Err(not_found(&topic));
    }
    let all = cloud
        .pubsub
        .subscriptions
        .iter()
        .filter(|(_, one)| one.topic == topic);
    page(
        call,
        "subscriptions",
        all.map(|(name, _)| (name, json!(name))),
    )
    .map(ApiResponse::Json)
}

pub(super) fn delete(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let name = subscription_name(call);
    cloud
        .pubsub
        .subscriptions
        .remove(&name)
        .ok_or_else(|| not_found(&name))?;
    let prefix = prefix(&name);
    let keys = cloud
        .pubsub
        .backlog
        .with_prefix(&prefix)
        .map(|(key, _)| key.clone());
    for key in keys.collect::<Vec<_>>() {
        cloud.pubsub.backlog.remove(&key);
    }
    cloud.iam.forget(&subscription_resource(name).full_name());
    Ok(ApiResponse::Json(json!({})))
}

pub(super) fn patch(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let name = subscription_name(call);
    let old = json!(cloud.subscription(&name)?);
    let fixed = [
        "name",
        "topic",
        "filter",
        "enableMessageOrdering",
        "state",
        "detached",
    ];
    let new = Subscription::read(&apply_patch(old, call, "subscription", &fixed)?, &name)?;
    let json = new.json(call);
    cloud.put_subscription(&name, new);
    Ok(ApiResponse::Json(json))
}

pub(super) fn modify_push_config(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let name = subscription_name(call);
    let mut new = cloud.subscription(&name)?.clone();
    new.push_config = parse(&call.body["pushConfig"])?;
    new.check().map_err(ApiError::invalid)?;
    cloud.put_subscription(&name, new);
    Ok(ApiResponse::Json(json!({})))
}

/// Marks the topic of its subscriptions as deleted. They keep their messages.
pub(super) fn mark_topic_deleted(cloud: &mut Cloud, topic: &str) {
    let all = cloud.pubsub.subscriptions.iter();
    let names: Vec<String> = all
        .filter(|(_, one)| one.topic == topic)
        .map(|(name, _)| name.clone())
        .collect();
    for name in names {
        if let Some(subscription) = cloud.pubsub.subscriptions.get_mut(&name) {
            subscription.topic = DELETED_TOPIC.to_owned();
        }
    }
}
