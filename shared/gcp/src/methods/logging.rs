//! Cloud Logging, v2.

use crate::{Collection, Idempotency, NewId, ResponseKind, collection::collection};

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
    get get "/v2/{+sinkName}" (get Resource)
        .response_fields(&["name", "description", "destination", "filter", "writerIdentity"]);
    patch patch "/v2/{+sinkName}" (update Resource)
        .query(&["uniqueWriterIdentity", "updateMask"])
        .request_fields(FIELDS).response_fields(&["writerIdentity"])
        .idempotency(Idempotency::Always);
    delete delete "/v2/{+sinkName}" (delete Resource).response(ResponseKind::Empty);
}
