//! `pull`, `acknowledge` and `modifyAckDeadline`.

use super::{
    backlog::{State, key, prefix},
    body::parse,
    delivery,
};
use crate::{ApiError, ApiResponse, Call, Cloud};
use names::{Duration, Timestamp};
use serde::Deserialize;
use serde_json::json;

/// How long a pull waits for a message. Google does not document this.
const PULL_TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Pull {
    #[serde(default)]
    max_messages: usize,
    #[serde(default)]
    return_immediately: bool,
}

pub(super) fn pull(cloud: &mut Cloud, call: &Call, name: &str) -> Result<ApiResponse, ApiError> {
    let pubsub = &mut cloud.pubsub;
    let subscription = &pubsub.subscriptions[name];
    let Pull {
        max_messages,
        return_immediately,
    } = parse(&call.body)?;
    if max_messages == 0 {
        return Err(ApiError::invalid(
            "The value for max_messages must be greater than 0.",
        ));
    }
    subscription.check_attached(name)?;
    if !subscription.push_config.push_endpoint.is_empty() {
        let message = "This method is not supported for this subscription type.";
        return Err(ApiError::failed_precondition(message));
    }
    let counted = subscription.dead_letter_policy.is_some();
    let lease = call.now + Duration::from_secs(subscription.ack_deadline_seconds.into());
    let due = |state| matches!(state, State::Waiting(at) if at <= call.now);
    let prefix = prefix(name);
    // Expired messages first, as they would block later ones with the same
    // ordering key.
    let expired = pubsub
        .backlog
        .with_prefix(&prefix)
        .take_while(|(_, row)| row.expires <= call.now);
    for key in expired.map(|(key, _)| key.clone()).collect::<Vec<_>>() {
        pubsub.backlog.remove(&key);
    }
    let (mut taken, mut received) = (Vec::new(), Vec::new());
    for (key, row) in pubsub.backlog.with_prefix(&prefix) {
        if taken.len() == max_messages {
            break;
        }
        if due(row.state) && pubsub.backlog.is_next_in_order(key, row) {
            let attempt = row.attempts + 1;
            let ack_id = format!("{}-{attempt}", row.message.message_id);
            let mut one = json!({ "ackId": ack_id, "message": row.message });
            if counted {
                one["deliveryAttempt"] = attempt.into();
            }
            received.push(one);
            taken.push(key.clone());
        }
    }
    let until = call.arrived + PULL_TIMEOUT;
    if taken.is_empty() {
        // Any change of the cloud until then repeats this call.
        let waits = !return_immediately && call.now < until;
        return Ok(if waits {
            ApiResponse::WaitUntil(until)
        } else {
            ApiResponse::Json(json!({}))
        });
    }
    for key in taken {
        pubsub.backlog.set_state(&key, State::Leased(lease), true);
    }
    Ok(ApiResponse::Json(json!({ "receivedMessages": received })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AckRequest {
    #[serde(default)]
    ack_ids: Vec<String>,
    #[serde(default)]
    ack_deadline_seconds: u64,
}

/// The keys of the messages with the ack IDs in the call. IDs of messages that
/// are gone or were redelivered are ignored, as an ack may be late or repeated.
fn acked_keys(cloud: &Cloud, name: &str, acks: &AckRequest) -> Result<Vec<String>, ApiError> {
    if acks.ack_ids.is_empty() {
        return Err(ApiError::invalid(
            "The request must name at least one ack ID.",
        ));
    }
    let mut keys = Vec::new();
    for ack_id in &acks.ack_ids {
        let parts = ack_id.split_once('-');
        let ids = parts.and_then(|(id, n)| Some((id.parse().ok()?, n.parse::<u32>().ok()?)));
        let (id, attempt): (u64, u32) = ids.ok_or_else(|| {
            let message = "You have passed an invalid ack ID to the service";
            ApiError::invalid(format!("{message} (ack_id={ack_id})."))
        })?;
        let key = key(name, id);
        if cloud
            .pubsub
            .backlog
            .get(&key)
            .is_some_and(|row| row.attempts == attempt)
        {
            keys.push(key);
        }
    }
    Ok(keys)
}

pub(super) fn acknowledge(
    cloud: &mut Cloud,
    call: &Call,
    name: &str,
) -> Result<ApiResponse, ApiError> {
    for key in acked_keys(cloud, name, &parse(&call.body)?)? {
        cloud.pubsub.acknowledge(&key, call.now);
    }
    Ok(ApiResponse::Json(json!({})))
}

/// Zero seconds is a nack: the message is due again.
pub(super) fn modify_ack_deadline(
    cloud: &mut Cloud,
    call: &Call,
    name: &str,
) -> Result<ApiResponse, ApiError> {
    let acks: AckRequest = parse(&call.body)?;
    if acks.ack_deadline_seconds > 600 {
        return Err(ApiError::invalid("The ack deadline is 0 to 600 seconds."));
    }
    let until: Timestamp = call.now + Duration::from_secs(acks.ack_deadline_seconds);
    for key in acked_keys(cloud, name, &acks)? {
        let state = cloud.pubsub.backlog.get(&key).map(|row| row.state);
        match state {
            Some(State::Leased(_)) if acks.ack_deadline_seconds == 0 => {
                delivery::nack(cloud, &key, call.now);
            }
            Some(State::Leased(_)) => {
                cloud
                    .pubsub
                    .backlog
                    .set_state(&key, State::Leased(until), false)
            }
            Some(State::Waiting(_) | State::Pushed(_)) | None => {}
        }
    }
    Ok(ApiResponse::Json(json!({})))
}
