//! Subscriptions.

use super::{
    backlog::prefix,
    check_name, exists, filter, not_found, page, parse, patched,
    push_config::{PushConfig, is_false},
    routes::subscription_resource,
    span::Span,
    subscription_name,
};
use crate::{Answer, ApiError, Call, Cloud};
use names::Duration;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What a subscription's topic is called once it is gone.
pub(super) const DELETED_TOPIC: &str = "_deleted-topic_";

/// A subscription as the API's JSON has it, without what is output only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Subscription {
    #[serde(default)]
    name: String,
    pub(super) topic: String,
    #[serde(default)]
    pub(super) push_config: PushConfig,
    #[serde(default)]
    pub(super) ack_deadline_seconds: u32,
    #[serde(default = "week")]
    pub(super) message_retention_duration: Span,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) enable_message_ordering: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    enable_exactly_once_delivery: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    retain_acked_messages: bool,
    #[serde(default)]
    expiration_policy: ExpirationPolicy,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    filter: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) dead_letter_policy: Option<DeadLetterPolicy>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_policy: Option<RetryPolicy>,
    /// Output only, but clients send back what they read.
    #[serde(default, skip_serializing)]
    state: Value,
    #[serde(default, skip_serializing)]
    detached: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct DeadLetterPolicy {
    pub(super) dead_letter_topic: String,
    #[serde(default)]
    pub(super) max_delivery_attempts: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RetryPolicy {
    #[serde(default = "ten_seconds")]
    minimum_backoff: Span,
    #[serde(default = "ten_minutes")]
    maximum_backoff: Span,
}

/// Kept, not carried out. Without a `ttl` the subscription never expires.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpirationPolicy {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ttl: Option<Span>,
}

impl Default for ExpirationPolicy {
    fn default() -> Self {
        Self {
            ttl: Some(Span::seconds(31 * 86_400)),
        }
    }
}

const fn week() -> Span {
    Span::seconds(7 * 86_400)
}

const fn ten_seconds() -> Span {
    Span::seconds(10)
}

const fn ten_minutes() -> Span {
    Span::seconds(600)
}

impl Subscription {
    pub(super) fn wants(&self, attributes: &BTreeMap<String, String>) -> bool {
        filter::passes(&self.filter, attributes)
    }

    /// How long a message waits after its `attempts`th delivery failed. Real
    /// Pub/Sub slows a whole subscription down; here each message waits by itself.
    pub(super) fn backoff(&self, attempts: u32) -> Duration {
        let (least, most) = match &self.retry_policy {
            Some(policy) => (policy.minimum_backoff.0, policy.maximum_backoff.0),
            None if self.push_config.push_endpoint.is_empty() => return Duration::ZERO,
            None => (Duration::from_millis(100), Duration::from_secs(60)),
        };
        let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
        least.saturating_mul(doubled).min(most)
    }

    /// Reads a whole subscription, fills in defaults, checks ranges.
    fn read(value: &Value, name: &str) -> Result<Self, ApiError> {
        let mut new: Self = parse(value)?;
        new.name = name.to_owned();
        if new.ack_deadline_seconds == 0 {
            new.ack_deadline_seconds = 10;
        }
        if let Some(policy) = &mut new.dead_letter_policy
            && policy.max_delivery_attempts == 0
        {
            policy.max_delivery_attempts = 5;
        }
        new.check().map_err(ApiError::invalid)?;
        Ok(new)
    }

    fn check(&self) -> Result<(), String> {
        self.push_config.check()?;
        filter::check(&self.filter)?;
        if !(10..=600).contains(&self.ack_deadline_seconds) {
            return Err(format!(
                "Invalid ack deadline given (seconds={}): 10 to 600.",
                self.ack_deadline_seconds
            ));
        }
        let retention = self.message_retention_duration;
        if !(Span::seconds(600)..=Span::seconds(31 * 86_400)).contains(&retention) {
            return Err("messageRetentionDuration is not between 10 minutes and 31 days.".into());
        }
        if let Some(policy) = &self.dead_letter_policy {
            if !(5..=100).contains(&policy.max_delivery_attempts) {
                return Err("maxDeliveryAttempts is not between 5 and 100.".into());
            }
            if policy.dead_letter_topic.split('/').nth(2) != Some("topics") {
                return Err(format!(
                    "{:?} is no topic's name.",
                    policy.dead_letter_topic
                ));
            }
        }
        if let Some(RetryPolicy {
            minimum_backoff: least,
            maximum_backoff: most,
        }) = self.retry_policy
            && (least > most || most > Span::seconds(600))
        {
            return Err("The backoffs of a retryPolicy are 0s to 600s, the minimum first.".into());
        }
        if self.enable_exactly_once_delivery && !self.push_config.push_endpoint.is_empty() {
            return Err("Exactly-once delivery is for pull subscriptions only.".into());
        }
        Ok(())
    }

    /// `$alt=json;enum-encoding=int`, as official clients ask, wants enums as numbers.
    fn json(&self, call: &Call) -> Value {
        let mut json = json!(self);
        let numbers = call
            .query("$alt")
            .is_some_and(|alt| alt.contains("enum-encoding=int"));
        json["state"] = if numbers { 1.into() } else { "ACTIVE".into() };
        json
    }
}

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
    let topic = super::topic_name(call);
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
