//! Cloud KMS.

mod ciphertext;
mod keys;
mod policies;
mod time;

use crate::{Cloud, api::test_api::TestApi};
use base64::{Engine, prelude::BASE64_STANDARD};
use names::Timestamp;
use serde_json::{Value, json};

const RINGS: &str = "/v1/projects/demo-project/locations/global/keyRings";
const RING: &str = "/v1/projects/demo-project/locations/global/keyRings/jobs";
const KEYS: &str = "/v1/projects/demo-project/locations/global/keyRings/jobs/cryptoKeys";
const KEY: &str = "/v1/projects/demo-project/locations/global/keyRings/jobs/cryptoKeys/ssh";
const VERSION: &str =
    "/v1/projects/demo-project/locations/global/keyRings/jobs/cryptoKeys/ssh/cryptoKeyVersions";
const DAY: u64 = 86_400_000_000;

/// A project without keys.
fn empty() -> TestApi {
    let mut cloud = Cloud::new();
    cloud.add_project("demo-project", 42, None);
    TestApi {
        cloud,
        api: "cloudkms",
        now: Timestamp::from_seconds(1_800_000_000),
    }
}

fn purpose() -> Value {
    json!({ "purpose": "ENCRYPT_DECRYPT" })
}

/// A project with the key ring `jobs` and its key `ssh`.
fn kms() -> TestApi {
    let mut k = empty();
    k.expect_ok("POST", &format!("{RINGS}?keyRingId=jobs"), &json!({}));
    k.expect_ok("POST", &format!("{KEYS}?cryptoKeyId=ssh"), &purpose());
    k
}

/// Advances the time by this many days.
fn days(k: &mut TestApi, days: u64) {
    k.wait(days * DAY);
    k.cloud.advance(k.now);
}

fn encrypted(k: &mut TestApi, text: &str) -> Value {
    let body = json!({ "plaintext": BASE64_STANDARD.encode(text) });
    let sealed = k.expect_ok("POST", &format!("{KEY}:encrypt"), &body);
    json!({ "ciphertext": sealed["ciphertext"] })
}

fn opened(respond: &Value) -> String {
    let plaintext = respond["plaintext"].as_str().unwrap_or_default();
    String::from_utf8(BASE64_STANDARD.decode(plaintext).expect("base64")).expect("text")
}
