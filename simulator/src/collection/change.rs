//! The methods that change resources of a kind.

use super::{
    dialect::{
        Dialect,
        compute::{fingerprint, invalid_value},
        compute_operations,
    },
    kind::{IdSource, Kind, Verb},
    mask::{Mask, wrapped_in},
    operations::{self, LongRunning},
    read::{container_name, existing, not_found},
    row::Row,
    schema,
};
use crate::{
    ApiError, ApiResponse, Call, Cloud, agenda::Event, base64_field::is_same, discovery::Method,
};
use names::Duration;
use serde_json::{Value, json};

/// From a request to the end of its operation, where an API answers with one;
/// a guess.
const OPERATION_DURATION: Duration = Duration::from_secs(2);

/// The ID in a name.
fn id_of(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, id)| id)
}

/// The row of a resource that is to be changed.
fn changeable<'a>(
    kind: &'static Kind,
    cloud: &'a Cloud,
    verb: Verb,
    name: &str,
) -> Result<&'a Row, ApiError> {
    match (kind.any_row(cloud, name), kind.hooks.deleted) {
        (Some(row), Some(error)) if row.expires.is_some() => Err(error(verb, name)),
        _ => existing(kind, cloud, name),
    }
}

fn exists(kind: &'static Kind, cloud: &Cloud, name: &str) -> ApiError {
    let is_deleted = kind.row(cloud, name).is_none();
    match (kind.hooks.deleted, kind.hooks.exists) {
        (Some(error), _) if is_deleted => error(Verb::Create, name),
        (_, Some(message)) => ApiError::already_exists(message(cloud, name)),
        (_, None) => kind.facts().dialect.exists(kind.type_of(), name),
    }
}

/// The resource in the body of a request.
fn read_body(kind: &'static Kind, method: &'static Method, call: &Call) -> Result<Value, ApiError> {
    let facts = kind.facts();
    let schema = facts
        .document
        .schema(method.request.unwrap_or(facts.schema_name));
    let body = schema::read(facts.document, schema, facts.dialect, &call.body)?;
    let (mut body, given) = match wrapped_in(kind, method.request) {
        Some(field) if body[field].is_null() => (json!({}), &call.body[field]),
        Some(field) => (body[field].clone(), &call.body[field]),
        None => (body, &call.body),
    };
    for path in kind.presence {
        let path = format!("/{}", path.replace('.', "/"));
        let (holder, field) = path.rsplit_once('/').unwrap_or_default();
        let value = given.pointer(&path).filter(|value| !value.is_null());
        if let (Some(value), Some(holder)) = (value, body.pointer_mut(holder)) {
            holder[field] = value.clone();
        }
    }
    match kind
        .unsimulated
        .iter()
        .find(|field| !body[**field].is_null())
    {
        Some(field) => Err(ApiError::unimplemented(format!(
            "{field} is not simulated."
        ))),
        None => Ok(body),
    }
}

impl Kind {
    /// The resource in the body of a method of its own that creates one.
    pub(crate) fn read(&'static self, call: &Call) -> Result<Value, ApiError> {
        read_body(self, self.method("insert"), call)
    }
}

