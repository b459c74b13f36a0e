//! Encryption and decryption.
//!
//! A ciphertext consists of a tag of the key version (8 bytes), a nonce (12
//! bytes), and the AES-256-GCM encryption of the plaintext with the additional
//! authenticated data.

use super::{
    name,
    response::respond,
    store::Kms,
    version::{State, Version, check_state, version_name},
};
use crate::{ApiError, ApiResponse, Call, Cloud, iam::hash};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE},
};
use serde_json::{Value, json};

/// Maximum length of the plaintext and of the additional authenticated data, in
/// bytes.
const MAX_BYTES: usize = 64 << 10;
const TAG: usize = 8;
const NONCE: usize = 12;

/// A field of bytes, and whether a matching checksum was given with it.
fn bytes(body: &Value, field: &str) -> Result<(Vec<u8>, bool), ApiError> {
    let invalid = || ApiError::invalid(format!("Invalid value at '{field}' (TYPE_BYTES)."));
    let bytes = match &body[field] {
        Value::Null => Vec::new(),
        Value::String(text) => BASE64_STANDARD
            .decode(text)
            .or_else(|_| BASE64_URL_SAFE.decode(text))
            .map_err(|_| invalid())?,
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            return Err(invalid());
        }
    };
    let checksum = &body[format!("{field}Crc32c")];
    if checksum.is_null() {
        return Ok((bytes, false));
    }
    let given = checksum
        .as_u64()
        .or_else(|| checksum.as_str()?.parse().ok());
    if given != Some(crc32c::crc32c(&bytes).into()) {
        let snake = snake(field);
        return Err(ApiError::invalid(format!(
            "The checksum in field {snake}_crc32c did not match the data in field {snake}."
        )));
    }
    Ok((bytes, true))
}

fn snake(field: &str) -> String {
    let lower = |c: char| match c.is_ascii_uppercase() {
        true => format!("_{}", c.to_ascii_lowercase()),
        false => c.to_string(),
    };
    field.chars().map(lower).collect()
}

fn checksum(bytes: &[u8]) -> String {
    crc32c::crc32c(bytes).to_string()
}

fn version_tag(version: &str) -> [u8; TAG] {
    hash(&["kms", version]).to_be_bytes()
}

fn cipher_of(version: &Version) -> LessSafeKey {
    let material = BASE64_STANDARD.decode(&version.material);
    let key = material
        .ok()
        .and_then(|material| UnboundKey::new(&AES_256_GCM, &material).ok());
    LessSafeKey::new(key.expect("an enabled version has 256 bits"))
}

pub(super) fn encrypt(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let key = name::key(cloud, call)?;
    let row = cloud.kms.key(&key)?;
    let name = match (call.path("version"), row.primary) {
        ("", Some(primary)) => version_name(&key, primary),
        ("", None) => {
            let message = format!("CryptoKey {key} has no primary version.");
            return Err(ApiError::failed_precondition(message));
        }
        (requested, _) => version_name(&key, requested),
    };
    let (mut sealed, plaintext_verified) = bytes(&call.body, "plaintext")?;
    let (aad, aad_verified) = bytes(&call.body, "additionalAuthenticatedData")?;
    for (field, length) in [
        ("plaintext", sealed.len()),
        ("additional_authenticated_data", aad.len()),
    ] {
        if length > MAX_BYTES {
            return Err(ApiError::invalid(format!(
                "The {field} is {length} bytes: at most {MAX_BYTES} are allowed."
            )));
        }
    }
    check_state(&name, cloud.kms.version(&name)?.state, &[State::Enabled])?;
    let version = cloud.kms.versions.get_mut(&name).expect("looked up above");
    version.encryptions += 1;
    let mut nonce = [0; NONCE];
    nonce[NONCE - 8..].copy_from_slice(&version.encryptions.to_be_bytes());
    let seal = cipher_of(version).seal_in_place_append_tag(
        Nonce::assume_unique_for_key(nonce),
        Aad::from(&aad),
        &mut sealed,
    );
    seal.expect("64 KiB can be sealed");
    let ciphertext = [version_tag(&name).as_slice(), &nonce, &sealed].concat();
    let mut json = json!({
        "name": name,
        "ciphertext": BASE64_STANDARD.encode(&ciphertext),
        "ciphertextCrc32c": checksum(&ciphertext),
        "protectionLevel": "SOFTWARE",
    });
    for (field, verified) in [
        ("verifiedPlaintextCrc32c", plaintext_verified),
        ("verifiedAdditionalAuthenticatedDataCrc32c", aad_verified),
    ] {
        // False is omitted, as all zero values are.
        if verified {
            json[field] = true.into();
        }
    }
    respond(call, json)
}

/// The number of the key version that made a ciphertext.
fn find_version(kms: &Kms, key: &str, ciphertext: &[u8]) -> Option<u32> {
    let mut numbers = kms.numbers(key).into_iter();
    numbers.find(|number| ciphertext.starts_with(&version_tag(&version_name(key, number))))
}

pub(super) fn decrypt(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let key = name::key(cloud, call)?;
    let primary = cloud.kms.key(&key)?.primary;
    let (ciphertext, _) = bytes(&call.body, "ciphertext")?;
    let (aad, _) = bytes(&call.body, "additionalAuthenticatedData")?;
    let invalid = || {
        let reason = "Decryption failed: verify that 'name' refers to the correct CryptoKey.";
        ApiError::invalid(reason)
    };
    let number = find_version(&cloud.kms, &key, &ciphertext).ok_or_else(invalid)?;
    let name = version_name(&key, number);
    let version = cloud.kms.version(&name)?;
    check_state(&name, version.state, &[State::Enabled])?;
    let (nonce, sealed) = ciphertext[TAG..]
        .split_at_checked(NONCE)
        .ok_or_else(invalid)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| invalid())?;
    let mut sealed = sealed.to_vec();
    let opened = cipher_of(version).open_in_place(nonce, Aad::from(&aad), &mut sealed);
    let plaintext =
        opened.map_err(|_| ApiError::invalid("Decryption failed: the ciphertext is invalid."))?;
    let mut json = json!({
        "plaintextCrc32c": checksum(plaintext),
        "protectionLevel": "SOFTWARE",
    });
    if !plaintext.is_empty() {
        json["plaintext"] = BASE64_STANDARD.encode(plaintext).into();
    }
    if primary == Some(number) {
        json["usedPrimary"] = true.into();
    }
    respond(call, json)
}
