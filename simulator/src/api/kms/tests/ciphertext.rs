//! Encryption, and who can decrypt.

use super::*;

const PLAIN: &str = "-----BEGIN OPENSSH PRIVATE KEY-----";

#[test]
fn only_the_right_key_and_additional_data_open_a_ciphertext() {
    let mut k = kms();
    k.expect_ok("POST", &format!("{KEYS}?cryptoKeyId=other"), &purpose());
    let aad = BASE64_STANDARD.encode("demo-project");
    let plaintext = BASE64_STANDARD.encode(PLAIN);
    let body = json!({ "plaintext": plaintext, "additionalAuthenticatedData": aad });
    let sealed = k.expect_ok("POST", &format!("{KEY}:encrypt"), &body);
    assert!(
        sealed["name"]
            .as_str()
            .expect("a name")
            .ends_with("/cryptoKeyVersions/1")
    );
    assert_eq!(sealed.get("verifiedPlaintextCrc32c"), None);
    let again = k.expect_ok("POST", &format!("{KEY}:encrypt"), &body);
    assert_ne!(
        sealed["ciphertext"], again["ciphertext"],
        "a nonce comes once"
    );

    let ciphertext = &sealed["ciphertext"];
    let bytes = BASE64_STANDARD
        .decode(ciphertext.as_str().expect("text"))
        .expect("base64");
    assert!(!bytes.windows(7).any(|part| part == b"OPENSSH"));
    let right = json!({ "ciphertext": ciphertext, "additionalAuthenticatedData": aad });
    let respond = k.expect_ok("POST", &format!("{KEY}:decrypt"), &right);
    assert_eq!(
        (opened(&respond).as_str(), &respond["usedPrimary"]),
        (PLAIN, &json!(true))
    );

    let mut flipped = bytes;
    *flipped.last_mut().expect("some") ^= 1;
    let flipped = BASE64_STANDARD.encode(&flipped);
    for (uri, body) in [
        (
            format!("{KEY}:decrypt"),
            json!({ "ciphertext": ciphertext }),
        ),
        (
            format!("{KEY}:decrypt"),
            json!({ "ciphertext": ciphertext, "additionalAuthenticatedData": "AAAA" }),
        ),
        (format!("{KEYS}/other:decrypt"), right.clone()),
        (
            format!("{KEY}:decrypt"),
            json!({ "ciphertext": flipped, "additionalAuthenticatedData": aad }),
        ),
        (format!("{KEY}:decrypt"), json!({ "ciphertext": "" })),
        (format!("{KEY}:decrypt"), json!({ "ciphertext": "%" })),
    ] {
        let (status, code, _) = k.expect_error("POST", &uri, &body);
        assert_eq!(
            (status, code.as_str()),
            (400, "INVALID_ARGUMENT"),
            "{uri} {body}"
        );
    }
}

#[test]
fn checksums_are_verified_both_ways() {
    let mut k = kms();
    let crc = |bytes: &[u8]| crc32c::crc32c(bytes).to_string();
    let mut body = json!({
        "plaintext": BASE64_STANDARD.encode(PLAIN),
        "plaintextCrc32c": crc(PLAIN.as_bytes()),
        "additionalAuthenticatedData": BASE64_STANDARD.encode("x"),
        "additionalAuthenticatedDataCrc32c": crc(b"x"),
    });
    let sealed = k.expect_ok("POST", &format!("{KEY}:encrypt"), &body);
    assert_eq!(sealed["verifiedPlaintextCrc32c"], true);
    assert_eq!(sealed["verifiedAdditionalAuthenticatedDataCrc32c"], true);
    let ciphertext = sealed["ciphertext"].as_str().expect("text");
    let bytes = BASE64_STANDARD.decode(ciphertext).expect("base64");
    assert_eq!(sealed["ciphertextCrc32c"], crc(&bytes));
    let mut requested = json!({
        "ciphertext": ciphertext,
        "ciphertextCrc32c": sealed["ciphertextCrc32c"],
        "additionalAuthenticatedData": body["additionalAuthenticatedData"],
        "additionalAuthenticatedDataCrc32c": body["additionalAuthenticatedDataCrc32c"],
    });
    let respond = k.expect_ok("POST", &format!("{KEY}:decrypt"), &requested);
    assert_eq!(respond["plaintextCrc32c"], crc(PLAIN.as_bytes()));

    body["plaintextCrc32c"] = "1".into();
    requested["additionalAuthenticatedDataCrc32c"] = json!(1);
    let told = |field| {
        let message = format!(
            "The checksum in field {field}_crc32c did not match the data in field {field}."
        );
        (400, "INVALID_ARGUMENT".to_owned(), message)
    };
    assert_eq!(
        k.expect_error("POST", &format!("{KEY}:encrypt"), &body),
        told("plaintext")
    );
    assert_eq!(
        k.expect_error("POST", &format!("{KEY}:decrypt"), &requested),
        told("additional_authenticated_data")
    );
    requested["ciphertextCrc32c"] = "1".into();
    assert_eq!(
        k.expect_error("POST", &format!("{KEY}:decrypt"), &requested),
        told("ciphertext")
    );
}

#[test]
fn at_most_64_kib_are_encrypted() {
    let mut k = kms();
    for (field, bytes, status) in [
        ("plaintext", 65_536, 200),
        ("plaintext", 65_537, 400),
        ("additionalAuthenticatedData", 65_536, 200),
        ("additionalAuthenticatedData", 65_537, 400),
    ] {
        let body = json!({ field: BASE64_STANDARD.encode(vec![7; bytes]) });
        let (found, _) = k.ask("POST", &format!("{KEY}:encrypt"), &body);
        assert_eq!(found, status, "{bytes} of {field}");
    }
}

#[test]
fn a_named_version_encrypts_though_another_is_primary() {
    let mut k = kms();
    k.expect_ok("POST", VERSION, &json!({}));
    let body = json!({ "plaintext": "AAAA" });
    let sealed = k.expect_ok("POST", &format!("{VERSION}/2:encrypt"), &body);
    assert!(sealed["name"].as_str().expect("a name").ends_with("/2"));
    let requested = json!({ "ciphertext": sealed["ciphertext"] });
    let respond = k.expect_ok("POST", &format!("{KEY}:decrypt"), &requested);
    assert_eq!(respond.get("usedPrimary"), None);
}

#[test]
fn key_material_survives_the_journal() {
    let mut k = kms();
    let sealed = encrypted(&mut k, PLAIN);
    let mut again = Cloud::new();
    for (from, to) in k.cloud.tables().into_iter().zip(again.tables()) {
        assert_eq!(from.name(), to.name());
        for (key, row) in from.take_changes() {
            to.restore(&key, row).expect("reads back");
        }
    }
    k.cloud = again;
    assert_eq!(
        opened(&k.expect_ok("POST", &format!("{KEY}:decrypt"), &sealed)),
        PLAIN
    );
}