/// Creates a resource; `path` is that of the request, a collection unless the
/// ID is in it.
pub(super) fn create(
    kind: &'static Kind,
    method: &'static Method,
    cloud: &mut Cloud,
    call: &Call,
    path: &str,
    name: &str,
) -> Result<ApiResponse, ApiError> {
    let dialect = kind.facts().dialect;
    let mut body = read_body(kind, method, call)?;
    let inside = name.strip_prefix(path).and_then(|id| id.strip_prefix('/'));
    let id = inside.unwrap_or_else(|| id_of(name));
    let (pattern, is_valid) = kind.id_pattern;
    let field = match kind.id {
        IdSource::Query(parameter) => Some(parameter),
        IdSource::Body(field) => Some(field),
        IdSource::Path => Some("name"),
        IdSource::Assigned(_) => None,
    };
    if let Some(field) = field.filter(|_| !is_valid(id)) {
        return Err(dialect.invalid_id(field, id, pattern));
    }
    // A name that is still to be assigned ends with a slash, like some others.
    let collection = match kind.id {
        IdSource::Assigned(_) => name.strip_suffix('/'),
        IdSource::Query(_) | IdSource::Body(_) | IdSource::Path => {
            let whole = name.trim_end_matches('/');
            whole.rsplit_once('/').map(|(collection, _)| collection)
        }
    };
    let collection = collection.unwrap_or_default();
    let container = container_name(call, collection);
    if let Some(parent) = kind.parent {
        existing(parent, cloud, &container)?;
    }
    if kind.any_row(cloud, name).is_some() {
        return Err(exists(kind, cloud, name));
    }
    (kind.hooks.prepare)(cloud, call, name, None, &mut body)?;
    let name = match kind.id {
        IdSource::Assigned(assign) => format!("{collection}/{}", assign(cloud, &container)),
        IdSource::Query(_) | IdSource::Body(_) | IdSource::Path => name.to_owned(),
    };
    let duration = operation_duration(kind, method, cloud);
    let mut row = kind.new_row(cloud.resources.next_id(), call.now, body);
    row.ready = call.now + duration;
    kind.store(cloud, &name, row);
    (kind.hooks.follow)(cloud, call, Verb::Create, &name);
    respond(kind, method, cloud, call, &name, "insert")
}

/// Changes a resource; `verb` is `patch` or `update`.
pub(super) fn update(
    kind: &'static Kind,
    method: &'static Method,
    cloud: &mut Cloud,
    call: &Call,
    name: &str,
    verb: &str,
) -> Result<ApiResponse, ApiError> {
    let facts = kind.facts();
    let mask = Mask::of(kind, method, call)?;
    let old = changeable(kind, cloud, Verb::Update, name)?;
    let mut new = read_body(kind, method, call)?;
    check_etag(kind, old, &new, facts.dialect == Dialect::Compute)?;
    if let Some(fields) = new.as_object_mut() {
        fields.retain(|field, _| !matches!(field.as_str(), "etag" | "fingerprint"));
    }
    let fixed: Vec<&str> = facts
        .schema
        .properties
        .iter()
        .filter(|(_, schema)| schema.immutable)
        .map(|(name, _)| *name)
        .chain(kind.immutable.iter().copied())
        .chain(["name"])
        .collect();
    if let Mask::Paths(_) = &mask
        && let Some(field) = mask
            .fields(&new)
            .into_iter()
            .find(|field| fixed.contains(field))
    {
        return Err(facts.dialect.immutable(field, &new[field]));
    }
    let fields = facts.schema.properties.iter();
    let read_only = fields.filter_map(|(name, schema)| schema.read_only.then_some(*name));
    let kept: Vec<&str> = fixed.iter().copied().chain(read_only).collect();
    let mut body = mask.apply(&old.body, &new, &kept);
    (kind.hooks.prepare)(cloud, call, name, Some(old), &mut body)?;
    // Whether the name in the body is the resource's own is not for a field to say.
    let changed = |field: &&&str| **field != "name" && body[**field] != old.body[**field];
    if let Some(field) = fixed.iter().find(changed) {
        return Err(facts.dialect.immutable(field, &body[field]));
    }
    if let Some(named) = old.body.get("name") {
        body["name"] = named.clone();
    } else if let Some(fields) = body.as_object_mut() {
        fields.remove("name");
    }
    let row = kind.row_mut(cloud, name).expect("it was just there");
    row.body = body;
    row.touch(call.now);
    (kind.hooks.follow)(cloud, call, Verb::Update, name);
    respond(kind, method, cloud, call, name, verb)
}

/// Refuses a change by a caller who has seen another state. If `required`, the
/// caller must say which.
fn check_etag(kind: &'static Kind, row: &Row, new: &Value, required: bool) -> Result<(), ApiError> {
    let facts = kind.facts();
    let (field, current) = match facts.dialect {
        Dialect::Compute => ("fingerprint", fingerprint(&row.body)),
        Dialect::Standard | Dialect::Storage => ("etag", row.etag()),
    };
    if !facts.schema.properties.contains_key(field) {
        return Ok(());
    }
    match new[field].as_str() {
        None if required => Err(invalid_value(field, "", "It is required.")),
        Some(seen) if !is_same(seen, &current) => Err(facts.dialect.stale()),
        None | Some(_) => Ok(()),
    }
}

