//! Encrypt and decrypt.
//!
//! A ciphertext is which version (8 bytes), a nonce (12 bytes), and what
//! AES-256-GCM makes of the plaintext and the additional data.

use super::{
    name,
    shown::answer,
    store::Kms,
    version::{State, Version, usable, version_name},
};
use crate::{Answer, ApiError, Call, Cloud, iam::hash};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE},
};
use serde_json::{Value, json};

/// Of plaintext and of additional data, in bytes.
const MOST: usize = 64 << 10;
const STAMP: usize = 8;
const NONCE: usize = 12;

/// A field of bytes, and whether a checksum came with it that is right.
fn bytes(body: &Value, field: &str) -> Result<(Vec<u8>, bool), ApiError> {
    let wrong = || ApiError::invalid(format!("Invalid value at '{field}' (TYPE_BYTES)."));
    let bytes = match &body[field] {
        Value::Null => Vec::new(),
        Value::String(text) => BASE64_STANDARD
            .decode(text)
            .or_else(|_| BASE64_URL_SAFE.decode(text))
            .map_err(|_| wrong())?,
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            return Err(wrong());
        }
    };
    let sum = &body[format!("{field}Crc32c")];
    if sum.is_null() {
        return Ok((bytes, false));
    }
    let given = sum.as_u64().or_else(|| sum.as_str()?.parse().ok());
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

fn sum(bytes: &[u8]) -> String {
    crc32c::crc32c(bytes).to_string()
}

fn stamp(version: &str) -> [u8; STAMP] {
    hash(&["kms", version]).to_be_bytes()
}

fn sealer(version: &Version) -> LessSafeKey {
    let material = BASE64_STANDARD.decode(&version.material);
    let key = material
        .ok()
        .and_then(|material| UnboundKey::new(&AES_256_GCM, &material).ok());
    LessSafeKey::new(key.expect("an enabled version has 256 bits"))
}

pub(super) fn encrypt(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let key = name::key(cloud, call)?;
    let row = cloud.kms.key(&key)?;
    let name = match (call.path("version"), row.primary) {
        ("", Some(primary)) => version_name(&key, primary),
        ("", None) => {
            let message = format!("CryptoKey {key} has no primary version.");
            return Err(ApiError::failed_precondition(message));
        }
        (asked, _) => version_name(&key, asked),
    };
    let (mut sealed, plaintext_verified) = bytes(&call.body, "plaintext")?;
    let (aad, aad_verified) = bytes(&call.body, "additionalAuthenticatedData")?;
    for (field, length) in [
        ("plaintext", sealed.len()),
        ("additional_authenticated_data", aad.len()),
    ] {
        if length > MOST {
            return Err(ApiError::invalid(format!(
                "The {field} is {length} bytes: at most {MOST} are allowed."
            )));
        }
    }
    usable(&name, cloud.kms.version(&name)?.state, &[State::Enabled])?;
    let version = cloud.kms.versions.get_mut(&name).expect("looked up above");
    version.uses += 1;
    let mut nonce = [0; NONCE];
    nonce[NONCE - 8..].copy_from_slice(&version.uses.to_be_bytes());
    let seal = sealer(version).seal_in_place_append_tag(
        Nonce::assume_unique_for_key(nonce),
        Aad::from(&aad),
        &mut sealed,
    );
    seal.expect("64 KiB can be sealed");
    let ciphertext = [stamp(&name).as_slice(), &nonce, &sealed].concat();
    let mut shown = json!({
        "name": name,
        "ciphertext": BASE64_STANDARD.encode(&ciphertext),
        "ciphertextCrc32c": sum(&ciphertext),
        "protectionLevel": "SOFTWARE",
    });
    for (field, verified) in [
        ("verifiedPlaintextCrc32c", plaintext_verified),
        ("verifiedAdditionalAuthenticatedDataCrc32c", aad_verified),
    ] {
        // False is left out, as all zeros are.
        if verified {
            shown[field] = true.into();
        }
    }
    answer(call, shown)
}

/// The key's version that made a ciphertext, by number.
fn maker(kms: &Kms, key: &str, ciphertext: &[u8]) -> Option<u32> {
    let mut numbers = kms.numbers(key).into_iter();
    numbers.find(|number| ciphertext.starts_with(&stamp(&version_name(key, number))))
}

pub(super) fn decrypt(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let key = name::key(cloud, call)?;
    let primary = cloud.kms.key(&key)?.primary;
    let (ciphertext, _) = bytes(&call.body, "ciphertext")?;
    let (aad, _) = bytes(&call.body, "additionalAuthenticatedData")?;
    let wrong = || {
        let why = "Decryption failed: verify that 'name' refers to the correct CryptoKey.";
        ApiError::invalid(why)
    };
    let number = maker(&cloud.kms, &key, &ciphertext).ok_or_else(wrong)?;
    let name = version_name(&key, number);
    let version = cloud.kms.version(&name)?;
    usable(&name, version.state, &[State::Enabled])?;
    let (nonce, sealed) = ciphertext[STAMP..]
        .split_at_checked(NONCE)
        .ok_or_else(wrong)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| wrong())?;
    let mut sealed = sealed.to_vec();
    let opened = sealer(version).open_in_place(nonce, Aad::from(&aad), &mut sealed);
    let plaintext =
        opened.map_err(|_| ApiError::invalid("Decryption failed: the ciphertext is invalid."))?;
    let mut shown = json!({
        "plaintextCrc32c": sum(plaintext),
        "protectionLevel": "SOFTWARE",
    });
    if !plaintext.is_empty() {
        shown["plaintext"] = BASE64_STANDARD.encode(plaintext).into();
    }
    if primary == Some(number) {
        shown["usedPrimary"] = true.into();
    }
    answer(call, shown)
}
