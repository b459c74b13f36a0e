//! Secret Manager v1: secrets and their versions. Regional secrets, rotation
//! and topics are not simulated.

use crate::{
    ApiError, ApiResponse, Call, Cloud,
    collection::{IdSource, Kind, Row},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

pub(crate) static SECRET: Kind = Kind::new("secretmanager.v1", "projects.secrets")
    .id(IdSource::Query("secretId"), "[a-zA-Z0-9-_]{1,255}", |id| {
        let letter = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        (1..=255).contains(&id.len()) && id.bytes().all(letter)
    })
    .immutable(&["replication"])
    .unsimulated(&["rotation", "topics", "versionDestroyTtl"])
    .required_mask("Required field 'update_mask' is empty.")
    .custom(&[("addVersion", add_version)])
    .messages(
        |cloud, name| format!("Secret [{}] not found.", shown_name(cloud, name)),
        |cloud, name| format!("Secret [{}] already exists.", shown_name(cloud, name)),
    )
    .prepare(|_, _, _, _, body| match body["replication"].as_object() {
        Some(replication) if replication.len() == 1 => Ok(()),
        // Unverified.
        Some(_) | None => Err(ApiError::invalid("Secret.replication must be provided.")),
    })
    .render(|cloud, name, _, json| json["name"] = shown_name(cloud, name).into());

/// The payload is in the row, but shown by `access` only. Versions are never
/// removed but with their secret: they are destroyed.
pub(crate) static SECRET_VERSION: Kind = Kind::new("secretmanager.v1", "projects.secrets.versions")
    .parent(&SECRET)
    .canonical(canonical_version)
    // The published list has `secretmanager.secrets.disable` and `enable`.
    .permissions(&[
        ("disable", &["secretmanager.versions.disable"]),
        ("enable", &["secretmanager.versions.enable"]),
    ])
    .custom(&[
        ("access", access),
        ("disable", |cloud, call, name| {
            set_state(cloud, call, name, "DISABLED")
        }),
        ("enable", |cloud, call, name| {
            set_state(cloud, call, name, "ENABLED")
        }),
        ("destroy", |cloud, call, name| {
            set_state(cloud, call, name, "DESTROYED")
        }),
    ])
    .messages(
        |cloud, name| format!("Secret Version [{}] not found.", shown_name(cloud, name)),
        |cloud, name| {
            format!(
                "Secret Version [{}] already exists.",
                shown_name(cloud, name)
            )
        },
    )
    .render(|cloud, name, _, json| {
        json["name"] = shown_name(cloud, name).into();
        json["replicationStatus"] = json!({ "automatic": {} });
        if let Some(fields) = json.as_object_mut() {
            fields.remove("payload");
        }
    });

/// Names are shown with the project's number.
fn shown_name(cloud: &Cloud, name: &str) -> String {
    let project = name.split('/').nth(1).unwrap_or_default();
    let number = cloud.iam.project_number(project);
    name.replacen(project, &number, 1)
}

/// `…/versions/latest` is the version with the highest number.
fn canonical_version(cloud: &Cloud, name: String) -> String {
    let name = crate::collection::with_project_id(cloud, name);
    let Some(prefix) = name.strip_suffix("latest") else {
        return name;
    };
    let versions = SECRET_VERSION.rows(cloud, prefix);
    let numbers = versions.filter_map(|(name, _)| name[prefix.len()..].parse::<u64>().ok());
    numbers
        .max()
        .map_or(name.clone(), |last| format!("{prefix}{last}"))
}

fn add_version(cloud: &mut Cloud, call: &Call, secret: &str) -> Result<ApiResponse, ApiError> {
    let data = call.body["payload"]["data"].as_str();
    let data = data.ok_or_else(|| ApiError::invalid("Secret Payload cannot be empty."))?;
    let bytes = BASE64_STANDARD.decode(data).map_err(|_| {
        ApiError::invalid("Invalid value at 'payload.data' (TYPE_BYTES), Base64 decoding failed.")
    })?;
    if bytes.len() > 65_536 {
        return Err(ApiError::invalid(
            "Secret payloads cannot be larger than 64KiB.",
        ));
    }
    let crc = crc32c::crc32c(&bytes).to_string();
    let given = &call.body["payload"]["dataCrc32c"];
    if !given.is_null() && given.as_str() != Some(&crc) && given.to_string() != crc {
        return Err(ApiError::invalid(
            "The data_crc32c does not match the checksum of the data.",
        ));
    }
    let prefix = format!("{secret}/versions/");
    let number = SECRET_VERSION.rows(cloud, &prefix).count() + 1;
    let name = format!("{prefix}{number}");
    let row = Row {
        kind: SECRET_VERSION.type_of().to_owned(),
        uid: cloud.resources.next_id(),
        created: call.now,
        updated: call.now,
        ready: call.now,
        generation: 1,
        expires: None,
        body: json!({ "state": "ENABLED", "payload": { "data": data, "dataCrc32c": crc } }),
    };
    let json = SECRET_VERSION.to_json(cloud, &name, &row, &call.origin);
    SECRET_VERSION.store(cloud, &name, row);
    Ok(ApiResponse::Json(json))
}

fn access(cloud: &mut Cloud, _: &Call, name: &str) -> Result<ApiResponse, ApiError> {
    let row = SECRET_VERSION.row(cloud, name).expect("it exists");
    let state = row.body["state"].as_str().unwrap_or_default();
    if state != "ENABLED" {
        return Err(ApiError::failed_precondition(format!(
            "Secret Version [{}] is in {state} state.",
            shown_name(cloud, name)
        )));
    }
    Ok(ApiResponse::Json(json!({
        "name": shown_name(cloud, name),
        "payload": row.body["payload"],
    })))
}

fn set_state(
    cloud: &mut Cloud,
    call: &Call,
    name: &str,
    state: &str,
) -> Result<ApiResponse, ApiError> {
    let row = SECRET_VERSION.row_mut(cloud, name).expect("it exists");
    if row.body["state"] == "DESTROYED" && state != "DESTROYED" {
        let name = shown_name(cloud, name);
        let message = format!("Secret Version [{name}] is in DESTROYED state.");
        return Err(ApiError::failed_precondition(message));
    }
    row.body["state"] = state.into();
    row.generation += 1;
    if state == "DESTROYED" {
        row.body["payload"] = Value::Null;
        row.body["destroyTime"] = json!(call.now);
    }
    let row = SECRET_VERSION.row(cloud, name).expect("it exists");
    let json = SECRET_VERSION.to_json(cloud, name, row, &call.origin);
    Ok(ApiResponse::Json(json))
}
