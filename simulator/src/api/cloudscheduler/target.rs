//! Targets of jobs: what is valid, and what is sent. Rules and defaults are
//! from discovery; messages of errors are unverified.

use crate::{ApiError, Cloud, Command, base64_field};
use names::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Checks the one target of a job, and fills in defaults.
pub(super) fn prepare(job: &mut Value, project: &str) -> Result<(), ApiError> {
    match (job.get("pubsubTarget"), job.get("httpTarget")) {
        (Some(target), None) => check_pubsub(target, project),
        (None, Some(_)) => prepare_http(job),
        (None, None) | (Some(_), Some(_)) => {
            Err(ApiError::invalid("A job must have exactly one target."))
        }
    }
}

fn check_pubsub(target: &Value, project: &str) -> Result<(), ApiError> {
    let topic = target["topicName"].as_str().unwrap_or_default();
    match topic.split('/').collect::<Vec<_>>()[..] {
        ["projects", of, "topics", id] if of == project && !id.is_empty() => {}
        _ => {
            return Err(ApiError::invalid(format!(
                "PubsubTarget.topic_name {topic:?} must be a topic of project {project}."
            )));
        }
    }
    let attributes = target["attributes"].as_object();
    if target["data"].is_null() && attributes.is_none_or(Map::is_empty) {
        return Err(ApiError::invalid(
            "Pubsub message must contain either non-empty data, or at least one attribute.",
        ));
    }
    decode(&target["data"]).map(|_| ())
}

fn prepare_http(job: &mut Value) -> Result<(), ApiError> {
    let deadline = job["attemptDeadline"].as_str().unwrap_or("180s").to_owned();
    if !(15..=1800).contains(&seconds(&deadline)) {
        return Err(ApiError::invalid(
            "The attempt deadline must be in the interval [15 seconds, 30 minutes].",
        ));
    }
    job["attemptDeadline"] = deadline.into();
    let retry = &job["retryConfig"];
    let longest = seconds(retry["maxRetryDuration"].as_str().unwrap_or_default());
    if !retry["retryCount"].is_null() || longest > 0 {
        return Err(ApiError::unimplemented("Retries are not simulated."));
    }
    let target = &mut job["httpTarget"];
    let uri = target["uri"].as_str().unwrap_or_default();
    if !uri.starts_with("https://") && !uri.starts_with("http://") {
        let message = format!("HttpTarget.uri {uri:?} must begin with http:// or https://.");
        return Err(ApiError::invalid(message));
    }
    if target["httpMethod"].is_null() {
        target["httpMethod"] = "POST".into();
    }
    if target["httpMethod"] != "POST" || !target["oauthToken"].is_null() {
        return Err(ApiError::unimplemented(
            "HTTP methods other than POST and oauthToken are not simulated.",
        ));
    }
    let token = &target["oidcToken"];
    if !token.is_null() && token["serviceAccountEmail"].is_null() {
        return Err(ApiError::invalid(
            "An OIDC token must name a service account.",
        ));
    }
    decode(&target["body"]).map(|_| ())
}

/// Whole seconds of a duration (`180s`); 0 if it is none.
fn seconds(duration: &str) -> u32 {
    let digits = duration.strip_suffix('s').unwrap_or_default();
    let (whole, _) = digits.split_once('.').unwrap_or((digits, ""));
    whole.parse().unwrap_or(0)
}

fn decode(field: &Value) -> Result<Vec<u8>, ApiError> {
    let decoded = base64_field::decode(field.as_str().unwrap_or_default());
    decoded.ok_or_else(|| ApiError::invalid("Base64 decoding failed."))
}

/// Sends the message or request of a job, and returns the status, unless it
/// follows from the response to `delivery`. Google's service agent may publish
/// to every topic of its project.
pub(super) fn send(
    cloud: &mut Cloud,
    job: &Value,
    name: &str,
    delivery: String,
    now: Timestamp,
) -> Option<Value> {
    let texts = |fields: &Value| {
        let fields = fields.as_object().cloned().unwrap_or_default().into_iter();
        fields.map(|(name, value)| (name, value.as_str().unwrap_or_default().to_owned()))
    };
    let (pubsub, http) = (&job["pubsubTarget"], &job["httpTarget"]);
    if !pubsub.is_null() {
        let topic = pubsub["topicName"].as_str().unwrap_or_default();
        let data = decode(&pubsub["data"]).unwrap_or_default();
        let attributes = texts(&pubsub["attributes"]).collect();
        return Some(
            match cloud.publish_from_system(topic, &data, attributes, now) {
                Ok(_) => json!({}),
                Err(error) => json!({ "code": 5, "message": error.message }),
            },
        );
    }
    let endpoint = http["uri"].as_str().unwrap_or_default().to_owned();
    let token = &http["oidcToken"];
    let token = token["serviceAccountEmail"].as_str().map(|account| {
        let audience = token["audience"].as_str().unwrap_or(&endpoint);
        cloud.id_token(account, audience, Map::new(), now)
    });
    let id = name.rsplit('/').next().unwrap_or_default();
    let scheduled = job["scheduleTime"].as_str().unwrap_or_default();
    let mut headers = BTreeMap::new();
    if !http["body"].is_null() {
        headers.insert(
            "content-type".to_owned(),
            "application/octet-stream".to_owned(),
        );
    }
    headers.extend(texts(&http["headers"]).map(|(name, value)| (name.to_lowercase(), value)));
    let fixed = [
        ("user-agent", "Google-Cloud-Scheduler"),
        ("x-cloudscheduler", "true"),
        ("x-cloudscheduler-jobname", id),
        ("x-cloudscheduler-scheduletime", scheduled),
    ];
    headers.extend(fixed.map(|(name, value)| (name.to_owned(), value.to_owned())));
    cloud.command(Command::Push {
        delivery,
        endpoint,
        token,
        headers: headers.into_iter().collect(),
        body: decode(&http["body"]).unwrap_or_default().into(),
        deadline_seconds: seconds(job["attemptDeadline"].as_str().unwrap_or_default()),
    });
    None
}

/// The status after an endpoint's response, with the code of
/// `google.rpc.Code` that corresponds to its HTTP status.
pub(super) fn status(http_status: Option<u16>) -> Value {
    let code = match http_status {
        Some(200..=299) => return json!({}),
        Some(400) => 3,
        Some(401) => 16,
        Some(403) => 7,
        Some(404) => 5,
        Some(409) => 10,
        Some(429) => 8,
        Some(500) => 13,
        Some(501) => 12,
        Some(503) => 14,
        Some(_) => 2,
        None => 4,
    };
    json!({ "code": code })
}
