//! `seek` and `detach`.

use super::{
    backlog::prefix,
    name::subscription_name,
    snapshots::SNAPSHOT,
    subscriptions::{self, SUBSCRIPTION},
    topics::TOPIC,
};
use crate::{ApiError, ApiResponse, Call, Cloud, collection::existing, iam::RequiredPermission};
use names::Timestamp;
use serde_json::json;
use std::collections::BTreeMap;

pub(super) fn seek_permissions(
    cloud: &Cloud,
    call: &Call,
) -> Result<Vec<RequiredPermission>, ApiError> {
    let subscription = SUBSCRIPTION.resource(subscription_name(cloud, call));
    let mut required = vec![RequiredPermission::new(
        "pubsub.subscriptions.consume",
        subscription,
    )];
    if let Some(snapshot) = call.body["snapshot"].as_str() {
        let snapshot = SNAPSHOT.resource(snapshot);
        required.push(RequiredPermission::new("pubsub.snapshots.seek", snapshot));
    }
    Ok(required)
}

/// Which messages are not acknowledged after a seek.
enum Target {
    /// Those published from then on.
    Time(Timestamp),
    /// Those that it keeps, and when it expires.
    Snapshot(String, Timestamp),
}

fn target(cloud: &Cloud, call: &Call, topic: &str) -> Result<Target, ApiError> {
    let (time, snapshot) = (&call.body["time"], &call.body["snapshot"]);
    match (time.as_str(), snapshot.as_str()) {
        (Some(text), None) => text
            .parse()
            .map(Target::Time)
            .map_err(|_| ApiError::invalid(format!("Invalid value at 'time': {text} is no time."))),
        (None, Some(name)) => {
            existing(&SNAPSHOT, cloud, name)?;
            match cloud.pubsub.snapshots.get(name) {
                Some(state) if state.topic == topic => {
                    Ok(Target::Snapshot(name.to_owned(), state.expires))
                }
                // Unverified.
                Some(_) | None => Err(ApiError::failed_precondition(format!(
                    "Snapshot {name} is not of the subscription's topic."
                ))),
            }
        }
        _ => Err(ApiError::invalid(
            "The request must have either a time or a snapshot.",
        )),
    }
}

/// `POST …/subscriptions/{s}:seek`. Messages that are delivered already and stay
/// in the backlog keep their deadlines.
pub(super) fn seek(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let name = subscription_name(cloud, call);
    existing(&SUBSCRIPTION, cloud, &name)?;
    let subscription = cloud.pubsub.subscriptions[&name].clone();
    subscription.check_attached(&name)?;
    let topic = subscription.topic.as_str();
    let target = target(cloud, call, topic)?;
    let pubsub = &mut cloud.pubsub;
    let own = subscription.message_retention_duration.0;
    // By number, with the time until which they are kept.
    let mut wanted = BTreeMap::new();
    let is_kept = |message: &super::message::Message| match &target {
        Target::Time(from) => message.published() >= *from,
        Target::Snapshot(..) => true,
    };
    match &target {
        Target::Time(_) => {
            let retention = pubsub.retention.get(topic).copied().unwrap_or_default();
            for (holder, kept_for) in [(name.as_str(), own), (topic, own.max(retention))] {
                for message in pubsub.retained(holder).filter(|message| is_kept(message)) {
                    let until = message.published() + kept_for;
                    wanted.insert(message.number(), (message.clone(), until));
                }
            }
        }
        Target::Snapshot(snapshot, expires) => {
            for message in pubsub.retained(snapshot) {
                let until = (message.published() + own).max(*expires);
                wanted.insert(message.number(), (message.clone(), until));
            }
        }
    }
    let prefix = prefix(&name);
    let mut acknowledged = Vec::new();
    for (key, row) in pubsub.backlog.with_prefix(&prefix) {
        let known = wanted.remove(&row.message.number());
        let stays = match &target {
            Target::Time(_) => is_kept(&row.message),
            Target::Snapshot(..) => known.is_some(),
        };
        if !stays {
            acknowledged.push(key.clone());
        }
    }
    for key in acknowledged {
        pubsub.acknowledge(&key, call.now);
    }
    for (message, until) in wanted.into_values() {
        if until > call.now && subscription.accepts(&message.attributes) {
            pubsub
                .backlog
                .add(&name, &subscription, message, call.now, until);
        }
    }
    Ok(ApiResponse::Json(json!({})))
}

/// The permission is on the topic.
pub(super) fn detach_permissions(
    cloud: &Cloud,
    call: &Call,
) -> Result<Vec<RequiredPermission>, ApiError> {
    let name = subscription_name(cloud, call);
    let topic = match cloud.pubsub.subscriptions.get(&name) {
        Some(subscription) => TOPIC.resource(&*subscription.topic),
        None => SUBSCRIPTION.resource(name),
    };
    Ok(vec![RequiredPermission::new(
        "pubsub.topics.detachSubscription",
        topic,
    )])
}

/// `POST …/subscriptions/{s}:detach`: no message comes any more, and those that
/// came are gone.
pub(super) fn detach(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let name = subscription_name(cloud, call);
    existing(&SUBSCRIPTION, cloud, &name)?;
    let row = SUBSCRIPTION.row_mut(cloud, &name).expect("it exists");
    row.body["detached"] = true.into();
    row.touch(call.now);
    cloud.pubsub.clear(&name);
    subscriptions::load(cloud, &name);
    Ok(ApiResponse::Json(json!({})))
}
