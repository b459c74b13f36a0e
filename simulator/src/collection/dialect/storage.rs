//! The conventions of Cloud Storage's JSON API.

use crate::{
    ApiError,
    collection::{
        page::{Page, Paging},
        row::Row,
    },
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

pub(super) const PAGING: Paging = Paging {
    size: "pageSize",
    token: "pageToken",
    default: 1000,
    max: 1000,
    invalid: |field, value, reason| format!("Invalid value for {field}: {value:?}. {reason}"),
    strict: false,
};

/// `managed folder` for `ManagedFolder`, in messages.
fn words(kind: &str) -> String {
    let mut words = String::new();
    for c in kind.chars() {
        if c.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(c.to_ascii_lowercase());
    }
    words
}

pub(super) fn not_found(kind: &str) -> ApiError {
    ApiError::not_found(format!("The specified {} does not exist.", words(kind)))
}

pub(super) fn already_exists(kind: &str) -> ApiError {
    ApiError::conflict(format!(
        "The {} you tried to create already exists.",
        words(kind)
    ))
}

/// `projects/_/buckets/b/managedFolders/f/` is `b` and `f/`.
pub(in crate::collection) fn complete(
    plural: &str,
    singular: &str,
    name: &str,
    row: &Row,
    origin: &str,
    json: &mut Value,
) {
    let rest = name.trim_start_matches("projects/_/buckets/");
    let inside = format!("/{plural}/");
    let (bucket, id) = rest.split_once(&inside).unwrap_or((rest, ""));
    let encoded = utf8_percent_encode(id, NON_ALPHANUMERIC);
    json["kind"] = format!("storage#{singular}").into();
    json["id"] = format!("{bucket}/{id}").into();
    json["name"] = id.into();
    json["bucket"] = bucket.into();
    json["selfLink"] = format!("{origin}/storage/v1/b/{bucket}/{plural}/{encoded}").into();
    json["metageneration"] = row.generation.to_string().into();
    json["createTime"] = json!(row.created);
    json["updateTime"] = json!(row.updated);
}

pub(in crate::collection) fn list(singular: &str, page: Page) -> Value {
    let mut json = json!({ "kind": format!("storage#{singular}s") });
    if let Some(next) = page.next {
        json["nextPageToken"] = next.into();
    }
    if !page.items.is_empty() {
        json["items"] = page.items.into_iter().map(|(_, item)| item).collect();
    }
    json
}
