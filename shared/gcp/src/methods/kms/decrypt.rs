//! Decryption, with checksums of request and response.

use crate::{Client, Error, ErrorKind, Idempotency, Method, On, Request, methods::int64::int64};
use base64::{Engine, prelude::BASE64_STANDARD};
use crc32c::crc32c;
use names::CryptoKeyName;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde::Deserialize;
use serde_json::json;

/// Decrypts with whichever version of the key encrypted.
pub static KEYS_DECRYPT: Method = Method::post(
    "cloudkms.projects.locations.keyRings.cryptoKeys.decrypt",
    "/v1/{+name}:decrypt",
)
.request_fields(&[
    "ciphertext",
    "ciphertextCrc32c",
    "additionalAuthenticatedData",
    "additionalAuthenticatedDataCrc32c",
])
.response_fields(&["plaintext", "plaintextCrc32c"])
.idempotency(Idempotency::Always)
.needs(&[("cloudkms.cryptoKeyVersions.useToDecrypt", On::Resource)]);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DecryptResponse {
    #[serde(default)]
    plaintext: Plaintext,
    #[serde(default, deserialize_with = "checksum")]
    plaintext_crc32c: Option<i64>,
}

/// Base64, zeroed when dropped.
#[derive(Default)]
struct Plaintext(SecretString);

impl<'de> Deserialize<'de> for Plaintext {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|text| Self(text.into()))
    }
}

fn checksum<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    int64(from).map(Some)
}

/// Decrypts `ciphertext`, which `key` encrypted together with the additional
/// authenticated data `aad`. The plaintext is zeroed when it is dropped; the
/// transport's buffers are not.
///
/// # Errors
/// The call failed: 400 if the ciphertext was made with another key or other
/// data, or if its key version is disabled or destroyed.
/// [`ErrorKind::Checksum`] if the request or the response was corrupted in
/// transit; a retry may succeed.
pub async fn decrypt(
    client: &Client,
    key: &CryptoKeyName,
    ciphertext: &[u8],
    aad: &[u8],
) -> Result<SecretSlice<u8>, Error> {
    let request = Request::new(&KEYS_DECRYPT).path("name", key).json(&json!({
        "ciphertext": BASE64_STANDARD.encode(ciphertext),
        // Google's JSON encodes an int64 as a string.
        "ciphertextCrc32c": crc32c(ciphertext).to_string(),
        "additionalAuthenticatedData": BASE64_STANDARD.encode(aad),
        "additionalAuthenticatedDataCrc32c": crc32c(aad).to_string(),
    }));
    let response: DecryptResponse = client.json(&request).await.map_err(with_checksum_kind)?;
    let failed = |kind| Error::new(&request, kind);
    // Without the parser's message, which would quote the plaintext.
    let plaintext = BASE64_STANDARD.decode(response.plaintext.0.expose_secret());
    let plaintext = plaintext
        .map_err(|_| {
            failed(ErrorKind::InvalidResponse(
                "the plaintext is not base64".to_owned(),
            ))
        })
        .map(SecretSlice::from)?;
    if response.plaintext_crc32c != Some(crc32c(plaintext.expose_secret()).into()) {
        let what = "the plaintext does not match its checksum";
        return Err(failed(ErrorKind::Checksum(what.to_owned())));
    }
    Ok(plaintext)
}

/// Gives an error [`ErrorKind::Checksum`] if Google found the request corrupted
/// in transit: it responds with 400 to that as to an invalid request. The
/// message is quoted from the Cloud KMS documentation on data integrity
/// (unverified).
fn with_checksum_kind(mut error: Error) -> Error {
    if let ErrorKind::Status {
        status: 400,
        message,
        ..
    } = &error.kind
        && message.contains("_crc32c did not match")
    {
        error.kind = ErrorKind::Checksum(message.clone());
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Class, Classify,
        testing::{Scripted, SetClock, respond},
    };
    use serde_json::Value;

    const KEY: &str = "projects/demo-project/locations/global/keyRings/r/cryptoKeys/k";

    async fn open(status: u16, body: Value) -> (Result<SecretSlice<u8>, Error>, Value) {
        let scripted = Scripted::new(move |_, _| respond(status, &body));
        let client = scripted.client(&SetClock::new());
        let key = KEY.parse().expect("a key");
        let opened = decrypt(&client, &key, b"123456789", b"aad").await;
        let sent = serde_json::from_slice(scripted.seen()[0].body()).expect("JSON");
        (opened, sent)
    }

    #[tokio::test]
    async fn request_and_response_have_checksums() {
        // The check value of CRC-32C (RFC 3720, B.4, has others).
        let sum = 0xe306_9283_u32.to_string();
        let good = json!({ "plaintext": "MTIzNDU2Nzg5", "plaintextCrc32c": sum });
        let (opened, sent) = open(200, good).await;
        assert_eq!(opened.expect("opens").expose_secret(), b"123456789");
        assert_eq!(sent["ciphertextCrc32c"], sum.as_str());
        assert_eq!(
            sent["additionalAuthenticatedDataCrc32c"],
            crc32c(b"aad").to_string()
        );
        let empty = json!({ "plaintextCrc32c": "0" });
        let opened = open(200, empty).await.0.expect("nothing was encrypted");
        assert!(opened.expose_secret().is_empty());
    }

    #[tokio::test]
    async fn corruption_is_transient_and_errors_do_not_contain_plaintext() {
        let refused = |message: &str| json!({ "error": { "message": message } });
        let sum =
            "The checksum in field ciphertext_crc32c did not match the data in field ciphertext.";
        let wrong = "Decryption failed: the ciphertext is invalid.";
        for (status, body, class, says) in [
            (
                200,
                json!({ "plaintext": "MTIz", "plaintextCrc32c": "1" }),
                Class::Transient,
                "match",
            ),
            (
                200,
                json!({ "plaintext": "MTIz" }),
                Class::Transient,
                "match",
            ),
            (
                200,
                json!({ "plaintext": "MTIz!" }),
                Class::Bug,
                "not base64",
            ),
            (400, refused(sum), Class::Transient, sum),
            (400, refused(wrong), Class::Invalid, wrong),
            (
                403,
                refused("Permission denied."),
                Class::Denied,
                "Permission",
            ),
        ] {
            let (opened, _) = open(status, body.clone()).await;
            let error = opened.expect_err("not opened");
            assert_eq!(error.class(), class, "{body}: {error}");
            let text = format!("{error} {error:?}");
            assert!(text.contains(says), "{text}");
            assert!(!text.contains("MTIz") && !text.contains("123!"), "{text}");
        }
    }
}
