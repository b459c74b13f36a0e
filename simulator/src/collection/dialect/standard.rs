//! The conventions of <https://google.aip.dev>.

use crate::{
    collection::{
        page::{Page, Paging},
        row::Row,
    },
    discovery::Schema,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(crate) const PAGING: Paging = Paging {
    size: "pageSize",
    token: "pageToken",
    default: 100,
    max: 1000,
    invalid: |field, value, reason| {
        let space = if reason.is_empty() { "" } else { " " };
        format!("Invalid {field} {value:?}.{space}{reason}")
    },
    strict: false,
};

/// Adds the fields that every resource has, if its schema has them. Without a
/// name, the resource has its own.
pub(in crate::collection) fn complete(
    fields: &BTreeMap<&str, Schema>,
    name: Option<&str>,
    row: &Row,
    json: &mut Value,
) {
    let mut set = |field: &str, value: Value| {
        if fields.contains_key(field) {
            json[field] = value;
        }
    };
    if let Some(name) = name {
        set("name", name.into());
    }
    set("createTime", json!(row.created));
    set("updateTime", json!(row.updated));
    set("uid", row.uid.as_str().into());
    set("etag", row.etag().into());
    set("generation", row.generation.to_string().into());
    if let Some(expires) = row.expires {
        set("deleteTime", json!(row.updated));
        set("expireTime", json!(expires));
    }
}

/// `{"keyRings": […], "nextPageToken": "…"}`: the field is the one that the
/// schema has for resources of this kind.
pub(in crate::collection) fn list(schema: &Schema, of: &str, page: Page) -> Value {
    let of_kind = schema.properties.iter().find(|(_, property)| {
        let item = property.items.as_ref();
        item.is_some_and(|item| item.reference == Some(of))
    });
    let field = of_kind.map_or("items", |(name, _)| name);
    let total = page.total;
    let mut json = page.into_json(field);
    if schema.properties.contains_key("totalSize") && total > 0 {
        json["totalSize"] = total.into();
    }
    json
}
