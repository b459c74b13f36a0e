//! Methods on symmetric keys.

use super::{
    key::{DAY, Key, duration},
    name::{self, resource},
    operation::begin_delete,
    response::{enumerated, page, respond},
    ring::existing_ring,
    version::{self, State, version_name},
};
use crate::{ApiError, ApiResponse, Call, Cloud};
use names::Duration;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn to_json(cloud: &Cloud, name: &str, key: &Key) -> Value {
    let mut json = json!({
        "name": name,
        "purpose": "ENCRYPT_DECRYPT",
        "createTime": key.created,
        "versionTemplate": version::template(),
        "destroyScheduledDuration": seconds(key.destroy_delay),
    });
    if let Some(period) = key.rotation_period {
        json["rotationPeriod"] = seconds(period).into();
    }
    if let Some(next) = key.next_rotation {
        json["nextRotationTime"] = json!(next);
    }
    if !key.labels.is_empty() {
        json["labels"] = json!(key.labels);
    }
    // A recording shows a primary version as enabled right after its
    // destruction was scheduled; this was taken for a stale copy.
    let primary = key.primary.map(|number| version_name(name, number));
    if let Some((name, version)) = primary.and_then(|name| cloud.kms.versions.get_with_key(&name)) {
        json["primary"] = version.to_json(name);
    }
    json
}

/// Refuses version templates that are invalid for this purpose or not
/// simulated.
fn check_template(body: &Value) -> Result<(), ApiError> {
    let template = &body["versionTemplate"];
    for (field, only) in [
        ("algorithm", "GOOGLE_SYMMETRIC_ENCRYPTION"),
        ("protectionLevel", "SOFTWARE"),
    ] {
        let requested = enumerated(field, &template[field])?;
        if !requested.is_empty() && requested != only {
            return Err(ApiError::unimplemented(format!(
                "The simulator has no {field} {requested}."
            )));
        }
    }
    Ok(())
}

pub(super) fn create(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let ring = existing_ring(cloud, call)?;
    let name = format!("{ring}/cryptoKeys/{}", name::id(call, "cryptoKeyId")?);
    if cloud.kms.keys.contains(&name) {
        return Err(ApiError::already_exists(format!(
            "CryptoKey {name} already exists."
        )));
    }
    if cloud.kms.deleted_keys.contains(&name) {
        return Err(ApiError::already_exists(format!(
            "CryptoKey {name} was deleted: its name cannot be used again."
        )));
    }
    match enumerated("purpose", &call.body["purpose"])? {
        "ENCRYPT_DECRYPT" => {}
        "" => return Err(ApiError::invalid("CryptoKey.purpose is required.")),
        other => {
            let message = format!("The simulator has no purpose {other}.");
            return Err(ApiError::unimplemented(message));
        }
    }
    check_template(&call.body)?;
    let delay = duration(&call.body, "destroyScheduledDuration", DAY, 120 * DAY)?;
    let mut key = Key {
        created: call.now,
        labels: BTreeMap::new(),
        primary: None,
        last: 0,
        rotation_period: None,
        next_rotation: None,
        destroy_delay: delay.unwrap_or(Duration::from_secs(30 * DAY)),
    };
    key.set_labels(&call.body)?;
    key.set_rotation_period(&call.body)?;
    key.set_next_rotation(&call.body, call.now)?;
    cloud.kms.keys.insert(name.as_str(), key);
    if call.query("skipInitialVersionCreation") != Some("true") {
        cloud.kms.rotate(&name, call.now);
    }
    respond(call, to_json(cloud, &name, cloud.kms.key(&name)?))
}

pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let name = name::key(cloud, call)?;
    respond(call, to_json(cloud, &name, cloud.kms.key(&name)?))
}

pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let ring = existing_ring(cloud, call)?;
    let prefix = format!("{ring}/cryptoKeys/");
    let all = cloud.kms.keys.with_prefix(&prefix);
    let all = all.map(|(name, key)| to_json(cloud, name, key)).collect();
    page(call, "cryptoKeys", all)
}

pub(super) fn patch(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let name = name::key(cloud, call)?;
    let mut key = cloud.kms.key(&name)?.clone();
    let mask = call.query("updateMask").unwrap_or_default();
    if mask.is_empty() {
        return Err(ApiError::invalid("Required field 'update_mask' is empty."));
    }
    for field in mask.split(',') {
        match field.trim() {
            "labels" => key.set_labels(&call.body)?,
            "rotationPeriod" | "rotation_period" => key.set_rotation_period(&call.body)?,
            "nextRotationTime" | "next_rotation_time" => {
                key.set_next_rotation(&call.body, call.now)?;
            }
            "versionTemplate" | "version_template" => check_template(&call.body)?,
            other => {
                let message = format!("Field {other:?} of a CryptoKey cannot be changed.");
                return Err(ApiError::invalid(message));
            }
        }
    }
    cloud.kms.keys.insert(name.as_str(), key);
    respond(call, to_json(cloud, &name, cloud.kms.key(&name)?))
}

pub(super) fn update_primary_version(
    cloud: &mut Cloud,
    call: &Call,
) -> Result<ApiResponse, ApiError> {
    let name = name::key(cloud, call)?;
    cloud.kms.key(&name)?;
    let id = call.body["cryptoKeyVersionId"].as_str().unwrap_or_default();
    let version = version_name(&name, id);
    version::check_state(
        &version,
        cloud.kms.version(&version)?.state,
        &[State::Enabled],
    )?;
    let key = cloud.kms.keys.get_mut(&name).expect("looked up above");
    key.primary = id.parse().ok();
    respond(call, to_json(cloud, &name, cloud.kms.key(&name)?))
}

pub(super) fn delete(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let name = name::key(cloud, call)?;
    cloud.kms.key(&name)?;
    if !cloud.kms.numbers(&name).is_empty() {
        return Err(ApiError::failed_precondition(format!(
            "CryptoKey {name} has CryptoKeyVersions: delete them first."
        )));
    }
    cloud.kms.keys.remove(&name);
    cloud.kms.deleted_keys.insert(name.as_str(), call.now);
    cloud.iam.forget(&resource("CryptoKey", &name).full_name());
    Ok(begin_delete(cloud, call, &name, "DeleteCryptoKeyMetadata"))
}

fn seconds(duration: Duration) -> String {
    format!("{}s", duration.as_secs())
}
