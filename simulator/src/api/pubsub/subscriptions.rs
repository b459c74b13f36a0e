//! Methods on subscriptions.

use super::{
    backlog::prefix,
    body::{page, parse, patched},
    name::{check_name, exists, not_found, subscription_name, subscription_resource, topic_name},
    subscription::Subscription,
};
use crate::{Answer, ApiError, Call, Cloud};
use serde_json::json;

/// What a subscription's topic is called once it is gone.
pub(super) const DELETED_TOPIC: &str = "_deleted-topic_";

impl Cloud {
    fn subscription(&self, name: &str) -> Result<&Subscription, ApiError> {
        self.pubsub
            .subscriptions
            .get(name)
            .ok_or_else(|| not_found(name))
    }

    /// Writes a subscription down; its messages may now go another way.
    fn put_subscription(&mut self, name: &str, new: Subscription) {
        self.pubsub.subscriptions.insert(name, new);
        self.pubsub.backlog.reconsider(name);
    }
}

pub(super) fn create(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let name = subscription_name(call);
    check_name(&name)?;
    let new = Subscription::read(&call.body, &name)?;
    if cloud.pubsub.subscriptions.contains(&name) {
        return Err(exists(&name));
    }
    if !cloud.pubsub.topics.contains(&new.topic) {
        return Err(not_found(&new.topic));
    }
    let answer = new.json(call);
    cloud.pubsub.subscriptions.insert(name, new);
    Ok(Answer::Json(answer))
}

pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    Ok(Answer::Json(
        cloud.subscription(&subscription_name(call))?.json(call),
    ))
}

pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let prefix = format!("projects/{}/subscriptions/", call.path("project"));
    let all = cloud.pubsub.subscriptions.under(&prefix);
    page(
        call,
        "subscriptions",
        all.map(|(name, one)| (name, one.json(call))),
    )
    .map(Answer::Json)
}

/// The names of a topic's subscriptions.
pub(super) fn list_of_topic(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
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
    .map(Answer::Json)
}

pub(super) fn delete(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
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
        .under(&prefix)
        .map(|(key, _)| key.clone());
    for key in keys.collect::<Vec<_>>() {
        cloud.pubsub.backlog.remove(&key);
    }
    cloud.iam.displace(&subscription_resource(name).full_name());
    Ok(Answer::Json(json!({})))
}

pub(super) fn patch(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
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
    let new = Subscription::read(&patched(old, call, "subscription", &fixed)?, &name)?;
    let answer = new.json(call);
    cloud.put_subscription(&name, new);
    Ok(Answer::Json(answer))
}

pub(super) fn modify_push_config(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let name = subscription_name(call);
    let mut new = cloud.subscription(&name)?.clone();
    new.push_config = parse(&call.body["pushConfig"])?;
    new.check().map_err(ApiError::invalid)?;
    cloud.put_subscription(&name, new);
    Ok(Answer::Json(json!({})))
}

/// A topic is gone: its subscriptions keep their messages and get no more.
pub(super) fn orphan(cloud: &mut Cloud, topic: &str) {
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
