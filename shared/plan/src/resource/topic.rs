//! Topics.

use super::{api::api_of, kind::Kind, row::Row};
use crate::ResourceId;
use gcp::{Collection, methods::pubsub};
use names::TopicName;
use serde_json::json;
use std::collections::BTreeMap;

/// A topic that keeps no messages of its own: those without a subscription are lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// `projects/{project}/topics/{topic}`.
    pub name: TopicName,
    /// Its labels; the deployment's mark is added.
    pub labels: BTreeMap<String, String>,
}

impl Kind for Topic {
    type Name = TopicName;

    const COLLECTION: &'static Collection = &pubsub::TOPICS;
    const ROWS: &'static [Row<Self>] = &[Row::labels("labels", |t: &Self| json!(t.labels))];

    fn name(&self) -> TopicName {
        self.name.clone()
    }

    fn dependencies(&self) -> Vec<ResourceId> {
        api_of(self.name.project(), "pubsub.googleapis.com").into()
    }
}
