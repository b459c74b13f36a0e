//! Encryption and decryption.
//!
//! A ciphertext consists of a tag of the key version (8 bytes), a nonce (12
//! bytes), and the AES-256-GCM encryption of the plaintext with the additional
//! authenticated data.

use crate::{ApiError, base64_field::decode, collection::Row, iam::hash};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::{Engine, prelude::BASE64_STANDARD};
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
        Value::String(text) => decode(text).ok_or_else(invalid)?,
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

/// Refuses a version whose state is not one of `wanted`.
pub(super) fn check_state(name: &str, version: &Row, wanted: &[&str]) -> Result<(), ApiError> {
    let state = version.body["state"].as_str().unwrap_or_default();
    if wanted.contains(&state) {
        return Ok(());
    }
    let mut error = ApiError::failed_precondition(format!(
        "{name} is not {}, current state is: {state}.",
        wanted.join(" or ").to_lowercase(),
    ));
    error.details.push(json!({
        "@type": "type.googleapis.com/google.rpc.PreconditionFailure",
        "violations": [{ "type": format!("KEY_{state}"), "subject": name }],
    }));
    Err(error)
}

fn cipher_of(version: &Row) -> LessSafeKey {
    let material = version.body["material"].as_str().unwrap_or_default();
    let material = BASE64_STANDARD.decode(material);
    let key = material
        .ok()
        .and_then(|material| UnboundKey::new(&AES_256_GCM, &material).ok());
    LessSafeKey::new(key.expect("an enabled version has 256 bits"))
}

/// The response to a request to encrypt with a version.
pub(super) fn encrypt(name: &str, version: &mut Row, body: &Value) -> Result<Value, ApiError> {
    let (mut sealed, plaintext_verified) = bytes(body, "plaintext")?;
    let (aad, aad_verified) = bytes(body, "additionalAuthenticatedData")?;
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
    check_state(name, version, &["ENABLED"])?;
    let encryptions = version.body["encryptions"].as_u64().unwrap_or(0) + 1;
    version.body["encryptions"] = encryptions.into();
    let mut nonce = [0; NONCE];
    nonce[NONCE - 8..].copy_from_slice(&encryptions.to_be_bytes());
    let seal = cipher_of(version).seal_in_place_append_tag(
        Nonce::assume_unique_for_key(nonce),
        Aad::from(&aad),
        &mut sealed,
    );
    seal.expect("64 KiB can be sealed");
    let ciphertext = [version_tag(name).as_slice(), &nonce, &sealed].concat();
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
    Ok(json)
}

/// The response to a request to decrypt with one of a key's versions, of which
/// `primary` is the name of one.
pub(super) fn decrypt<'a>(
    mut versions: impl Iterator<Item = (&'a str, &'a Row)>,
    primary: &Value,
    body: &Value,
) -> Result<Value, ApiError> {
    let (ciphertext, _) = bytes(body, "ciphertext")?;
    let (aad, _) = bytes(body, "additionalAuthenticatedData")?;
    let invalid = || {
        let reason = "Decryption failed: verify that 'name' refers to the correct CryptoKey.";
        ApiError::invalid(reason)
    };
    let made_it = versions.find(|(name, _)| ciphertext.starts_with(&version_tag(name)));
    let (name, version) = made_it.ok_or_else(invalid)?;
    check_state(name, version, &["ENABLED"])?;
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
    if primary == name {
        json["usedPrimary"] = true.into();
    }
    Ok(json)
}
