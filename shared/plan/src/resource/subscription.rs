//! Subscriptions that never expire.

use super::{api::api_of, kind::Kind, row::Row};
use crate::ResourceId;
use gcp::{Collection, methods::pubsub};
use names::{Duration, ServiceAccountEmail, SubscriptionName, TopicName};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A subscription that pushes or waits to be pulled, and never expires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// `projects/{project}/subscriptions/{subscription}`.
    pub name: SubscriptionName,
    /// Where its messages come from; it cannot be changed.
    pub topic: TopicName,
    /// Its labels; the deployment's mark is added.
    pub labels: BTreeMap<String, String>,
    /// 10 to 600 seconds.
    pub ack_deadline: Duration,
    /// How long messages are kept: 10 minutes to 31 days.
    pub retention: Duration,
    /// Where messages are pushed to; `None` if they are pulled.
    pub push: Option<PushEndpoint>,
    /// The shortest and longest pause between attempts, at most 600 seconds; `None`
    /// if what is not acknowledged is delivered again at once.
    pub backoff: Option<(Duration, Duration)>,
    /// Where a message goes after this many attempts (5 to 100); `None` if it is
    /// tried again as long as it is kept.
    pub dead_letters: Option<(TopicName, u32)>,
}

/// Where messages are pushed to, and the identity token that says who pushes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushEndpoint {
    /// `https://…`; its path names the subscription to the function.
    pub url: String,
    /// The token's account.
    pub account: ServiceAccountEmail,
    /// The token's audience.
    pub audience: String,
}

fn seconds(duration: Duration) -> Value {
    json!(format!("{}s", duration.as_secs()))
}

fn push<T: serde::Serialize>(s: &Subscription, field: fn(&PushEndpoint) -> T) -> Value {
    json!(s.push.as_ref().map(field))
}

impl Kind for Subscription {
    type Name = SubscriptionName;

    const COLLECTION: &'static Collection = &pubsub::SUBSCRIPTIONS;
    const ROWS: &'static [Row<Self>] = &[
        Row::new("topic", "topic", |s: &Self| json!(s.topic))
            .immutable()
            .needed(),
        Row::new("ack-deadline-seconds", "ackDeadlineSeconds", |s: &Self| {
            json!(s.ack_deadline.as_secs())
        })
        .needed(),
        Row::new("retention", "messageRetentionDuration", |s: &Self| {
            seconds(s.retention)
        }),
        // Without `ttl`, it never expires.
        Row::new("expiration", "expirationPolicy", |_| json!({})).needed(),
        Row::new("push-endpoint", "pushConfig.pushEndpoint", |s: &Self| {
            push(s, |push| push.url.clone())
        })
        .needed(),
        Row::new(
            "push-account",
            "pushConfig.oidcToken.serviceAccountEmail",
            |s: &Self| push(s, |push| push.account.clone()),
        )
        .needed(),
        Row::new(
            "push-audience",
            "pushConfig.oidcToken.audience",
            |s: &Self| push(s, |push| push.audience.clone()),
        )
        .needed(),
        Row::new("min-backoff", "retryPolicy.minimumBackoff", |s: &Self| {
            json!(s.backoff.map(|(shortest, _)| seconds(shortest)))
        }),
        Row::new("max-backoff", "retryPolicy.maximumBackoff", |s: &Self| {
            json!(s.backoff.map(|(_, longest)| seconds(longest)))
        }),
        Row::new(
            "dead-letter-topic",
            "deadLetterPolicy.deadLetterTopic",
            |s: &Self| json!(s.dead_letters.as_ref().map(|(topic, _)| topic)),
        ),
        Row::new(
            "max-attempts",
            "deadLetterPolicy.maxDeliveryAttempts",
            |s: &Self| json!(s.dead_letters.as_ref().map(|(_, attempts)| attempts)),
        ),
        Row::labels("labels", |s: &Self| json!(s.labels)),
    ];

    fn name(&self) -> SubscriptionName {
        self.name.clone()
    }

    fn dependencies(&self) -> Vec<ResourceId> {
        let [api] = api_of(self.name.project(), "pubsub.googleapis.com");
        let account = self.push.as_ref().map(|push| &push.account);
        let dead_letters = self.dead_letters.as_ref().map(|(topic, _)| topic);
        let mut all = vec![api, ResourceId::Topic(self.topic.clone())];
        all.extend(account.cloned().map(ResourceId::Account));
        all.extend(dead_letters.cloned().map(ResourceId::Topic));
        all
    }
}
