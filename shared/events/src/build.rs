//! What Cloud Build says of a build.

use crate::{Envelope, Unreadable, json::Object};
use names::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A message on the topic `cloud-builds`: a build, each time that its status
/// changes (Cloud Build API, `Build`; the parts that matter after it).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// The build's id, a UUID.
    pub id: String,
    /// The project it runs in; not a `ProjectId`, as old projects have ids such
    /// as `example.com:project`.
    pub project: String,
    /// How far it is.
    pub status: BuildStatus,
    /// More of the status, for people.
    pub status_detail: Option<String>,
    /// The id of the trigger that started it.
    pub trigger: Option<String>,
    /// The container images it pushed.
    pub images: Vec<Image>,
    /// The values of its variables, such as `COMMIT_SHA` and `_REGION`.
    pub substitutions: BTreeMap<String, String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// When it was asked for.
    pub created: Option<Timestamp>,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub finished: Option<Timestamp>,
    /// Where its log can be read.
    pub log_url: Option<String>,
}

/// A container image that a build pushed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Image {
    /// The image's name, with the tag if it has one.
    pub name: String,
    /// The digest of its manifest, `sha256:` and 64 hex digits.
    pub digest: Option<String>,
}

crate::json::proto_enum! {
    /// How far a build is (Cloud Build API, `Build.Status`).
    BuildStatus {
        /// Cloud Build does not know.
        Unknown = "STATUS_UNKNOWN" "0",
        /// Created, and not queued yet.
        Pending = "PENDING" "10",
        /// Waits for its turn.
        Queued = "QUEUED" "1",
        /// Runs.
        Working = "WORKING" "2",
        /// Ended well.
        Success = "SUCCESS" "3",
        /// A step failed.
        Failure = "FAILURE" "4",
        /// Cloud Build failed.
        InternalError = "INTERNAL_ERROR" "5",
        /// Took longer than it may.
        Timeout = "TIMEOUT" "6",
        /// Somebody cancelled it.
        Cancelled = "CANCELLED" "7",
        /// Waited for its turn longer than it may.
        Expired = "EXPIRED" "9",
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    id: Option<String>,
    project_id: String,
    status: BuildStatus,
    status_detail: Option<String>,
    build_trigger_id: Option<String>,
    results: Option<Object<Results>>,
    substitutions: Option<BTreeMap<String, String>>,
    tags: Option<Vec<String>>,
    create_time: Option<Timestamp>,
    start_time: Option<Timestamp>,
    finish_time: Option<Timestamp>,
    log_url: Option<String>,
}

#[derive(Deserialize)]
struct Results {
    images: Option<Vec<Object<Image>>>,
}

impl TryFrom<&Envelope> for Build {
    type Error = Unreadable;

    fn try_from(envelope: &Envelope) -> Result<Self, Unreadable> {
        let build: Object<Resource> = envelope.json("build")?;
        let build = build.0;
        // As a header, an attribute's name is in lower case.
        let attribute = || {
            let mut names = ["buildId", "buildid"].into_iter();
            names.find_map(|name| envelope.attributes.get(name).cloned())
        };
        let images = build.results.and_then(|results| results.0.images);
        Ok(Self {
            id: (build.id.or_else(attribute)).ok_or_else(|| {
                Unreadable::new("build", "id is missing, and so is the attribute buildId")
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
