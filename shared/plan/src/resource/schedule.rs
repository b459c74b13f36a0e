//! Jobs of Cloud Scheduler that publish to a topic.

use super::{api::api_of, kind::Kind, row::Row};
use crate::ResourceId;
use gcp::{Collection, methods::cloudscheduler};
use names::{ScheduleName, TopicName};
use serde_json::json;

/// A message that is published on a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// `projects/{project}/locations/{location}/jobs/{job}`.
    pub name: ScheduleName,
    /// Its purpose; the deployment's mark is added.
    pub description: String,
    /// When, in the form of crontab, in UTC.
    pub schedule: String,
    /// Where it is published: a topic of the same project.
    pub topic: TopicName,
    /// The message in base64; not empty.
    pub data: String,
}

impl Kind for Schedule {
    type Name = ScheduleName;

    const COLLECTION: &'static Collection = &cloudscheduler::JOBS;
    const ROWS: &'static [Row<Self>] = &[
        Row::new("description", "description", |s: &Self| {
            json!(s.description)
        })
        .mark(),
        Row::new("schedule", "schedule", |s: &Self| json!(s.schedule)).needed(),
        Row::new("time-zone", "timeZone", |_| json!("Etc/UTC")).needed(),
        Row::new("topic", "pubsubTarget.topicName", |s: &Self| json!(s.topic)).needed(),
        Row::new("data", "pubsubTarget.data", |s: &Self| json!(s.data)).needed(),
        Row::new("retries", "retryConfig.retryCount", |_| json!(3)),
        Row::new("min-backoff", "retryConfig.minBackoffDuration", |_| {
            json!("5s")
        }),
        Row::new("max-backoff", "retryConfig.maxBackoffDuration", |_| {
            json!("20s")
        }),
    ];

    fn name(&self) -> ScheduleName {
        self.name.clone()
    }

    fn dependencies(&self) -> Vec<ResourceId> {
        let [api] = api_of(self.name.project(), "cloudscheduler.googleapis.com");
        vec![api, ResourceId::Topic(self.topic.clone())]
    }
}
