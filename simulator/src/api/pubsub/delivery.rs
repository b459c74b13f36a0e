//! Delivery: pushes, their results, redelivery with backoff, dead letter
//! topics.

use super::{backlog::State, name::last_segment, topics::TOPIC};
use crate::{Cloud, Command, api::cloudscheduler};
use names::{Duration, Timestamp};

/// Maximum number of outstanding pushes of a subscription. Pub/Sub adapts its
/// window to the endpoint; this number is arbitrary.
pub(super) const MAX_OUTSTANDING: usize = 100;

/// Pushes what is due, and ends deliveries whose deadline has passed.
pub(crate) fn advance(cloud: &mut Cloud, now: Timestamp) {
    while let Some(key) = cloud.pubsub.backlog.take_due(now) {
        let Some(row) = cloud.pubsub.backlog.get(&key) else {
            continue;
        };
        if row.expires <= now {
            cloud.pubsub.backlog.remove(&key);
            continue;
        }
        match row.state {
            State::Pushed(_) | State::Leased(_) => nack(cloud, &key, now),
            State::Waiting(_) => push(cloud, &key, now),
        }
    }
}

fn push(cloud: &mut Cloud, key: &str, now: Timestamp) {
    let pubsub = &mut cloud.pubsub;
    let Some(row) = pubsub.backlog.get(key) else {
        return;
    };
    let name = row.subscription.clone();
    let Some(subscription) = pubsub.subscriptions.get(&name) else {
        return;
    };
    if subscription.push_config.push_endpoint.is_empty() {
        return;
    }
    let room = pubsub.backlog.outstanding(&name) < MAX_OUTSTANDING;
    if !pubsub.backlog.is_next_in_order(key, row) {
        // Another message can have its slot.
        if room {
            pubsub.backlog.unthrottle(&name);
        }
        return;
    }
    if !room {
        pubsub.backlog.throttle(key, &name);
        return;
    }
    let attempt = row.attempts + 1;
    let (headers, body) = row.message.push(&name, subscription, attempt);
    let endpoint = subscription.push_config.push_endpoint.clone();
    let deadline_seconds = subscription.ack_deadline_seconds;
    let identity = subscription.push_config.identity();
    let until = now + Duration::from_secs(deadline_seconds.into());
    pubsub.backlog.set_state(key, State::Pushed(until), true);
    let token = identity.map(|(account, audience)| {
        cloud.id_token(&account, &audience, serde_json::Map::new(), now)
    });
    let delivery = format!("{key}#{attempt}");
    cloud.command(Command::Push {
        delivery,
        endpoint,
        token,
        headers,
        body,
        deadline_seconds,
    });
}

/// Handles a failed delivery: the message goes to the dead letter topic or
/// waits for redelivery.
pub(super) fn nack(cloud: &mut Cloud, key: &str, now: Timestamp) {
    let pubsub = &cloud.pubsub;
    let Some(row) = pubsub.backlog.get(key) else {
        return;
    };
    let Some(subscription) = pubsub.subscriptions.get(&row.subscription) else {
        return;
    };
    if let Some(policy) = &subscription.dead_letter_policy
        && row.attempts >= policy.max_delivery_attempts
        && TOPIC.row(cloud, &policy.dead_letter_topic).is_some()
    {
        let topic = policy.dead_letter_topic.clone();
        let mut message = row.message.clone();
        let project = row.subscription.split('/').nth(1).unwrap_or_default();
        for (what, value) in [
            ("DeliveryCount", row.attempts.to_string()),
            ("Subscription", last_segment(&row.subscription).to_owned()),
            ("SubscriptionProject", project.to_owned()),
            ("TopicPublishTime", message.publish_time.clone()),
        ] {
            message
                .attributes
                .insert(format!("CloudPubSubDeadLetterSource{what}"), value);
        }
        cloud.pubsub.backlog.remove(key);
        cloud.pubsub.publish(&topic, message, now);
        return;
    }
    let next = now + subscription.backoff(row.attempts);
    cloud
        .pubsub
        .backlog
        .set_state(key, State::Waiting(next), false);
}

impl Cloud {
    /// Reports the result of a [`Command::Push`]: the HTTP status of the
    /// endpoint, or `None` if it did not respond in time. 102, 200, 201, 202
    /// and 204 acknowledge the message, any other status causes redelivery.
    /// Deliveries that have already ended are ignored. A job of Cloud Scheduler
    /// stores the result.
    pub fn pushed(&mut self, delivery: &str, status: Option<u16>, now: Timestamp) {
        if cloudscheduler::pushed(self, delivery, status) {
            return;
        }
        let Some((key, attempt)) = delivery.rsplit_once('#') else {
            return;
        };
        let Some(row) = self.pubsub.backlog.get(key) else {
            return;
        };
        let is_outstanding =
            matches!(row.state, State::Pushed(_)) && row.attempts.to_string() == attempt;
        match status {
            _ if !is_outstanding => {}
            Some(102 | 200 | 201 | 202 | 204) => self.pubsub.acknowledge(key, now),
            Some(_) | None => nack(self, key, now),
        }
    }
}
