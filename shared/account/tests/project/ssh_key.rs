//! Who can decrypt the user's SSH key.

use crate::world::{BUCKET, KEY, World};
use base64::{Engine, prelude::BASE64_STANDARD};
use gcp::methods::kms;
use names::BucketName;
use secrecy::ExposeSecret;
use serde_json::json;

const PLAIN: &[u8] = b"-----BEGIN OPENSSH PRIVATE KEY-----";

fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

#[tokio::test(start_paused = true)]
async fn machines_can_decrypt_the_ssh_key_and_the_resource_manager_cannot() {
    let world = World::new();
    world.apply().await;
    let bucket: BucketName = BUCKET.parse().expect("a bucket");
    let aad = names::ssh_key_aad(&bucket);
    let body = json!({
        "plaintext": base64(PLAIN),
        "additionalAuthenticatedData": base64(aad.as_bytes()),
    });
    // The owner can encrypt, and nobody else needs to: a key is stored once.
    let (status, sealed) = world.ask(&format!("POST /v1/{KEY}:encrypt"), body).await;
    assert_eq!(status, 200, "{sealed}");
    let sealed = sealed["ciphertext"]
        .as_str()
        .map(|text| BASE64_STANDARD.decode(text));
    let sealed = sealed.expect("text").expect("base64");

    let key = KEY.parse().expect("a key");
    let machine = world.instances();
    let opened = kms::decrypt(&machine, &key, &sealed, aad.as_bytes()).await;
    assert_eq!(opened.expect("opens").expose_secret(), PLAIN);

    let other = names::ssh_key_aad(&"customer-data".parse().expect("a bucket"));
    let moved = kms::decrypt(&machine, &key, &sealed, other.as_bytes()).await;
    let moved = moved.expect_err("it was moved");
    assert_eq!(moved.status(), Some(400), "{moved}");
    assert!(moved.to_string().contains("Decryption failed"), "{moved}");

    let manager = world.resource_manager();
    let refused = kms::decrypt(&manager, &key, &sealed, aad.as_bytes()).await;
    let refused = refused.expect_err("it may not");
    assert!(refused.is_denied(), "{refused}");
    let permission = "cloudkms.cryptoKeyVersions.useToDecrypt";
    assert!(refused.to_string().contains(permission), "{refused}");
}
