//! Encryption, with checksums of request and response.

use crate::{Client, Error, ErrorKind, Idempotency, Method, On, Request};
use base64::{Engine, prelude::BASE64_STANDARD};
use names::CryptoKeyName;
use serde::Deserialize;
use serde_json::json;

/// Encrypts with the key's primary version. Idempotent as far as callers are
/// concerned: the ciphertexts differ, but each decrypts.
pub static KEYS_ENCRYPT: Method = Method::post(
    "cloudkms.projects.locations.keyRings.cryptoKeys.encrypt",
    "/v1/{+name}:encrypt",
)
.request_fields(&[
    "plaintext",
    "plaintextCrc32c",
    "additionalAuthenticatedData",
    "additionalAuthenticatedDataCrc32c",
])
.response_fields(&[
    "name",
    "ciphertext",
    "ciphertextCrc32c",
    "verifiedPlaintextCrc32c",
    "verifiedAdditionalAuthenticatedDataCrc32c",
])
.idempotency(Idempotency::Always)
.needs(&[("cloudkms.cryptoKeyVersions.useToEncrypt", On::Resource)]);

/// What a key version encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ciphertext {
    /// What only a version of the key decrypts.
    pub bytes: Vec<u8>,
    /// The version that decrypts it, `{key}/cryptoKeyVersions/{number}`.
    pub version: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct EncryptResponse {
    name: String,
    ciphertext: String,
    #[serde(deserialize_with = "crate::methods::int64::int64")]
    ciphertext_crc32c: i64,
    verified_plaintext_crc32c: bool,
    verified_additional_authenticated_data_crc32c: bool,
}

impl EncryptResponse {
    /// The ciphertext, if neither request nor response was corrupted.
    fn verified(self) -> Result<Ciphertext, &'static str> {
        if !self.verified_plaintext_crc32c || !self.verified_additional_authenticated_data_crc32c {
            return Err("the server did not verify the checksums of the request");
        }
        let bytes = BASE64_STANDARD
            .decode(&self.ciphertext)
            .map_err(|_| "the ciphertext is not base64")?;
        match i64::from(crc32c::crc32c(&bytes)) == self.ciphertext_crc32c {
            true => Ok(Ciphertext {
                bytes,
                version: self.name,
            }),
            false => Err("the ciphertext does not match its checksum"),
        }
    }
}

/// Encrypts `plaintext`, at most 64 KiB. The ciphertext decrypts only with the
/// same additional authenticated data `aad`. Both are sent with their CRC32C,
/// and that of the response is verified (Cloud KMS, "Data integrity
/// guidelines").
///
/// # Errors
/// The call failed; [`ErrorKind::InvalidResponse`] if a checksum was not
/// verified or does not match.
pub async fn encrypt(
    client: &Client,
    key: &CryptoKeyName,
    plaintext: &[u8],
    aad: &[u8],
) -> Result<Ciphertext, Error> {
    // Google's JSON encodes an int64 as a string.
    let checksum = |bytes: &[u8]| crc32c::crc32c(bytes).to_string();
    let request = Request::new(&KEYS_ENCRYPT).path("name", key).json(&json!({
        "plaintext": BASE64_STANDARD.encode(plaintext),
        "plaintextCrc32c": checksum(plaintext),
        "additionalAuthenticatedData": BASE64_STANDARD.encode(aad),
        "additionalAuthenticatedDataCrc32c": checksum(aad),
    }));
    let encrypted: EncryptResponse = client.json(&request).await?;
    let invalid = |what: &str| Error::new(&request, ErrorKind::InvalidResponse(what.to_owned()));
    encrypted.verified().map_err(invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verify_changed(
        change: impl FnOnce(&mut EncryptResponse),
    ) -> Result<Ciphertext, &'static str> {
        let mut response = EncryptResponse {
            name: "k/cryptoKeyVersions/1".to_owned(),
            ciphertext: BASE64_STANDARD.encode(b"sealed"),
            ciphertext_crc32c: crc32c::crc32c(b"sealed").into(),
            verified_plaintext_crc32c: true,
            verified_additional_authenticated_data_crc32c: true,
        };
        change(&mut response);
        response.verified()
    }

    #[test]
    fn a_response_with_a_wrong_checksum_is_rejected() {
        let sealed = verify_changed(|_| {}).expect("verified");
        assert_eq!(sealed.bytes, b"sealed");
        assert_eq!(sealed.version, "k/cryptoKeyVersions/1");
        let broken: [fn(&mut EncryptResponse); 4] = [
            |a| a.verified_plaintext_crc32c = false,
            |a| a.verified_additional_authenticated_data_crc32c = false,
            |a| a.ciphertext_crc32c += 1,
            |a| a.ciphertext = BASE64_STANDARD.encode(b"changed"),
        ];
        for change in broken {
            assert!(verify_changed(change).is_err());
        }
    }
}