pub(super) fn delete(
    kind: &'static Kind,
    method: &'static Method,
    cloud: &mut Cloud,
    call: &Call,
    name: &str,
) -> Result<ApiResponse, ApiError> {
    let row = changeable(kind, cloud, Verb::Delete, name)?;
    if let Some(seen) = call.query("etag")
        && !is_same(seen, &row.etag())
    {
        return Err(kind.facts().dialect.stale());
    }
    let uid = row.uid.clone();
    (kind.hooks.check_delete)(cloud, call, name)?;
    let shown = kind
        .row(cloud, name)
        .map(|row| kind.to_json(cloud, name, row, &call.origin));
    let place = (kind.hooks.kept_as)(cloud, name);
    match (kind.soft_delete, kind.row_mut(cloud, name)) {
        (Some(kept), Some(row)) => {
            let at = call.now + kept;
            row.expires = Some(at);
            row.touch(call.now);
            if place != name {
                row.body["name"] = name.into();
                kind.rename(cloud, name, &place);
            }
            let full_name = kind.resource(place).full_name();
            cloud.agenda.add(at, &full_name, Event::Expire);
        }
        (None, _) | (_, None) => kind.remove(cloud, name),
    }
    (kind.hooks.follow)(cloud, call, Verb::Delete, name);
    let facts = kind.facts();
    match (facts.dialect, method.response) {
        (Dialect::Compute, _) => Ok(compute_operations::begin_timed(
            cloud, call, "delete", name, &uid,
        )),
        (Dialect::Storage, _) => Ok(ApiResponse::no_content()),
        (Dialect::Standard, Some(response)) if response.ends_with("Operation") => {
            // The resource, if it can be undeleted.
            if kind.any_row(cloud, name).is_some() {
                return respond(kind, method, cloud, call, name, "delete");
            }
            let response = match shown {
                Some(shown) if shows_resource(kind) => typed(kind, shown),
                Some(_) | None => json!({ "@type": "type.googleapis.com/google.protobuf.Empty" }),
            };
            Ok(begin(kind, method, cloud, call, name, "delete", response))
        }
        (Dialect::Standard, Some(response)) if response == facts.schema_name => {
            Ok(match kind.any_row(cloud, name) {
                Some(row) => ApiResponse::Json(kind.to_json(cloud, name, row, &call.origin)),
                None => ApiResponse::Json(shown.unwrap_or_default()),
            })
        }
        (Dialect::Standard, _) => Ok(ApiResponse::Json(json!({}))),
    }
}

/// Restores a soft-deleted resource.
pub(super) fn undelete(
    kind: &'static Kind,
    method: &'static Method,
    cloud: &mut Cloud,
    call: &Call,
    name: &str,
) -> Result<ApiResponse, ApiError> {
    let place = (kind.hooks.kept_as)(cloud, name);
    let row = kind.any_row(cloud, &place);
    let row = row.ok_or_else(|| not_found(kind, cloud, name))?;
    if row.expires.is_none() {
        return Err(ApiError::failed_precondition(format!(
            "{} {name} is not deleted.",
            kind.type_of()
        )));
    }
    check_etag(kind, row, &call.body, false)?;
    let before = row.body["name"].as_str().filter(|_| place != name);
    let name = before.unwrap_or(name).to_owned();
    if place != name && kind.any_row(cloud, &name).is_some() {
        return Err(exists(kind, cloud, &name));
    }
    (kind.hooks.check_undelete)(cloud, call, &place)?;
    let row = kind.row_mut(cloud, &place).expect("it was just there");
    row.expires = None;
    row.touch(call.now);
    if place != name {
        row.remove_field("name");
        kind.rename(cloud, &place, &name);
    }
    cloud.agenda.cancel(&kind.resource(place).full_name());
    (kind.hooks.follow)(cloud, call, Verb::Undelete, &name);
    respond(kind, method, cloud, call, &name, "undelete")
}

