//! Secret Manager v1: secrets and their versions. Regional secrets, rotation
//! and topics are not simulated.

#[cfg(test)]
mod tests;

use crate::{
    ApiError, ApiResponse, Call, Cloud,
    agenda::Event,
    base64_field::decode,
    collection::{IdSource, Kind},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use names::{Duration, Timestamp};
use serde_json::{Value, json};

pub(crate) static SECRET: Kind = Kind::new("secretmanager.v1", "projects.secrets")
    .id(IdSource::Query("secretId"), "[a-zA-Z0-9-_]{1,255}", |id| {
        let letter = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        (1..=255).contains(&id.len()) && id.bytes().all(letter)
    })
    .immutable(&["replication"])
    .unsimulated(&[
        "customerManagedEncryption",
        "rotation",
        "topics",
        "versionDestroyTtl",
    ])
    .required_mask("Required field 'update_mask' is empty.")
    .custom(&[("addVersion", add_version)])
    .messages(
        |cloud, name| format!("Secret [{}] not found.", shown_name(cloud, name)),
        |cloud, name| format!("Secret [{}] already exists.", shown_name(cloud, name)),
    )
    .prepare(|_, call, _, _, body| prepare(call.now, body))
    .follow(|cloud, _, _, name| {
        let full_name = SECRET.resource(name).full_name();
        cloud.agenda.cancel(&full_name);
        let expires = SECRET.row(cloud, name).map(|row| &row.body["expireTime"]);
        if let Some(at) = expires.and_then(|time| time.as_str()?.parse().ok()) {
            cloud.agenda.add(at, &full_name, Event::Expire);
        }
    })
    .render(|cloud, name, _, json| json["name"] = shown_name(cloud, name).into());

/// The payload is in the row, but shown by `access` only. Versions are never
/// removed but with their secret: they are destroyed.
pub(crate) static SECRET_VERSION: Kind = Kind::new("secretmanager.v1", "projects.secrets.versions")
    .parent(&SECRET)
    .order("createTime desc")
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
        let (secret, _) = name.split_once("/versions/").unwrap_or_default();
        let secret = SECRET.row(cloud, secret);
        json["replicationStatus"] = json!(secret.map(|row| &row.body["replication"]));
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

/// Messages are unverified.
fn prepare(now: Timestamp, secret: &mut Value) -> Result<(), ApiError> {
    let replication = secret["replication"].as_object();
    if replication.is_none_or(|replication| replication.len() != 1) {
        let message = "Secret.replication must be provided.";
        return Err(ApiError::invalid(message));
    }
    let ttl = secret
        .as_object_mut()
        .and_then(|fields| fields.remove("ttl"));
    if let Some(ttl) = ttl {
        let seconds = ttl
            .as_str()
            .and_then(|ttl| ttl.strip_suffix('s')?.parse().ok());
        let seconds = seconds.ok_or_else(|| ApiError::invalid(format!("Invalid ttl {ttl}.")))?;
        secret["expireTime"] = json!(now + Duration::from_secs(seconds));
    }
    let expires = secret["expireTime"].as_str().map(str::parse::<Timestamp>);
    match expires {
        Some(Ok(at)) if at > now => Ok(()),
        None => Ok(()),
        Some(Ok(_) | Err(_)) => Err(ApiError::invalid(
            "Secret.expire_time must be in the future.",
        )),
    }
}

/// `…/versions/latest` is the version with the highest number, whatever its
/// state; a secret may give names to other versions.
fn canonical_version(cloud: &Cloud, _: &Call, name: String) -> String {
    let name = crate::collection::with_project_id(cloud, name);
    let Some((secret, id)) = name.split_once("/versions/") else {
        return name;
    };
    let aliases = SECRET
        .row(cloud, secret)
        .map(|row| &row.body["versionAliases"]);
    let number = match (id, aliases) {
        ("latest", _) => Some(versions(cloud, secret).to_string()),
        (_, Some(aliases)) => aliases[id].as_str().map(str::to_owned),
        (_, None) => None,
    };
    match number {
        Some(number) => format!("{secret}/versions/{number}"),
        None => name,
    }
}

/// The number of versions of a secret, which is that of the latest.
fn versions(cloud: &Cloud, secret: &str) -> usize {
    SECRET_VERSION
        .rows(cloud, &format!("{secret}/versions/"))
        .count()
}

fn add_version(cloud: &mut Cloud, call: &Call, secret: &str) -> Result<ApiResponse, ApiError> {
    let data = call.body["payload"]["data"].as_str();
    let data = data.ok_or_else(|| ApiError::invalid("Secret Payload cannot be empty."))?;
    let bytes = decode(data).ok_or_else(|| {
        ApiError::invalid("Invalid value at 'payload.data' (TYPE_BYTES), Base64 decoding failed.")
    })?;
    if bytes.len() > 65_536 {
        return Err(ApiError::invalid(
            "Secret payloads cannot be larger than 64KiB.",
        ));
    }
    let crc = crc32c::crc32c(&bytes).to_string();
    let given = &call.body["payload"]["dataCrc32c"];
    let is_number = *given == crc32c::crc32c(&bytes);
    if !given.is_null() && given.as_str() != Some(&crc) && !is_number {
        return Err(ApiError::invalid(
            "The data_crc32c does not match the checksum of the data.",
        ));
    }
    let payload = json!({ "data": BASE64_STANDARD.encode(&bytes), "dataCrc32c": crc });
    let mut body = json!({ "state": "ENABLED", "payload": payload });
    if !given.is_null() {
        body["clientSpecifiedPayloadChecksum"] = true.into();
    }
    let name = format!("{secret}/versions/{}", versions(cloud, secret) + 1);
    let row = SECRET_VERSION.new_row(cloud.resources.next_id(), call.now, body);
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
    if row.body["state"] == "DESTROYED" {
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
