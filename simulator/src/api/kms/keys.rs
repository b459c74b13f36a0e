//! Symmetric keys and their versions.

use super::{
    cipher, fields,
    name::{ID_PATTERN, check_location, is_id, version_name},
    ring::{KEY_RING, check_empty},
};
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    agenda::Event,
    collection::{IdSource, Kind, Row, Verb, changed, existing},
};
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_STANDARD};
use names::{Duration, Timestamp};
use serde_json::{Value, json};

/// How the full names of keys begin.
const SERVICE: &str = "//cloudkms.googleapis.com/";

/// A row has the name of the primary version, and in `versions` the highest
/// number of a version so far.
pub(crate) static CRYPTO_KEY: Kind =
    Kind::new("cloudkms.v1", "projects.locations.keyRings.cryptoKeys")
        .parent(&KEY_RING)
        .id(IdSource::Query("cryptoKeyId"), ID_PATTERN, is_id)
        .check_call(|_, _, _, name| check_location(name))
        .unsimulated(&["cryptoKeyBackend", "importOnly"])
        .required_mask("Required field 'update_mask' is empty.")
        .custom(&[
            ("decrypt", decrypt),
            ("encrypt", encrypt),
            ("updatePrimaryVersion", update_primary_version),
        ])
        .prepare(prepare)
        .check_delete(|cloud, _, name| check_empty(&CRYPTO_KEY, cloud, name, "CryptoKeyVersions"))
        .follow(follow)
        .operation("google.cloud.kms.v1", "DeleteCryptoKeyMetadata")
        .render(|cloud, _, _, json| {
            // A recording shows a primary version as enabled right after its
            // destruction was scheduled; this was taken for a stale copy.
            let primary = json["primary"].as_str();
            let primary = primary.and_then(|name| {
                let row = CRYPTO_KEY_VERSION.row(cloud, name)?;
                Some(CRYPTO_KEY_VERSION.to_json(cloud, name, row, ""))
            });
            json["primary"] = json!(primary);
            if let Some(fields) = json.as_object_mut() {
                fields.retain(|field, value| field != "versions" && !value.is_null());
            }
        });

/// A row has the material, 256 bits in base64, until it is destroyed, and the
/// number of encryptions, from which each nonce is made: none may occur twice.
pub(crate) static CRYPTO_KEY_VERSION: Kind = Kind::new(
    "cloudkms.v1",
    "projects.locations.keyRings.cryptoKeys.cryptoKeyVersions",
)
.parent(&CRYPTO_KEY)
.id(
    IdSource::Assigned(|cloud, key| next_number(cloud, key).to_string()),
    "",
    |_| true,
)
.check_call(|_, _, _, name| check_location(name))
.required_mask(ONLY_STATE)
.custom(&[("destroy", destroy), ("restore", restore)])
.prepare(prepare_version)
.check_delete(|cloud, _, name| {
    let row = existing(&CRYPTO_KEY_VERSION, cloud, name)?;
    cipher::check_state(name, row, &["DESTROYED"])
})
.follow(|cloud, _, verb, name| {
    if verb == Verb::Create {
        generate(cloud, name);
    }
})
.operation("google.cloud.kms.v1", "DeleteCryptoKeyVersionMetadata")
.render(|_, _, _, json| {
    if let Some(fields) = json.as_object_mut() {
        fields.retain(|field, _| !matches!(field.as_str(), "material" | "encryptions"));
    }
});

const ONLY_STATE: &str = "Only 'state' can be in the update_mask.";

fn prepare(
    cloud: &Cloud,
    call: &Call,
    name: &str,
    old: Option<&Row>,
    key: &mut Value,
) -> Result<(), ApiError> {
    if let Some(old) = old {
        key["versions"] = old.body["versions"].clone();
    } else if (cloud.resources.used_names).contains(&CRYPTO_KEY.resource(name).full_name()) {
        return Err(ApiError::already_exists(format!(
            "CryptoKey {name} was deleted: its name cannot be used again."
        )));
    }
    fields::prepare(call, old, key)
}

