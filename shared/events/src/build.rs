//! Notifications of Cloud Build.

use crate::{DecodeError, Envelope, json::JsonObject};
use names::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A message on the topic `cloud-builds`, sent each time that the status of a
/// build changes (Cloud Build API, `Build`; only the fields used here).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// The build's id, a UUID.
    pub id: String,
    /// The project it runs in; not a `ProjectId`, as old projects have ids such
    /// as `example.com:project`.
    pub project: String,
    /// The progress of the build; each change is a message.
    pub status: BuildStatus,
    /// Details about the status, for people.
    pub status_detail: Option<String>,
    /// Id of the trigger that started it.
    pub trigger: Option<String>,
    /// The container images that it pushed.
    pub images: Vec<BuiltImage>,
    /// Substitution variables, such as `COMMIT_SHA` and `_REGION`.
    pub substitutions: BTreeMap<String, String>,
    /// Tags from the build's configuration.
    pub tags: Vec<String>,
    /// When the build was requested.
    pub created: Option<Timestamp>,
    /// When a worker started it.
    pub started: Option<Timestamp>,
    /// When it ended, with whatever status.
    pub finished: Option<Timestamp>,
    /// URL of its log in the Google Cloud console.
    pub log_url: Option<String>,
}

/// A container image that a build pushed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BuiltImage {
    /// Name of the image, with the tag if it has one.
    pub name: String,
    /// Digest of its manifest, `sha256:` and 64 hex digits.
    pub digest: Option<String>,
}

crate::json::proto_enum! {
    /// Status of a build (Cloud Build API, `Build.Status`).
    BuildStatus {
        /// Cloud Build does not know the status.
        Unknown = "STATUS_UNKNOWN" "0",
        /// Created, but not queued yet.
        Pending = "PENDING" "10",
        /// Queued; no worker yet.
        Queued = "QUEUED" "1",
        /// A worker is running the steps.
        Working = "WORKING" "2",
        /// Finished successfully.
        Success = "SUCCESS" "3",
        /// A step failed.
        Failure = "FAILURE" "4",
        /// Failed because of an error in Cloud Build.
        InternalError = "INTERNAL_ERROR" "5",
        /// Exceeded its timeout.
        Timeout = "TIMEOUT" "6",
        /// Cancelled by a user.
        Cancelled = "CANCELLED" "7",
        /// Was queued for longer than its queue TTL.
        Expired = "EXPIRED" "9",
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BuildResource {
    id: Option<String>,
    project_id: String,
    status: BuildStatus,
    status_detail: Option<String>,
    build_trigger_id: Option<String>,
    results: Option<JsonObject<BuildResults>>,
    substitutions: Option<BTreeMap<String, String>>,
    tags: Option<Vec<String>>,
    create_time: Option<Timestamp>,
    start_time: Option<Timestamp>,
    finish_time: Option<Timestamp>,
    log_url: Option<String>,
}

#[derive(Deserialize)]
struct BuildResults {
    images: Option<Vec<JsonObject<BuiltImage>>>,
}

impl TryFrom<&Envelope> for Build {
    type Error = DecodeError;

    fn try_from(envelope: &Envelope) -> Result<Self, DecodeError> {
        let build: JsonObject<BuildResource> = envelope.json("build")?;
        let build = build.0;
        // The name is in lower case if the attribute arrived as a header.
        let attribute = || {
            let mut names = ["buildId", "buildid"].into_iter();
            names.find_map(|name| envelope.attributes.get(name).cloned())
        };
        let images = build.results.and_then(|results| results.0.images);
        Ok(Self {
            id: (build.id.or_else(attribute)).ok_or_else(|| {
                DecodeError::new("build", "id is missing, and so is the attribute buildId")
            })?,
            project: build.project_id,
            status: build.status,
            status_detail: build.status_detail,
            trigger: build.build_trigger_id.filter(|id| !id.is_empty()),
            images: images.into_iter().flatten().map(|image| image.0).collect(),
            substitutions: build.substitutions.unwrap_or_default(),
            tags: build.tags.unwrap_or_default(),
            created: build.create_time,
            started: build.start_time,
            finished: build.finish_time,
            log_url: build.log_url,
        })
    }
}
