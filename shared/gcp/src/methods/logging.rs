//! Cloud Logging, v2.

use crate::{Collection, Idempotency, NewId, ResourceName, ResponseKind, collection::collection};
use names::SinkName;
use serde::Deserialize;

/// Every collection of this module.
pub static COLLECTIONS: &[&Collection] = &[&SINKS];

const FIELDS: &[&str] = &["name", "description", "destination", "filter"];

collection! {
    /// Sinks of projects. One with `uniqueWriterIdentity` writes with an identity of
    /// its own, as it must to another project; a change has to say so again.
    SINKS = "logging.projects.sinks" ("logging.sinks"),
    "projects/project-1/sinks/s", items: "sinks", id: NewId::Name;
    create post "/v2/{+parent}/sinks" (create Resource)
        .query(&["uniqueWriterIdentity"])
        .request_fields(FIELDS).response_fields(&["writerIdentity"]);
    list get "/v2/{+parent}/sinks" (list Resource)
        .query(&["pageToken"])
        .response_fields(&[
            "sinks.name", "sinks.destination", "sinks.writerIdentity", "nextPageToken"
        ]);
    get get "/v2/{+sinkName}" (get Resource)
        .response_fields(&["name", "description", "destination", "filter", "writerIdentity"]);
    patch patch "/v2/{+sinkName}" (update Resource)
        .query(&["uniqueWriterIdentity", "updateMask"])
        .request_fields(FIELDS).response_fields(&["writerIdentity"])
        .idempotency(Idempotency::Always);
    delete delete "/v2/{+sinkName}" (delete Resource).response(ResponseKind::Empty);
}

/// A sink, as far as groundcrew reads it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogSink {
    /// Its id in the project.
    pub name: String,
    /// Where it exports to, such as `pubsub.googleapis.com/projects/p/topics/t`.
    pub destination: String,
    /// The member that it writes as. All sinks of a project may share one.
    #[serde(default)]
    pub writer_identity: String,
}

impl ResourceName for SinkName {
    type Resource = LogSink;
    type Listed = LogSink;
    const COLLECTION: &'static Collection = &SINKS;
}