/// Checks a call of a method of the kind's own: that the resource exists, if it is on
/// one, and its body like any other.
pub(super) fn check_custom(
    kind: &'static Kind,
    method: &'static Method,
    cloud: &Cloud,
    call: &Call,
    resource: Option<&str>,
) -> Result<(), ApiError> {
    let facts = kind.facts();
    let row = resource.map(|name| changeable(kind, cloud, Verb::Custom, name));
    let row = row.transpose()?;
    if let Some(request) = method.request {
        let schema = facts.document.schema(request);
        // Official clients repeat the name that is in the path.
        let mut body = call.body.clone();
        if let Some(fields) = body.as_object_mut() {
            fields.retain(|field, _| !method.has(field, "path"));
        }
        let body = schema::read(facts.document, schema, facts.dialect, &body)?;
        row.map_or(Ok(()), |row| check_etag(kind, row, &body, false))?;
    }
    Ok(())
}

/// The time from a request to the end of its operation.
fn operation_duration(kind: &'static Kind, method: &Method, cloud: &Cloud) -> Duration {
    match kind.facts().dialect {
        Dialect::Compute => cloud.compute.settings.other_operation,
        Dialect::Standard if is_operation(method) => OPERATION_DURATION,
        Dialect::Standard | Dialect::Storage => Duration::ZERO,
    }
}

/// The response to a change: the resource, or an operation.
fn respond(
    kind: &'static Kind,
    method: &'static Method,
    cloud: &mut Cloud,
    call: &Call,
    name: &str,
    verb: &str,
) -> Result<ApiResponse, ApiError> {
    let row = kind.any_row(cloud, name);
    let row = row.ok_or_else(|| not_found(kind, cloud, name))?;
    if kind.facts().dialect == Dialect::Compute {
        let uid = row.uid.clone();
        return Ok(compute_operations::begin_timed(
            cloud, call, verb, name, &uid,
        ));
    }
    let json = kind.to_json(cloud, name, row, &call.origin);
    if method.response == Some("Empty") {
        return Ok(ApiResponse::Json(json!({})));
    }
    if !is_operation(method) {
        return Ok(ApiResponse::Json(match wrapped_in(kind, method.response) {
            Some(field) => json!({ field: json }),
            None => json,
        }));
    }
    let response = typed(kind, json);
    Ok(begin(kind, method, cloud, call, name, verb, response))
}

/// The response of a custom method that has changed the resource.
pub(crate) fn changed(
    kind: &'static Kind,
    method: &str,
    cloud: &mut Cloud,
    call: &Call,
    name: &str,
) -> Result<ApiResponse, ApiError> {
    let declared = kind.method(method);
    respond(kind, declared, cloud, call, name, method)
}

/// Whether the metadata of a kind's operations is the resource.
fn shows_resource(kind: &'static Kind) -> bool {
    kind.operation.1 == kind.type_of()
}

/// A resource as an `Any`.
fn typed(kind: &'static Kind, mut json: Value) -> Value {
    let (package, schema) = (kind.operation.0, kind.type_of());
    json["@type"] = format!("type.googleapis.com/{package}.{schema}").into();
    json
}

fn is_operation(method: &Method) -> bool {
    method
        .response
        .is_some_and(|response| response.ends_with("Operation"))
}

fn begin(
    kind: &'static Kind,
    method: &'static Method,
    cloud: &mut Cloud,
    call: &Call,
    name: &str,
    verb: &str,
    response: Value,
) -> ApiResponse {
    let (metadata, duration) = (kind.hooks.operation)(verb).unwrap_or_else(|| {
        let (package, metadata) = kind.operation;
        let metadata = match shows_resource(kind) {
            true => response.clone(),
            false => json!({ "@type": format!("type.googleapis.com/{package}.{metadata}") }),
        };
        (metadata, operation_duration(kind, method, cloud))
    });
    let operation = LongRunning {
        api: kind.facts().api,
        name: None,
        kind: verb,
        target: name,
        metadata,
        response,
        duration,
    };
    operations::begin(cloud, call, operation)
}
