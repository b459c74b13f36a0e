//! Snapshots: the messages that were not acknowledged when one was made, and
//! those published since.

use super::{
    backlog::prefix,
    name::{already_exists, check_name, not_found, topic_name},
    store::{SnapshotState, retention},
    subscriptions::{self, SUBSCRIPTION},
    topics::{NO_MASK, TOPIC},
};
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    agenda::Event,
    collection::{IdSource, Kind, Row, Verb, dialect::standard::PAGING, existing},
    iam::RequiredPermission,
};
use names::{Duration, Timestamp};
use serde_json::{Value, json};

/// A snapshot lasts a week less the age of the oldest message in it.
const LIFETIME: Duration = Duration::from_secs(7 * 86_400);

/// There is no snapshot that would last for less.
const MIN_LIFETIME: Duration = Duration::from_secs(3600);

pub(crate) static SNAPSHOT: Kind = Kind::new("pubsub.v1", "projects.snapshots")
    .id(IdSource::Path, "", |_| true)
    .immutable(&["topic"])
    .required_mask(NO_MASK)
    .requires(requires)
    .messages(|_, name| not_found(name), |_, name| already_exists(name))
    .prepare(prepare)
    .follow(follow);

/// Those of the project are not enough to see what a subscription has received.
fn requires(_: &Cloud, call: &Call, verb: Verb, _: &str) -> Vec<RequiredPermission> {
    let source = call.body["subscription"].as_str();
    let source = source.filter(|_| verb == Verb::Create);
    let consume = source.map(|source| {
        let subscription = SUBSCRIPTION.resource(source);
        RequiredPermission::new("pubsub.subscriptions.consume", subscription)
    });
    consume.into_iter().collect()
}

fn prepare(
    cloud: &Cloud,
    call: &Call,
    name: &str,
    old: Option<&Row>,
    body: &mut Value,
) -> Result<(), ApiError> {
    check_name(name)?;
    if old.is_some() {
        return match expiry(body) {
            Some(expires) if expires > call.now && expires <= call.now + LIFETIME => Ok(()),
            Some(_) | None => Err(ApiError::invalid(
                "The expiration time of a snapshot is in the future, in at most 7 days.",
            )),
        };
    }
    let source = body["subscription"].as_str().unwrap_or_default().to_owned();
    existing(&SUBSCRIPTION, cloud, &source)?;
    let subscription = &cloud.pubsub.subscriptions[&source];
    if subscription.detached || TOPIC.row(cloud, &subscription.topic).is_none() {
        return Err(ApiError::failed_precondition(format!(
            "Subscription {source} has no topic."
        )));
    }
    let source = prefix(&source);
    let mut backlog = cloud.pubsub.backlog.with_prefix(&source);
    let oldest = backlog.find(|(_, row)| row.expires > call.now);
    let since = oldest.map_or(call.now, |(_, row)| row.message.published());
    let expires = since + LIFETIME;
    if expires < call.now + MIN_LIFETIME {
        return Err(ApiError::failed_precondition(
            "The backlog is too old: the snapshot would expire in less than an hour.",
        ));
    }
    *body = json!({
        "topic": subscription.topic,
        "expireTime": expires,
        "labels": body["labels"],
    });
    if body["labels"].is_null() {
        body.as_object_mut().expect("just made").remove("labels");
    }
    Ok(())
}

fn expiry(body: &Value) -> Option<Timestamp> {
    body["expireTime"].as_str()?.parse().ok()
}

fn follow(cloud: &mut Cloud, call: &Call, verb: Verb, name: &str) {
    if verb != Verb::Update {
        cloud.pubsub.release(name);
    }
    let full_name = SNAPSHOT.resource(name).full_name();
    cloud.agenda.cancel(&full_name);
    cloud.pubsub.snapshots.remove(name);
    load(cloud, name);
    let Some(state) = cloud.pubsub.snapshots.get(name) else {
        return;
    };
    cloud.agenda.add(state.expires, &full_name, Event::Expire);
    if verb == Verb::Create {
        let source = prefix(call.body["subscription"].as_str().unwrap_or_default());
        let backlog = cloud.pubsub.backlog.with_prefix(&source);
        let messages = backlog.filter(|(_, row)| row.expires > call.now);
        for message in messages
            .map(|(_, row)| row.message.clone())
            .collect::<Vec<_>>()
        {
            let any = Timestamp::from_seconds(0);
            cloud.pubsub.retain(name, &message, any);
        }
    }
}

/// Reads a snapshot from its row.
fn load(cloud: &mut Cloud, name: &str) {
    let read = |row: &Row| {
        Some(SnapshotState {
            topic: row.body["topic"].as_str()?.to_owned(),
            expires: expiry(&row.body)?,
        })
    };
    if let Some(state) = SNAPSHOT.row(cloud, name).and_then(read) {
        cloud.pubsub.snapshots.insert(name.to_owned(), state);
    }
}

/// Reads everything that is kept in another form from its row, after the rows
/// were restored.
pub(crate) fn restored(cloud: &mut Cloud) {
    subscriptions::restored(cloud);
    let topics = TOPIC.rows(cloud, "");
    let retentions =
        topics.filter_map(|(name, row)| Some((name.to_owned(), retention(&row.body)?)));
    cloud.pubsub.retention = retentions.collect();
    let names = SNAPSHOT.rows(cloud, "").map(|(name, _)| name.to_owned());
    for name in names.collect::<Vec<_>>() {
        load(cloud, &name);
    }
}

/// The names of the snapshots of a topic.
pub(super) fn list_of_topic(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let topic = topic_name(cloud, call);
    existing(&TOPIC, cloud, &topic)?;
    let all = cloud.pubsub.snapshots.iter();
    let of_topic = all.filter(|(_, one)| one.topic == topic && one.expires > call.now);
    let page = PAGING.page(call, of_topic.map(|(name, _)| (name.clone(), json!(name))))?;
    Ok(ApiResponse::Json(page.into_json("snapshots")))
}
