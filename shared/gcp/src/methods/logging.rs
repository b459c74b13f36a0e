//! Cloud Logging, v2.

use crate::{
    Client, Collection, Error, Idempotency, Method, NewId, Request, RequiredPermission,
    ResourceName, ResponseKind, collection::collection,
};
use names::SinkName;
use serde::Deserialize;
use serde_json::{Value, json};

/// Every collection of this module.
pub static COLLECTIONS: &[&Collection] = &[&SINKS];

/// Every other method of this module.
pub static ALL: &[&Method] = &[&ENTRIES_LIST];

const FIELDS: &[&str] = &["name", "description", "destination", "filter"];

collection! {
    /// Sinks of projects. One with `uniqueWriterIdentity` writes with an identity of
    /// its own, as it must to another project; a change has to say so again.
    SINKS = "logging.projects.sinks" ("logging.sinks"),
    "projects/project-1/sinks/s", items: "sinks", id: NewId::Field("name");
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

/// Lists log entries of projects.
pub static ENTRIES_LIST: Method = Method::post("logging.entries.list", "/v2/entries:list")
    .request_fields(&[
        "resourceNames",
        "filter",
        "orderBy",
        "pageSize",
        "pageToken",
    ])
    .response_fields(&["entries", "nextPageToken"])
    .idempotency(Idempotency::Always)
    .requires(|request| {
        let body = request.body_json();
        let names = body["resourceNames"].as_array().into_iter().flatten();
        let names = names.filter_map(Value::as_str);
        names
            .map(|name| {
                RequiredPermission::on(
                    "logging.logEntries.list",
                    "cloudresourcemanager.googleapis.com",
                    name,
                )
            })
            .collect()
    });

/// The entries of `resources` (`projects/p`) that match `filter`, oldest first.
/// Those of Data Access logs are left out without
/// `logging.privateLogEntries.list`.
///
/// # Errors
/// A call failed.
pub async fn list_entries(
    client: &Client,
    resources: &[String],
    filter: &str,
) -> Result<Vec<Value>, Error> {
    let mut entries = Vec::new();
    let mut token = Value::Null;
    loop {
        let mut page: Value = client
            .json(&Request::new(&ENTRIES_LIST).json(&json!({
                "resourceNames": resources, "filter": filter, "orderBy": "timestamp asc",
                "pageSize": 1000, "pageToken": token,
            })))
            .await?;
        if let Value::Array(more) = page["entries"].take() {
            entries.extend(more);
        }
        let next = page["nextPageToken"].take();
        if next.is_null() || next == token {
            return Ok(entries);
        }
        token = next;
    }
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
