//! Exports of log entries by sinks. Only what goes to Pub/Sub is simulated; any
//! other destination gets nothing.

use super::{
    query,
    sink::{self, SINK},
};
use crate::{
    Cloud,
    collection::with_project_id,
    iam::{Principal, Resource},
};
use names::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;

/// Publishes an entry of a project's log to the topics of the sinks that it
/// matches. As on Google Cloud, nothing is sent if the topic does not exist or
/// the sink's identity may not publish to it.
pub(crate) fn export(cloud: &mut Cloud, project: &str, entry: &Value, now: Timestamp) {
    let sinks = SINK.rows(cloud, &format!("projects/{project}/sinks/"));
    let topics: Vec<String> = sinks
        .filter_map(|(_, row)| topic(cloud, &row.body, entry, now))
        .collect();
    for topic in topics {
        // Source of the attribute: https://cloud.google.com/logging/docs/export/pubsub
        let time = entry["timestamp"].as_str().unwrap_or_default().to_owned();
        let attributes = BTreeMap::from([("logging.googleapis.com/timestamp".to_owned(), time)]);
        // The topic exists: permissions were granted on it or above.
        let _ = cloud.publish_from_system(&topic, entry.to_string().as_bytes(), attributes, now);
    }
}

/// The topic to which a sink exports an entry.
fn topic(cloud: &Cloud, sink: &Value, entry: &Value, now: Timestamp) -> Option<String> {
    let topic = sink["destination"].as_str()?.strip_prefix(sink::PUBSUB)?;
    let topic = with_project_id(cloud, topic.to_owned());
    let matches = |of: &Value| {
        let filter = query::parse(of["filter"].as_str().unwrap_or_default());
        of["disabled"] != true && filter.is_ok_and(|filter| query::matches(&filter, entry))
    };
    let excluded = sink["exclusions"].as_array().into_iter().flatten();
    if !matches(sink) || excluded.into_iter().any(matches) {
        return None;
    }
    let writer = sink["writerIdentity"].as_str()?;
    let writer = Principal::service_account(writer.trim_start_matches("serviceAccount:"));
    let resource = Resource::new("pubsub.googleapis.com", "Topic", topic.as_str());
    cloud
        .allows(&writer, "pubsub.topics.publish", &resource, now)
        .then_some(topic)
}
