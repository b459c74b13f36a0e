//! Schemas and their revisions.
//!
//! Of Protocol Buffers, only Google can tell whether a definition is good and a
//! message fits: here all do.

use super::{
    avro::AvroSchema,
    name::{already_exists, check_name, not_found},
};
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    base64_field::decode,
    collection::{IdSource, Kind, Row, Verb, dialect::standard::PAGING, existing, with_project_id},
    iam::{RequiredPermission, Resource, hash},
};
use names::Timestamp;
use serde_json::{Value, json};

/// Google's limits.
const MAX_REVISIONS: usize = 20;

const MAX_DEFINITION: usize = 300_000;

/// The row has all revisions, oldest first, in `revisions`; the schema is shown
/// as its latest. A name may end with `@` and a revision.
pub(crate) static SCHEMA: Kind = Kind::new("pubsub.v1", "projects.schemas")
    .id(IdSource::Query("schemaId"), "", |_| true)
    .unsimulated(&["compiledProtoSchema"])
    .canonical(|cloud, _, name| {
        let name = name.split('@').next().unwrap_or_default();
        with_project_id(cloud, name.to_owned())
    })
    .custom(&[
        ("get", get),
        ("commit", commit),
        ("rollback", rollback),
        ("deleteRevision", delete_revision),
        ("listRevisions", list_revisions),
    ])
    .messages(|_, name| not_found(name), |_, name| already_exists(name))
    .prepare(|_, call, name, _, body| {
        check_name(name)?;
        let (kind, definition) = read(body)?;
        let first = revision(name, 1, &definition, call.now);
        *body = json!({ "type": kind.name(), "revisions": [first] });
        Ok(())
    })
    .follow(|cloud, _, verb, name| {
        if verb == Verb::Delete {
            mark_deleted(cloud, name);
        }
    })
    .render(|_, _, row, json| {
        if let Some(latest) = revisions(row).last() {
            *json = with_revision(json, latest);
        }
    })
    .render_list(basic);

/// Stands for the schema of a topic once it is deleted.
pub(super) const DELETED_SCHEMA: &str = "_deleted-schema_";

fn mark_deleted(cloud: &mut Cloud, schema: &str) {
    let topics = cloud.resources.rows.with_prefix("//pubsub.googleapis.com/");
    let topics = topics.filter(|(_, row)| row.body["schemaSettings"]["schema"] == schema);
    for key in topics.map(|(key, _)| key.clone()).collect::<Vec<_>>() {
        if let Some(row) = cloud.resources.rows.get_mut(&key) {
            row.body["schemaSettings"]["schema"] = DELETED_SCHEMA.into();
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SchemaType {
    ProtocolBuffer,
    Avro,
}

/// How messages are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Json,
    Binary,
}

impl SchemaType {
    /// By name or, as Google's clients do, by number.
    fn read(value: &Value) -> Option<Self> {
        match (value.as_str(), value.as_u64()) {
            (Some("PROTOCOL_BUFFER"), _) | (_, Some(1)) => Some(Self::ProtocolBuffer),
            (Some("AVRO"), _) | (_, Some(2)) => Some(Self::Avro),
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::ProtocolBuffer => "PROTOCOL_BUFFER",
            Self::Avro => "AVRO",
        }
    }

    /// Whether a message fits a definition that was accepted before.
    fn fits(self, definition: &str, encoding: Encoding, message: &[u8]) -> bool {
        match (self, encoding) {
            (Self::ProtocolBuffer, _) => true,
            (Self::Avro, Encoding::Json) => {
                AvroSchema::parse(definition).is_ok_and(|schema| schema.fits_json(message))
            }
            (Self::Avro, Encoding::Binary) => {
                AvroSchema::parse(definition).is_ok_and(|schema| schema.fits_binary(message))
            }
        }
    }
}

impl Encoding {
    pub(super) fn read(value: &Value) -> Result<Self, ApiError> {
        match (value.as_str(), value.as_u64()) {
            (Some("JSON"), _) | (_, Some(1)) => Ok(Self::Json),
            (Some("BINARY"), _) | (_, Some(2)) => Ok(Self::Binary),
            _ => Err(ApiError::invalid("The encoding must be JSON or BINARY.")),
        }
    }
}

/// Type and definition of the schema in a body.
fn read(schema: &Value) -> Result<(SchemaType, String), ApiError> {
    let kind = SchemaType::read(&schema["type"])
        .ok_or_else(|| ApiError::invalid("A schema must have a type."))?;
    let definition = schema["definition"].as_str().unwrap_or_default();
    if definition.is_empty() || definition.len() > MAX_DEFINITION {
        let message = format!("A schema has a definition of at most {MAX_DEFINITION} bytes.");
        return Err(ApiError::invalid(message));
    }
    if kind == SchemaType::Avro {
        // Google's text after the colon is not ours.
        let invalid = |what| format!("Invalid schema definition: {what}");
        AvroSchema::parse(definition).map_err(|e| ApiError::invalid(invalid(e)))?;
    }
    Ok((kind, definition.to_owned()))
}

fn revision(name: &str, number: u64, definition: &str, now: Timestamp) -> Value {
    let id = hash(&[name, &number.to_string(), &now.to_string()]) >> 32;
    json!({
        "definition": definition,
        "revisionId": format!("{id:08x}"),
        "revisionCreateTime": now,
    })
}

fn revisions(row: &Row) -> &[Value] {
    row.body["revisions"].as_array().map_or(&[], Vec::as_slice)
}

/// The schema as it is in one revision.
fn with_revision(schema: &Value, revision: &Value) -> Value {
    let mut json = schema.clone();
    if let (Some(json), Some(revision)) = (json.as_object_mut(), revision.as_object()) {
        json.remove("revisions");
        json.extend(revision.clone());
    }
    json
}

/// Leaves the definitions out of a list, unless they are asked for.
fn basic(call: &Call, list: &mut Value) {
    if matches!(call.query("view"), Some("FULL" | "2")) {
        return;
    }
    for schema in list["schemas"].as_array_mut().into_iter().flatten() {
        if let Some(fields) = schema.as_object_mut() {
            fields.remove("definition");
        }
    }
}

/// The revision of that ID.
fn find<'r>(row: &'r Row, name: &str, id: &str) -> Result<&'r Value, ApiError> {
    let mut all = revisions(row).iter();
    all.find(|revision| revision["revisionId"] == id)
        .ok_or_else(|| ApiError::not_found(not_found(&format!("{name}@{id}"))))
}

