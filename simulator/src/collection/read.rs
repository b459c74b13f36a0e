//! Names, reading methods and policies of the resources of a kind.

use super::{
    dialect::Dialect,
    kind::{IdSource, Kind},
    mask::wrapped_in,
    row::Row,
    schema,
};
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    discovery::Method,
    iam::{policy_get, policy_set, policy_test},
};
use serde_json::Value;

/// The text at a path of fields (`metadata.name`).
fn text_at<'a>(body: &'a Value, path: &str) -> Option<&'a str> {
    let mut fields = path.split('.');
    fields
        .try_fold(body, |value, field| value.get(field))?
        .as_str()
}

/// The name of the resource that a call to a collection creates.
pub(super) fn new_name(
    kind: &'static Kind,
    method: &'static Method,
    cloud: &Cloud,
    call: &Call,
    collection: String,
) -> String {
    let id = match kind.id {
        IdSource::Path => return collection,
        IdSource::Query(parameter) => call.query(parameter),
        IdSource::Body(field) => {
            let resource =
                wrapped_in(kind, method.request).map_or(&call.body, |in_| &call.body[in_]);
            text_at(&call.body, field).or_else(|| text_at(resource, field))
        }
        // Not known before the resource is created.
        IdSource::Assigned(_) => None,
    };
    let id = id.unwrap_or_default().to_owned();
    // A whole name may have the project's number. IDs in Cloud Storage have
    // slashes.
    let id = match kind.facts().dialect {
        Dialect::Standard if id.contains('/') => (kind.hooks.canonical)(cloud, call, id),
        Dialect::Standard | Dialect::Compute | Dialect::Storage => id,
    };
    let id = id.strip_prefix(&format!("{collection}/")).unwrap_or(&id);
    format!("{collection}/{id}")
}

/// The name of what contains a collection. That of a collection at the root is
/// a parameter, or in the body.
pub(super) fn container_name(call: &Call, collection: &str) -> String {
    match collection.rsplit_once('/') {
        Some((parent, _)) => parent.to_owned(),
        None => {
            let parent = call
                .query("parent")
                .or_else(|| call.body["parent"].as_str());
            parent.unwrap_or_default().to_owned()
        }
    }
}

/// The row of a resource; the 404 if there is none, or it is deleted.
pub(crate) fn existing<'a>(
    kind: &'static Kind,
    cloud: &'a Cloud,
    name: &str,
) -> Result<&'a Row, ApiError> {
    let found = kind.row(cloud, name);
    found.ok_or_else(|| not_found(kind, cloud, name))
}

pub(super) fn not_found(kind: &'static Kind, cloud: &Cloud, name: &str) -> ApiError {
    match kind.hooks.not_found {
        Some(message) => ApiError::not_found(message(cloud, name)),
        None => kind.facts().dialect.not_found(kind.type_of(), name),
    }
}

pub(super) fn get(
    kind: &'static Kind,
    cloud: &Cloud,
    call: &Call,
    name: &str,
) -> Result<ApiResponse, ApiError> {
    let row = kind.any_row(cloud, name);
    let row = row.ok_or_else(|| not_found(kind, cloud, name))?;
    Ok(ApiResponse::Json(kind.to_json(
        cloud,
        name,
        row,
        &call.origin,
    )))
}

pub(super) fn list(
    kind: &'static Kind,
    method: &'static Method,
    cloud: &Cloud,
    call: &Call,
    collection: &str,
) -> Result<ApiResponse, ApiError> {
    let parent = container_name(call, collection);
    // `locations/-` stands for all locations.
    if let Some(kind) = kind.parent.filter(|_| !parent.ends_with("/-")) {
        existing(kind, cloud, &parent)?;
    }
    let (known, any) = collection.split_once("/-/").unwrap_or((collection, ""));
    let prefix = format!("{known}/{}", call.query("prefix").unwrap_or_default());
    let tail = format!("/{any}/");
    let rows: Vec<(&str, &Row)> = kind
        .rows(cloud, &prefix)
        .filter(|(name, row)| {
            (kind.hooks.listed)(cloud, call, name, row) && (any.is_empty() || name.contains(&tail))
        })
        .collect();
    let rows = rows.into_iter().map(|(name, row)| {
        (
            name.to_owned(),
            kind.to_json(cloud, name, row, &call.origin),
        )
    });
    let paging = kind.paging.unwrap_or_else(|| kind.facts().dialect.paging());
    let facts = kind.facts();
    let known = |path: &mut [String]| schema::spell(facts.document, facts.schema, path);
    let page = paging.page_with(call, kind.hooks.filter, kind.order, &known, rows)?;
    let response = method.response.unwrap_or_default();
    let mut list = kind.list_json(call, collection, response, page);
    (kind.hooks.render_list)(call, &mut list);
    Ok(ApiResponse::Json(list))
}

pub(super) fn get_policy(
    kind: &'static Kind,
    cloud: &Cloud,
    call: &Call,
    name: &str,
) -> Result<ApiResponse, ApiError> {
    existing(kind, cloud, name)?;
    policy_get(cloud, &kind.resource(name).full_name(), call)
}

pub(super) fn set_policy(
    kind: &'static Kind,
    cloud: &mut Cloud,
    call: &Call,
    name: &str,
) -> Result<ApiResponse, ApiError> {
    existing(kind, cloud, name)?;
    policy_set(cloud, &kind.resource(name).full_name(), call)
}

/// Nothing is granted on a resource that does not exist.
pub(super) fn test_permissions(
    kind: &'static Kind,
    cloud: &Cloud,
    call: &Call,
    name: &str,
) -> Result<ApiResponse, ApiError> {
    policy_test(cloud, &kind.resource(name), call)
}

/// The response of a method, with enum values as numbers if the caller asks for
/// that.
pub(crate) fn enums_as_asked(
    kind: &'static Kind,
    method: &str,
    call: &Call,
    response: ApiResponse,
) -> ApiResponse {
    let asks = |key| {
        call.query(key)
            .is_some_and(|alt| alt.contains("enum-encoding=int"))
    };
    match (response, kind.method(method).response) {
        (ApiResponse::Json(mut json), Some(schema)) if asks("$alt") || asks("alt") => {
            let document = kind.facts().document;
            schema::enums_as_numbers(document, document.schema(schema), &mut json);
            ApiResponse::Json(json)
        }
        (response, _) => response,
    }
}
