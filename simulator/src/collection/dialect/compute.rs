//! The conventions of Compute Engine: links, fingerprints, operations.

use crate::{
    ApiError,
    collection::{
        operation::Operation,
        page::{Page, Paging},
        row::Row,
    },
    discovery::Schema,
};
use aws_lc_rs::digest;
use base64::{Engine, prelude::BASE64_URL_SAFE};
use names::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(crate) const PAGING: Paging = Paging {
    size: "maxResults",
    token: "pageToken",
    default: 500,
    max: 500,
    invalid: |field, value, reason| {
        let space = if reason.is_empty() { "" } else { " " };
        format!("Invalid value for field '{field}': '{value}'.{space}{reason}")
    },
    strict: true,
};

/// 404, with the message as recorded.
pub(crate) fn not_found(path: &str) -> ApiError {
    ApiError::not_found(format!("The resource '{path}' was not found"))
}

pub(crate) fn already_exists(path: &str) -> ApiError {
    ApiError::already_exists(format!("The resource '{path}' already exists"))
}

/// 400, with Google's wording.
pub(crate) fn invalid_value(field: &str, value: &str, reason: &str) -> ApiError {
    ApiError::invalid(format!(
        "Invalid value for field 'resource.{field}': '{value}'. {reason}"
    ))
}

/// The absolute URL of a resource. At Google it has one name, whichever was asked.
pub(crate) fn absolute_url(origin: &str, path: &str) -> String {
    let origin = match origin.starts_with("https://") {
        true => "https://www.googleapis.com",
        false => origin,
    };
    format!("{origin}/compute/v1/{path}")
}

/// Fields that hold a reference. They are stored as full relative paths, since
/// the origin of links may differ between calls.
const LINKS: &[&str] = &[
    "acceleratorType",
    "diskType",
    "machineType",
    "network",
    "region",
    "selfLink",
    "selfLinkWithId",
    "source",
    "sourceDisk",
    "sourceImage",
    "sourceSnapshot",
    "subnetwork",
    "targetLink",
    "type",
    "zone",
];

/// Makes every link in `resource` absolute.
pub(crate) fn make_links_absolute(resource: &mut Value, origin: &str) {
    if let Some(list) = resource.as_array_mut() {
        list.iter_mut()
            .for_each(|item| make_links_absolute(item, origin));
    }
    let Some(fields) = resource.as_object_mut() else {
        return;
    };
    for (key, value) in fields {
        match (value.as_str(), key.as_str()) {
            (Some(path), key) if path.starts_with("projects/") && LINKS.contains(&key) => {
                *value = absolute_url(origin, path).into();
            }
            (Some(_), _) => {}
            (None, "subnetworks" | "users") => {
                for link in value.as_array_mut().into_iter().flatten() {
                    *link = absolute_url(origin, link.as_str().unwrap_or_default()).into();
                }
            }
            (None, _) => make_links_absolute(value, origin),
        }
    }
}

/// A fingerprint, which changes with the value.
pub(crate) fn fingerprint(value: &Value) -> String {
    let digest = digest::digest(&digest::SHA256, value.to_string().as_bytes());
    BASE64_URL_SAFE.encode(&digest.as_ref()[..8])
}

/// Adds the fields that every resource has.
pub(in crate::collection) fn complete(
    fields: &BTreeMap<&str, Schema>,
    singular: &str,
    name: &str,
    row: &Row,
    json: &mut Value,
) {
    json["kind"] = format!("compute#{singular}").into();
    json["id"] = row.uid.as_str().into();
    json["creationTimestamp"] = json!(row.created);
    json["selfLink"] = name.into();
    if fields.contains_key("fingerprint") {
        json["fingerprint"] = fingerprint(&row.body).into();
    }
    if fields.contains_key("selfLinkWithId") {
        let (parent, _) = name.rsplit_once('/').unwrap_or_default();
        json["selfLinkWithId"] = format!("{parent}/{}", row.uid).into();
    }
}

/// A list resource. As Google does, it omits `items` if there are none.
pub(crate) fn list_json(page: Page, kind: &str, url: &str, id: &str) -> Value {
    let mut json = json!({ "kind": kind, "id": id, "selfLink": url });
    if !page.items.is_empty() {
        json["items"] = page.items.into_iter().map(|(_, item)| item).collect();
    }
    if let Some(next) = page.next {
        json["nextPageToken"] = next.into();
    }
    json
}

/// `compute#operation`.
pub(crate) fn operation_json(operation: &Operation, origin: &str, now: Timestamp) -> Value {
    let done = operation.is_done(now);
    let mut json = json!({
        "kind": "compute#operation",
        "id": operation.id,
        "name": operation.name,
        "operationType": operation.kind,
        "targetLink": operation.target,
        "targetId": operation.target_id,
        "status": if done { "DONE" } else { "RUNNING" },
        "progress": if done { 100 } else { 0 },
        "user": operation.user,
        "insertTime": operation.begun,
        "startTime": operation.begun,
        "selfLink": operation.path(),
    });
    for (place, field) in [("/zones/", "zone"), ("/regions/", "region")] {
        if operation.scope.contains(place) {
            json[field] = operation.scope.as_str().into();
        }
    }
    if !operation.request.is_empty() {
        json["clientOperationId"] = operation.request.as_str().into();
    }
    if let Some(ended) = operation.ended.filter(|_| done) {
        json["endTime"] = json!(ended);
    }
    if let Some(error) = &operation.error {
        json["httpErrorStatusCode"] = error.http_status.into();
        json["httpErrorMessage"] = error.http_message.clone().into();
        let mut item = json!({ "code": error.code, "message": error.message });
        if !error.details.is_empty() {
            item["errorDetails"] = error.details.clone().into();
        }
        json["error"] = json!({ "errors": [item] });
    }
    make_links_absolute(&mut json, origin);
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_become_absolute_and_texts_do_not() {
        let mut value = json!({"disks": [{"source": "projects/p/zones/z/disks/d"}],
            "metadata": {"items": [{"key": "zone", "value": "projects/p"}]}});
        make_links_absolute(&mut value, "http://h");
        assert_eq!(
            value["disks"][0]["source"],
            "http://h/compute/v1/projects/p/zones/z/disks/d"
        );
        assert_eq!(value["metadata"]["items"][0]["value"], "projects/p");
    }
}