fn follow(cloud: &mut Cloud, call: &Call, verb: Verb, name: &str) {
    if verb == Verb::Create {
        let full_name = CRYPTO_KEY.resource(name).full_name();
        cloud.resources.used_names.insert(full_name, call.now);
        let without = call.query("skipInitialVersionCreation");
        if !without.is_some_and(|skip| skip.eq_ignore_ascii_case("true")) {
            rotate(cloud, name, call.now);
        }
    }
    set_timer(cloud, name);
}

/// Sets the timer of a key to its `nextRotationTime`.
fn set_timer(cloud: &mut Cloud, name: &str) {
    let subject = CRYPTO_KEY.resource(name).full_name();
    cloud.agenda.cancel(&subject);
    let row = CRYPTO_KEY.row(cloud, name);
    if let Some(at) = row.and_then(|row| row.body["nextRotationTime"].as_str()?.parse().ok()) {
        cloud.agenda.add(at, &subject, Event::RotateKey);
    }
}

/// Rotates a key that is due. That one without a period rotates once is
/// unverified.
pub(crate) fn rotate_due(cloud: &mut Cloud, subject: &str, at: Timestamp) {
    let name = subject.trim_start_matches(SERVICE);
    let row = CRYPTO_KEY.row_mut(cloud, name).expect("timers go with it");
    let period = fields::seconds(&row.body["rotationPeriod"]).filter(|period| *period > 0);
    let next = period.map(|period| at + Duration::from_secs(period));
    row.body["nextRotationTime"] = json!(next);
    rotate(cloud, name, at);
    set_timer(cloud, name);
}

/// Creates the next version of a key and makes it the primary.
fn rotate(cloud: &mut Cloud, key: &str, now: Timestamp) {
    let version = version_name(key, next_number(cloud, key));
    let row = CRYPTO_KEY_VERSION.new_row(cloud.resources.next_id(), now, json!({}));
    CRYPTO_KEY_VERSION.store(cloud, &version, row);
    generate(cloud, &version);
    let row = CRYPTO_KEY.row_mut(cloud, key).expect("it has a version");
    row.body["primary"] = version.into();
}

/// The number of a key's next version.
fn next_number(cloud: &mut Cloud, key: &str) -> u64 {
    let row = CRYPTO_KEY.row_mut(cloud, key).expect("it was looked up");
    let number = row.body["versions"].as_u64().unwrap_or(0) + 1;
    row.body["versions"] = number.into();
    number
}

/// Enables a new version.
fn generate(cloud: &mut Cloud, name: &str) {
    let row = CRYPTO_KEY_VERSION.row_mut(cloud, name).expect("it is new");
    let material = digest(&SHA256, format!("{name}\n{}", row.created).as_bytes());
    row.body = fields::template();
    row.body["state"] = "ENABLED".into();
    row.body["generateTime"] = json!(row.created);
    row.body["material"] = BASE64_STANDARD.encode(material).into();
    row.body["encryptions"] = 0.into();
}

/// Enables or disables a version.
fn prepare_version(
    _: &Cloud,
    call: &Call,
    name: &str,
    old: Option<&Row>,
    version: &mut Value,
) -> Result<(), ApiError> {
    let Some(old) = old else {
        return Ok(());
    };
    if call.query("updateMask") != Some("state") {
        return Err(ApiError::invalid(ONLY_STATE));
    }
    cipher::check_state(name, old, &["ENABLED", "DISABLED"])?;
    match version["state"].as_str().unwrap_or_default() {
        "ENABLED" | "DISABLED" => Ok(()),
        other => Err(ApiError::invalid(format!(
            "A version cannot be updated to the state {other:?}."
        ))),
    }
}

