//! Delivery: pushes, their outcome, redelivery with backoff, dead letters.

use super::{backlog::State, name::short};
use crate::{Cloud, Command};
use names::{Duration, Timestamp};

/// How many pushes of one subscription may be out at once. Real Pub/Sub adapts
/// its window to the endpoint; the figure is ours.
pub(super) const WINDOW: usize = 100;

/// Delivers what is due, and gives up on deliveries that nobody answered.
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
            State::Pushed(_) | State::Leased(_) => refuse(cloud, &key, now),
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
    let room = pubsub.backlog.outstanding(&name) < WINDOW;
    if !pubsub.backlog.is_head(key, row) {
        // The place it might have taken is for another.
        if room {
            pubsub.backlog.unpark(&name);
        }
        return;
    }
    if !room {
        pubsub.backlog.park(key, &name);
        return;
    }
    let attempt = row.attempts + 1;
    let (headers, body) = row.message.push(&name, subscription, attempt);
    let endpoint = subscription.push_config.push_endpoint.clone();
    let deadline_seconds = subscription.ack_deadline_seconds;
    let identity = subscription.push_config.identity();
    let until = now + Duration::from_secs(deadline_seconds.into());
    pubsub.backlog.set(key, State::Pushed(until), true);
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

/// A delivery failed: the message becomes a dead letter, or waits for the next.
pub(super) fn refuse(cloud: &mut Cloud, key: &str, now: Timestamp) {
    let pubsub = &mut cloud.pubsub;
    let Some(row) = pubsub.backlog.get(key) else {
        return;
    };
    let Some(subscription) = pubsub.subscriptions.get(&row.subscription) else {
        return;
    };
    if let Some(policy) = &subscription.dead_letter_policy
        && row.attempts >= policy.max_delivery_attempts
        && pubsub.topics.contains(&policy.dead_letter_topic)
    {
        let topic = policy.dead_letter_topic.clone();
        let mut message = row.message.clone();
        let project = row.subscription.split('/').nth(1).unwrap_or_default();
        for (what, value) in [
            ("DeliveryCount", row.attempts.to_string()),
            ("Subscription", short(&row.subscription).to_owned()),
            ("SubscriptionProject", project.to_owned()),
            ("TopicPublishTime", message.publish_time.clone()),
        ] {
            message
                .attributes
                .insert(format!("CloudPubSubDeadLetterSource{what}"), value);
        }
        pubsub.backlog.remove(key);
        pubsub.publish(&topic, message, now);
        return;
    }
    let next = now + subscription.backoff(row.attempts);
    pubsub.backlog.set(key, State::Waiting(next), false);
}

impl Cloud {
    /// Tells what came of a [`Command::Push`]: the endpoint's HTTP status, or
    /// `None` if it did not answer in time. 102, 200, 201, 202 and 204
    /// acknowledge the message; anything else has it delivered again. A
    /// delivery that is over already is ignored.
    pub fn pushed(&mut self, delivery: &str, status: Option<u16>, now: Timestamp) {
        let Some((key, attempt)) = delivery.rsplit_once('#') else {
            return;
        };
        let Some(row) = self.pubsub.backlog.get(key) else {
            return;
        };
        let out = matches!(row.state, State::Pushed(_)) && row.attempts.to_string() == attempt;
        match status {
            _ if !out => {}
            Some(102 | 200 | 201 | 202 | 204) => self.pubsub.backlog.remove(key),
            Some(_) | None => refuse(self, key, now),
        }
    }
}