/// The revision that the path of a call names.
fn revision_id(call: &Call) -> Option<&str> {
    call.path("schema").split_once('@').map(|(_, id)| id)
}

fn get(cloud: &mut Cloud, call: &Call, name: &str) -> Result<ApiResponse, ApiError> {
    let row = existing(&SCHEMA, cloud, name)?;
    let mut json = SCHEMA.to_json(cloud, name, row, &call.origin);
    if let Some(id) = revision_id(call) {
        json = with_revision(&json, find(row, name, id)?);
    }
    if let (Some("BASIC" | "1"), Some(fields)) = (call.query("view"), json.as_object_mut()) {
        fields.remove("definition");
    }
    Ok(ApiResponse::Json(json))
}

/// Adds a revision. Whether it is compatible with those before is not checked.
fn commit(cloud: &mut Cloud, call: &Call, name: &str) -> Result<ApiResponse, ApiError> {
    let (kind, definition) = read(&call.body["schema"])?;
    if existing(&SCHEMA, cloud, name)?.body["type"] != kind.name() {
        return Err(ApiError::invalid("A schema keeps its type."));
    }
    add(cloud, call, name, &definition)
}

fn rollback(cloud: &mut Cloud, call: &Call, name: &str) -> Result<ApiResponse, ApiError> {
    let id = call.body["revisionId"].as_str().unwrap_or_default();
    let row = existing(&SCHEMA, cloud, name)?;
    let definition = find(row, name, id)?["definition"].as_str();
    let definition = definition.unwrap_or_default().to_owned();
    add(cloud, call, name, &definition)
}

fn add(
    cloud: &mut Cloud,
    call: &Call,
    name: &str,
    definition: &str,
) -> Result<ApiResponse, ApiError> {
    let row = SCHEMA.row_mut(cloud, name).expect("it exists");
    if revisions(row).len() >= MAX_REVISIONS {
        // Unverified.
        let message = format!("Schema {name} has {MAX_REVISIONS} revisions already.");
        return Err(ApiError::failed_precondition(message));
    }
    row.touch(call.now);
    let new = revision(name, row.generation, definition, call.now);
    if let Some(all) = row.body["revisions"].as_array_mut() {
        all.push(new);
    }
    let row = existing(&SCHEMA, cloud, name)?;
    Ok(ApiResponse::Json(SCHEMA.to_json(
        cloud,
        name,
        row,
        &call.origin,
    )))
}

fn delete_revision(cloud: &mut Cloud, call: &Call, name: &str) -> Result<ApiResponse, ApiError> {
    let id = revision_id(call).or_else(|| call.query("revisionId"));
    let id = id.ok_or_else(|| ApiError::invalid("The name must have a revision: @ and its ID."))?;
    let row = existing(&SCHEMA, cloud, name)?;
    find(row, name, id)?;
    if revisions(row).len() == 1 {
        // Unverified.
        let message = format!("Revision {id} is the only one of {name}.");
        return Err(ApiError::failed_precondition(message));
    }
    let row = SCHEMA.row_mut(cloud, name).expect("it exists");
    if let Some(all) = row.body["revisions"].as_array_mut() {
        all.retain(|revision| revision["revisionId"] != id);
    }
    row.touch(call.now);
    let row = existing(&SCHEMA, cloud, name)?;
    let json = SCHEMA.to_json(cloud, name, row, &call.origin);
    Ok(ApiResponse::Json(json))
}

