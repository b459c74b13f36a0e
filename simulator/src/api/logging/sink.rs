//! Sinks.

use super::query;
use crate::{
    ApiError, Call, Cloud,
    collection::{IdSource, Kind, Row},
};
use serde_json::{Value, json};

/// How the destinations begin that are topics.
pub(super) const PUBSUB: &str = "pubsub.googleapis.com/";

/// The identity of sinks without one of their own.
const SHARED_WRITER: &str = "serviceAccount:cloud-logs@system.gserviceaccount.com";

/// The fields that an update without a mask changes. Source: discovery.
const CHANGED_WITHOUT_MASK: [&str; 3] = ["destination", "filter", "includeChildren"];

/// The message for one that exists already is unverified.
pub(crate) static SINK: Kind = Kind::new("logging.v2", "projects.sinks")
    .id(
        IdSource::Body("name"),
        "[a-zA-Z0-9][a-zA-Z0-9_.-]{0,99}",
        |id| {
            let letter = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
            id.len() <= 100
                && id.starts_with(|c: char| c.is_ascii_alphanumeric())
                && id.bytes().all(letter)
        },
    )
    .messages(
        |_, name| format!("Sink {} does not exist", id(name)),
        |_, name| format!("Sink {} already exists", id(name)),
    )
    .prepare(prepare);

fn id(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}

fn prepare(
    cloud: &Cloud,
    call: &Call,
    name: &str,
    old: Option<&Row>,
    body: &mut Value,
) -> Result<(), ApiError> {
    if call.query("customWriterIdentity").is_some() {
        let message = "customWriterIdentity is not simulated.";
        return Err(ApiError::unimplemented(message));
    }
    if let Some(old) = old
        && call.query("updateMask").is_none()
    {
        let new = std::mem::replace(body, old.body.clone());
        for field in CHANGED_WITHOUT_MASK {
            body[field] = new[field].clone();
        }
    }
    check_filter(body, body)?;
    for exclusion in body["exclusions"].as_array().into_iter().flatten() {
        if exclusion["name"].is_null() || exclusion["filter"].is_null() {
            // Unverified.
            return Err(ApiError::invalid("An exclusion needs a name and a filter."));
        }
        check_filter(body, exclusion)?;
    }
    let writer = writer(cloud, call, name, old, body)?;
    body["writerIdentity"] = json!(writer);
    if let Some(fields) = body.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    Ok(())
}

/// Checks the filter of a sink or of one of its exclusions. One that is not
/// simulated is refused only where it would be used.
fn check_filter(sink: &Value, of: &Value) -> Result<(), ApiError> {
    let exports = sink["destination"].as_str().unwrap_or_default();
    match query::parse(of["filter"].as_str().unwrap_or_default()) {
        Err(error) if error.status != 501 || exports.starts_with(PUBSUB) => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// The identity with which a sink writes; none in a log bucket of its own
/// project.
fn writer(
    cloud: &Cloud,
    call: &Call,
    name: &str,
    old: Option<&Row>,
    body: &Value,
) -> Result<Option<String>, ApiError> {
    let destination = body["destination"].as_str().unwrap_or_default();
    let project = name.split('/').nth(1).unwrap_or_default();
    let number = cloud.iam.project_number(project);
    let is_own = |other: &str| other == project || other == number;
    let parts: Vec<&str> = destination.split('/').collect();
    let is_foreign = match parts[..] {
        [
            "logging.googleapis.com",
            "projects",
            of,
            "locations",
            _,
            "buckets",
            _,
        ] if is_own(of) => {
            return Ok(None);
        }
        ["storage.googleapis.com", _] => false,
        ["bigquery.googleapis.com", "projects", of, "datasets", _]
        | ["pubsub.googleapis.com", "projects", of, "topics", _]
        | ["logging.googleapis.com", "projects", of]
        | [
            "logging.googleapis.com",
            "projects",
            of,
            "locations",
            _,
            "buckets",
            _,
        ] => !is_own(of),
        _ => {
            // Unverified.
            let message = format!("Invalid destination: {destination:?}.");
            return Err(ApiError::invalid(message));
        }
    };
    let unique = call.query("uniqueWriterIdentity");
    let unique = unique.is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let own = format!("serviceAccount:service-{number}@gcp-sa-logging.iam.gserviceaccount.com");
    match old {
        _ if unique => Ok(Some(own)),
        Some(old) if old.body["writerIdentity"] == own.as_str() => Err(ApiError::invalid(
            // Unverified.
            "The sink has a unique writer identity: uniqueWriterIdentity must be true.",
        )),
        _ if is_foreign => Err(ApiError::invalid(
            "The destination project must be the same as the sink's project. \
             Use uniqueWriterIdentity=true to allow cross project exports.",
        )),
        Some(_) | None => Ok(Some(SHARED_WRITER.to_owned())),
    }
}
