//! Encrypting with a key, with checksums both ways.

use super::on;
use crate::{Client, Error, ErrorKind, Idempotency, Method, Request, client::failed};
use base64::{Engine, prelude::BASE64_STANDARD};
use names::CryptoKeyName;
use serde::Deserialize;
use serde_json::json;

/// Encrypts under the key's primary version. Again is as good: both
/// ciphertexts decrypt.
pub static KEYS_ENCRYPT: Method = Method::post(
    "cloudkms.projects.locations.keyRings.cryptoKeys.encrypt",
    "/v1/{+name}:encrypt",
)
.sends(&[
    "plaintext",
    "plaintextCrc32c",
    "additionalAuthenticatedData",
    "additionalAuthenticatedDataCrc32c",
])
.reads(&[
    "ciphertext",
    "ciphertextCrc32c",
    "verifiedPlaintextCrc32c",
    "verifiedAdditionalAuthenticatedDataCrc32c",
])
.idempotency(Idempotency::Always)
.requires(|r| {
    on(
        "cloudkms.cryptoKeyVersions.useToEncrypt",
        r.path_value("name"),
    )
});

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Encrypted {
    ciphertext: String,
    #[serde(deserialize_with = "crate::methods::int64")]
    ciphertext_crc32c: i64,
    verified_plaintext_crc32c: bool,
    verified_additional_authenticated_data_crc32c: bool,
}

impl Encrypted {
    /// The ciphertext, if nothing was changed on the way there or back.
    fn checked(self) -> Result<Vec<u8>, &'static str> {
        if !self.verified_plaintext_crc32c || !self.verified_additional_authenticated_data_crc32c {
            return Err("the checksums that were sent were not verified");
        }
        let bytes = BASE64_STANDARD
            .decode(&self.ciphertext)
            .map_err(|_| "the ciphertext is no base64")?;
        match i64::from(crc32c::crc32c(&bytes)) == self.ciphertext_crc32c {
            true => Ok(bytes),
            false => Err("the ciphertext does not fit its checksum"),
        }
    }
}

/// Encrypts `plaintext`, at most 64 KiB. The ciphertext decrypts only with the
/// same `aad`. Both are sent with their CRC32C, and the answer's is checked
/// (Cloud KMS, "Data integrity guidelines").
///
/// # Errors
/// The call failed, or the answer was not whole.
pub async fn encrypt(
    client: &Client,
    key: &CryptoKeyName,
    plaintext: &[u8],
    aad: &[u8],
) -> Result<Vec<u8>, Error> {
    // An int64 is text in Google's JSON.
    let sum = |bytes: &[u8]| crc32c::crc32c(bytes).to_string();
    let request = Request::new(&KEYS_ENCRYPT).path("name", key).json(&json!({
        "plaintext": BASE64_STANDARD.encode(plaintext),
        "plaintextCrc32c": sum(plaintext),
        "additionalAuthenticatedData": BASE64_STANDARD.encode(aad),
        "additionalAuthenticatedDataCrc32c": sum(aad),
    }));
    let encrypted: Encrypted = client.json(&request).await?;
    let wrong = |what: &str| failed(&request, ErrorKind::Answer(what.to_owned()));
    encrypted.checked().map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(change: impl FnOnce(&mut Encrypted)) -> Result<Vec<u8>, &'static str> {
        let mut answer = Encrypted {
            ciphertext: BASE64_STANDARD.encode(b"sealed"),
            ciphertext_crc32c: crc32c::crc32c(b"sealed").into(),
            verified_plaintext_crc32c: true,
            verified_additional_authenticated_data_crc32c: true,
        };
        change(&mut answer);
        answer.checked()
    }

    #[test]
    fn only_a_whole_answer_is_taken() {
        assert_eq!(answer(|_| {}).as_deref(), Ok(b"sealed".as_slice()));
        let broken: [fn(&mut Encrypted); 4] = [
            |a| a.verified_plaintext_crc32c = false,
            |a| a.verified_additional_authenticated_data_crc32c = false,
            |a| a.ciphertext_crc32c += 1,
            |a| a.ciphertext = BASE64_STANDARD.encode(b"changed"),
        ];
        for change in broken {
            assert!(answer(change).is_err());
        }
    }
}
