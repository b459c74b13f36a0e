//! A fake key management service with one key. The ciphertext is not secret: it
//! is the additional authenticated data, followed by the plaintext.

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use serde_json::{Value, json};

pub(crate) const KEY: &str = "projects/demo-project/locations/global/keyRings/r/cryptoKeys/secrets";

/// How the service answers the next requests.
#[derive(Clone, Default)]
pub(crate) struct FakeKms {
    /// Whether the caller may not decrypt.
    pub(crate) denies: bool,
    /// How many more answers are 503.
    pub(crate) busy: u32,
    /// How many more plaintexts are damaged in transit.
    pub(crate) damages: u32,
}

/// Ciphertext that decrypts with [`KEY`] and `aad`.
pub(crate) fn encrypted(aad: &str, plaintext: &str) -> Bytes {
    [aad, "\n", plaintext].concat().into_bytes().into()
}

impl FakeKms {
    pub(super) fn decrypt(&mut self, path: &str, body: &Bytes) -> (u16, Bytes) {
        let refused = |status: u16, code: &str, message: &str| {
            let error = json!({ "error": { "status": code, "message": message } });
            (status, error.to_string().into())
        };
        assert_eq!(path, format!("/v1/{KEY}:decrypt"));
        if self.denies {
            let message = "Permission 'cloudkms.cryptoKeyVersions.useToDecrypt' denied";
            return refused(403, "PERMISSION_DENIED", message);
        }
        if self.busy > 0 {
            self.busy -= 1;
            return refused(503, "UNAVAILABLE", "later");
        }
        let body: Value = serde_json::from_slice(body).expect("JSON");
        let field = |name: &str| {
            let text = body[name].as_str().expect("text");
            let bytes = BASE64_STANDARD.decode(text).expect("base64");
            let sum = crc32c::crc32c(&bytes).to_string();
            assert_eq!(body[format!("{name}Crc32c")], sum, "{name}");
            String::from_utf8(bytes).expect("UTF-8")
        };
        let (ciphertext, aad) = (field("ciphertext"), field("additionalAuthenticatedData"));
        let Some(plaintext) = ciphertext.strip_prefix(&format!("{aad}\n")) else {
            let message = "Decryption failed: the ciphertext is invalid.";
            return refused(400, "INVALID_ARGUMENT", message);
        };
        let mut sum = crc32c::crc32c(plaintext.as_bytes());
        if self.damages > 0 {
            self.damages -= 1;
            sum ^= 1;
        }
        let answer = json!({
            "plaintext": BASE64_STANDARD.encode(plaintext),
            "plaintextCrc32c": sum.to_string(),
        });
        (200, answer.to_string().into())
    }
}