fn destroy(cloud: &mut Cloud, call: &Call, name: &str) -> Result<ApiResponse, ApiError> {
    let (key, _) = name.split_once("/cryptoKeyVersions/").unwrap_or_default();
    let delay = &existing(&CRYPTO_KEY, cloud, key)?.body["destroyScheduledDuration"];
    let at = call.now + Duration::from_secs(fields::seconds(delay).unwrap_or(0));
    let row = CRYPTO_KEY_VERSION.row_mut(cloud, name).expect("it exists");
    cipher::check_state(name, row, &["ENABLED", "DISABLED"])?;
    row.body["state"] = "DESTROY_SCHEDULED".into();
    row.body["destroyTime"] = json!(at);
    let subject = CRYPTO_KEY_VERSION.resource(name).full_name();
    cloud.agenda.add(at, &subject, Event::DestroyKeyVersion);
    changed(&CRYPTO_KEY_VERSION, "destroy", cloud, call, name)
}

fn restore(cloud: &mut Cloud, call: &Call, name: &str) -> Result<ApiResponse, ApiError> {
    let row = CRYPTO_KEY_VERSION.row_mut(cloud, name).expect("it exists");
    cipher::check_state(name, row, &["DESTROY_SCHEDULED"])?;
    row.body["state"] = "DISABLED".into();
    row.remove_field("destroyTime");
    let subject = CRYPTO_KEY_VERSION.resource(name).full_name();
    cloud.agenda.cancel(&subject);
    changed(&CRYPTO_KEY_VERSION, "restore", cloud, call, name)
}

/// Destroys the material of a version whose time has come.
pub(crate) fn destroy_due(cloud: &mut Cloud, subject: &str, at: Timestamp) {
    let name = subject.trim_start_matches(SERVICE);
    let row = CRYPTO_KEY_VERSION.row_mut(cloud, name);
    let row = row.expect("timers go with it");
    row.body["state"] = "DESTROYED".into();
    row.body["destroyEventTime"] = json!(at);
    row.remove_field("destroyTime");
    row.remove_field("material");
}

fn update_primary_version(
    cloud: &mut Cloud,
    call: &Call,
    name: &str,
) -> Result<ApiResponse, ApiError> {
    let id = call.body["cryptoKeyVersionId"].as_str().unwrap_or_default();
    let version = version_name(name, id);
    let row = existing(&CRYPTO_KEY_VERSION, cloud, &version)?;
    cipher::check_state(&version, row, &["ENABLED"])?;
    let row = CRYPTO_KEY.row_mut(cloud, name).expect("it exists");
    row.body["primary"] = version.into();
    changed(&CRYPTO_KEY, "updatePrimaryVersion", cloud, call, name)
}

fn encrypt(cloud: &mut Cloud, call: &Call, key: &str) -> Result<ApiResponse, ApiError> {
    let primary = existing(&CRYPTO_KEY, cloud, key)?.body["primary"].as_str();
    let Some(version) = primary.map(str::to_owned) else {
        let message = format!("CryptoKey {key} has no primary version.");
        return Err(ApiError::failed_precondition(message));
    };
    encrypt_with(cloud, call, &version)
}

/// Encrypts with this version.
pub(super) fn encrypt_with(
    cloud: &mut Cloud,
    call: &Call,
    version: &str,
) -> Result<ApiResponse, ApiError> {
    existing(&CRYPTO_KEY_VERSION, cloud, version)?;
    let row = CRYPTO_KEY_VERSION.row_mut(cloud, version);
    let row = row.expect("looked up above");
    Ok(ApiResponse::Json(cipher::encrypt(
        version, row, &call.body,
    )?))
}

fn decrypt(cloud: &mut Cloud, call: &Call, key: &str) -> Result<ApiResponse, ApiError> {
    let primary = &existing(&CRYPTO_KEY, cloud, key)?.body["primary"];
    let versions = CRYPTO_KEY_VERSION.rows(cloud, &version_name(key, ""));
    let json = cipher::decrypt(versions, primary, &call.body)?;
    Ok(ApiResponse::Json(json))
}
