//! Subscriptions as they are stored and shown.

use super::{
    body::parse,
    duration::ProtoDuration,
    filter,
    push_config::{PushConfig, is_false},
};
use crate::ApiError;
use names::Duration;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A subscription in the API's JSON form, without output-only fields.
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
    pub(super) message_retention_duration: ProtoDuration,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) enable_message_ordering: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    enable_exactly_once_delivery: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) retain_acked_messages: bool,
    #[serde(default)]
    expiration_policy: ExpirationPolicy,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    filter: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) dead_letter_policy: Option<DeadLetterPolicy>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_policy: Option<RetryPolicy>,
    /// Output only, but clients send it back.
    #[serde(default, skip_serializing)]
    state: Value,
    #[serde(default, skip_serializing)]
    topic_message_retention_duration: Value,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) detached: bool,
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
    minimum_backoff: ProtoDuration,
    #[serde(default = "ten_minutes")]
    maximum_backoff: ProtoDuration,
}

/// Stored without effect. Without a `ttl` the subscription never expires.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpirationPolicy {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ttl: Option<ProtoDuration>,
}

impl Default for ExpirationPolicy {
    fn default() -> Self {
        Self {
            ttl: Some(ProtoDuration::seconds(31 * 86_400)),
        }
    }
}

const fn week() -> ProtoDuration {
    ProtoDuration::seconds(7 * 86_400)
}

const fn ten_seconds() -> ProtoDuration {
    ProtoDuration::seconds(10)
}

const fn ten_minutes() -> ProtoDuration {
    ProtoDuration::seconds(600)
}

impl Subscription {
    pub(super) fn accepts(&self, attributes: &BTreeMap<String, String>) -> bool {
        !self.detached && filter::passes(&self.filter, attributes)
    }

    /// Refuses what a detached subscription cannot do; the message is
    /// unverified.
    pub(super) fn check_attached(&self, name: &str) -> Result<(), ApiError> {
        match self.detached {
            true => Err(ApiError::failed_precondition(format!(
                "Subscription {name} is detached from its topic."
            ))),
            false => Ok(()),
        }
    }

    /// The delay after `attempts` failed deliveries of a message. Pub/Sub slows
    /// a whole subscription down; here each message has its own backoff.
    pub(super) fn backoff(&self, attempts: u32) -> Duration {
        let (min, max) = match &self.retry_policy {
            Some(policy) => (policy.minimum_backoff.0, policy.maximum_backoff.0),
            None if self.push_config.push_endpoint.is_empty() => return Duration::ZERO,
            None => (Duration::from_millis(100), Duration::from_secs(60)),
        };
        let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
        min.saturating_mul(doubled).min(max)
    }

    /// Deserializes a subscription, fills in defaults and checks ranges.
    pub(super) fn read(value: &Value, name: &str) -> Result<Self, ApiError> {
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

    pub(super) fn check(&self) -> Result<(), String> {
        self.push_config.check()?;
        filter::check(&self.filter)?;
        if !(10..=600).contains(&self.ack_deadline_seconds) {
            return Err(format!(
                "Invalid ack deadline given (seconds={}): 10 to 600.",
                self.ack_deadline_seconds
            ));
        }
        let retention = self.message_retention_duration;
        if !(ProtoDuration::seconds(600)..=ProtoDuration::seconds(31 * 86_400)).contains(&retention)
        {
            return Err("messageRetentionDuration is not between 10 minutes and 31 days.".into());
        }
        if let Some(policy) = &self.dead_letter_policy {
            if !(5..=100).contains(&policy.max_delivery_attempts) {
                return Err("maxDeliveryAttempts is not between 5 and 100.".into());
            }
            if policy.dead_letter_topic.split('/').nth(2) != Some("topics") {
                return Err(format!(
                    "{:?} is not the name of a topic.",
                    policy.dead_letter_topic
                ));
            }
        }
        if let Some(RetryPolicy {
            minimum_backoff: min,
            maximum_backoff: max,
        }) = self.retry_policy
            && (min > max || max > ProtoDuration::seconds(600))
        {
            return Err("The backoffs of a retryPolicy are 0s to 600s, the minimum first.".into());
        }
        if self.enable_exactly_once_delivery && !self.push_config.push_endpoint.is_empty() {
            return Err("Exactly-once delivery is for pull subscriptions only.".into());
        }
        Ok(())
    }
}
