//! Topics, subscriptions, the schedule, and the sink of Compute Engine's audit
//! log. Pure.

use super::services::REGION;
use crate::deployment::{Deployment, install};
use serde_json::{Value, json};

/// System events of Compute Engine that announce or report the end of a machine.
/// Source: Compute Engine's documentation of audit logs.
const NOTICES: [&str; 5] = [
    "guestTerminate",
    "hostError",
    "preempted",
    "terminateOnHostMaintenance",
    "upcomingMaintenance",
];

pub(super) fn topics(deployment: &Deployment) -> Vec<Value> {
    let topic = |topic: &names::TopicName| json!({ "name": topic.to_string() });
    install::topics(deployment).map(topic).into()
}

pub(super) fn subscriptions(deployment: &Deployment) -> Vec<Value> {
    let subscription = |(name, function): &(&str, &str)| {
        let url = format!("https://{function}-PROJECT_NUMBER.{REGION}.run.app/");
        let mut body = install::subscription_body(deployment, name, function, &url);
        body["name"] = json!(format!("projects/{}/subscriptions/{name}", deployment.home));
        // Without this, subscriptions expire after 31 days of inactivity.
        body["expirationPolicy"] = json!({});
        body
    };
    install::SUBSCRIPTIONS.iter().map(subscription).collect()
}

pub(in crate::deployment) fn schedules(deployment: &Deployment) -> Vec<Value> {
    vec![json!({
        "name": format!("projects/{}/locations/{REGION}/jobs/tick", deployment.home),
        "schedule": "* * * * *",
        "timeZone": "Etc/UTC",
        // `{}` in base64: a message must not be empty.
        "pubsubTarget": { "topicName": deployment.ticks.to_string(), "data": "e30=" },
    })]
}

/// One sink, in the project of the machines.
pub(in crate::deployment) fn log_sinks(deployment: &Deployment) -> Vec<Value> {
    let project = &deployment.settings.project;
    let names: Vec<String> = NOTICES
        .iter()
        .map(|n| format!("\"compute.instances.{n}\""))
        .collect();
    vec![json!({
        "name": "groundcrew-maintenance-noticed",
        "destination": format!("pubsub.googleapis.com/{}", deployment.maintenance),
        "filter": format!(
            "logName=\"projects/{project}/logs/cloudaudit.googleapis.com%2Fsystem_event\" \
             AND resource.type=\"gce_instance\" AND protoPayload.methodName=({})",
            names.join(" OR "),
        ),
    })]
}