/// The latest first.
fn list_revisions(cloud: &mut Cloud, call: &Call, name: &str) -> Result<ApiResponse, ApiError> {
    let row = existing(&SCHEMA, cloud, name)?;
    let schema = SCHEMA.to_json(cloud, name, row, &call.origin);
    let newest_first = revisions(row).iter().rev().enumerate();
    let rows = newest_first
        .map(|(place, revision)| (format!("{place:02}"), with_revision(&schema, revision)));
    let mut list = PAGING.page(call, rows)?.into_json("schemas");
    basic(call, &mut list);
    Ok(ApiResponse::Json(list))
}

pub(super) fn validate_permissions(
    _: &Cloud,
    call: &Call,
) -> Result<Vec<RequiredPermission>, ApiError> {
    let project = Resource::project(call.path("project"));
    let mut required = vec![RequiredPermission::new("pubsub.schemas.validate", project)];
    if let Some(name) = call.body["name"].as_str() {
        let schema = SCHEMA.resource(name);
        required.push(RequiredPermission::new("pubsub.schemas.get", schema));
    }
    Ok(required)
}

/// `POST …/schemas:validate`.
pub(super) fn validate(_: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    read(&call.body["schema"])?;
    Ok(ApiResponse::Json(json!({})))
}

/// `POST …/schemas:validateMessage`.
pub(super) fn validate_message(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let encoding = Encoding::read(&call.body["encoding"])?;
    let message = call.body["message"].as_str().unwrap_or_default();
    let message = decode(message).ok_or_else(|| ApiError::invalid("Base64 decoding failed."))?;
    let fits = match call.body["name"].as_str() {
        Some(name) => check(cloud, &json!({ "schema": name }), encoding, &message)?.is_some(),
        None => {
            let (kind, definition) = read(&call.body["schema"])?;
            kind.fits(&definition, encoding, &message)
        }
    };
    match fits {
        true => Ok(ApiResponse::Json(json!({}))),
        false => Err(ApiError::invalid(
            "Invalid data in message: Message failed schema validation.",
        )),
    }
}

/// The latest revision that a message fits, of those in the settings of a topic.
fn check(
    cloud: &Cloud,
    settings: &Value,
    encoding: Encoding,
    message: &[u8],
) -> Result<Option<String>, ApiError> {
    let name = settings["schema"].as_str().unwrap_or_default();
    let row = existing(&SCHEMA, cloud, name)?;
    let kind = SchemaType::read(&row.body["type"]).expect("checked when it was made");
    let all = revisions(row);
    let place = |field: &str| {
        let id = settings[field].as_str()?;
        all.iter().position(|one| one["revisionId"] == id)
    };
    let first = place("firstRevisionId").unwrap_or(0);
    let last = place("lastRevisionId").map_or(all.len(), |last| last + 1);
    let usable = all.get(first..last).unwrap_or_default();
    let fitting = usable.iter().rev().find(|revision| {
        let definition = revision["definition"].as_str().unwrap_or_default();
        kind.fits(definition, encoding, message)
    });
    Ok(fitting.and_then(|revision| Some(revision["revisionId"].as_str()?.to_owned())))
}

/// Checks the schema settings of a topic.
pub(super) fn check_settings(cloud: &Cloud, settings: &Value) -> Result<(), ApiError> {
    if settings.is_null() || settings["schema"] == DELETED_SCHEMA {
        return Ok(());
    }
    let name = settings["schema"].as_str().unwrap_or_default();
    Encoding::read(&settings["encoding"])?;
    let row = existing(&SCHEMA, cloud, name)?;
    for field in ["firstRevisionId", "lastRevisionId"] {
        if let Some(id) = settings[field].as_str() {
            find(row, name, id)?;
        }
    }
    Ok(())
}

/// Checks a message to a topic with these settings. Returns the attributes that
/// Google adds.
pub(super) fn check_message(
    cloud: &Cloud,
    settings: &Value,
    data: &str,
) -> Result<Vec<(String, String)>, ApiError> {
    if settings.is_null() {
        return Ok(Vec::new());
    }
    let encoding = Encoding::read(&settings["encoding"])?;
    let revision = check(cloud, settings, encoding, &decode(data).unwrap_or_default())?;
    let revision = revision.ok_or_else(|| {
        ApiError::invalid("Invalid data in message: Message failed schema validation.")
    })?;
    let name = settings["schema"].as_str().unwrap_or_default();
    let encoding = match encoding {
        Encoding::Json => "JSON",
        Encoding::Binary => "BINARY",
    };
    Ok([
        ("name", name),
        ("encoding", encoding),
        ("revisionid", &revision),
    ]
    .map(|(what, value)| (format!("googclient_schema{what}"), value.to_owned()))
    .into())
}
