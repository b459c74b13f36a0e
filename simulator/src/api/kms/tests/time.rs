//! Rotation, destruction and deletion.

use super::*;

#[test]
fn a_rotated_key_still_decrypts_old_ciphertexts() {
    let mut k = kms();
    let old = encrypted(&mut k, "old");
    let patch = json!({ "rotationPeriod": "864000s", "nextRotationTime": "2027-01-16T08:00:00Z" });
    let uri = format!("{KEY}?updateMask=rotationPeriod,nextRotationTime");
    k.expect_ok("PATCH", &uri, &patch);
    assert_eq!(
        k.cloud.next_due(),
        Some("2027-01-16T08:00:00Z".parse().expect("a time"))
    );
    // Due at days 1, 11 and 21.
    days(&mut k, 25);
    let key = k.expect_ok("GET", KEY, &json!(null));
    assert!(
        key["primary"]["name"]
            .as_str()
            .expect("a name")
            .ends_with("/4"),
        "{key}"
    );
    assert_eq!(key["primary"]["createTime"], "2027-02-05T08:00:00Z");
    assert_eq!(key["nextRotationTime"], "2027-02-15T08:00:00Z");
    let respond = k.expect_ok("POST", &format!("{KEY}:decrypt"), &old);
    assert_eq!(
        (opened(&respond).as_str(), respond.get("usedPrimary")),
        ("old", None)
    );
    k.expect_ok(
        "POST",
        &format!("{KEY}:updatePrimaryVersion"),
        &json!({ "cryptoKeyVersionId": "1" }),
    );
    assert_eq!(
        k.expect_ok("POST", &format!("{KEY}:decrypt"), &old)["usedPrimary"],
        true
    );
    let absent = json!({ "cryptoKeyVersionId": "9" });
    assert_eq!(
        k.expect_error("POST", &format!("{KEY}:updatePrimaryVersion"), &absent)
            .0,
        404
    );
}

#[test]
fn a_destroyed_version_can_be_restored_until_its_time() {
    let mut k = kms();
    let sealed = encrypted(&mut k, "x");
    let version = format!("{VERSION}/1");
    // As recorded: official clients repeat the name.
    let named = json!({ "name": version.trim_start_matches("/v1/") });
    let scheduled = k.expect_ok("POST", &format!("{version}:destroy"), &named);
    assert_eq!(scheduled["state"], "DESTROY_SCHEDULED");
    assert_eq!(scheduled["destroyTime"], "2027-02-14T08:00:00Z");
    for body in [&sealed, &json!({ "plaintext": "AAAA" })] {
        let verb = if body["plaintext"].is_null() {
            "decrypt"
        } else {
            "encrypt"
        };
        let (status, code, message) = k.expect_error("POST", &format!("{KEY}:{verb}"), body);
        assert_eq!((status, code.as_str()), (400, "FAILED_PRECONDITION"));
        assert!(message.ends_with("is not enabled, current state is: DESTROY_SCHEDULED."));
    }
    assert_eq!(
        k.expect_error("POST", &format!("{version}:destroy"), &json!({}))
            .0,
        400
    );
    days(&mut k, 29);
    let restored = k.expect_ok("POST", &format!("{version}:restore"), &json!({}));
    assert_eq!(
        (&restored["state"], restored.get("destroyTime")),
        (&json!("DISABLED"), None)
    );
    days(&mut k, 30);
    let enable = json!({ "state": "ENABLED" });
    k.expect_ok("PATCH", &format!("{version}?updateMask=state"), &enable);
    assert_eq!(
        opened(&k.expect_ok("POST", &format!("{KEY}:decrypt"), &sealed)),
        "x"
    );

    k.expect_ok("POST", &format!("{version}:destroy"), &json!({}));
    days(&mut k, 30);
    let destroyed = k.expect_ok("GET", &version, &json!(null));
    assert_eq!(destroyed["state"], "DESTROYED");
    assert_eq!(destroyed["destroyEventTime"], json!(k.now));
    assert_eq!(destroyed.get("destroyTime"), None);
    assert_eq!(
        k.expect_error("POST", &format!("{version}:restore"), &json!({}))
            .0,
        400
    );
    assert_eq!(
        k.expect_error("POST", &format!("{KEY}:decrypt"), &sealed).0,
        400
    );
    assert_eq!(
        k.expect_error("PATCH", &format!("{version}?updateMask=state"), &enable)
            .0,
        400
    );
    let mut rows = super::super::CRYPTO_KEY_VERSION.rows(&k.cloud, "");
    assert!(rows.all(|(_, version)| version.body.get("material").is_none()));
}

#[test]
fn resources_are_deleted_from_the_inside_out_and_key_names_stay_reserved() {
    let mut k = kms();
    let version = format!("{VERSION}/1");
    for uri in [RING, KEY, &version] {
        let refusal = k.expect_error("DELETE", uri, &json!(null));
        assert_eq!(
            (refusal.0, refusal.1.as_str()),
            (400, "FAILED_PRECONDITION"),
            "{uri}"
        );
    }
    k.expect_ok("POST", &format!("{version}:destroy"), &json!({}));
    assert_eq!(k.expect_error("DELETE", &version, &json!(null)).0, 400);
    days(&mut k, 30);
    for (uri, metadata) in [
        (version.as_str(), "DeleteCryptoKeyVersionMetadata"),
        (KEY, "DeleteCryptoKeyMetadata"),
        (RING, "DeleteKeyRingMetadata"),
    ] {
        let begun = k.expect_ok("DELETE", uri, &json!(null));
        let kind = format!("type.googleapis.com/google.cloud.kms.v1.{metadata}");
        assert_eq!(
            (&begun["metadata"]["@type"], begun.get("done")),
            (&json!(kind), None)
        );
        k.wait(2_000_000);
        let name = begun["name"].as_str().expect("a name");
        let ended = k.expect_ok("GET", &format!("/v1/{name}"), &json!(null));
        assert_eq!(ended["done"], true);
        assert_eq!(
            ended["response"]["@type"],
            "type.googleapis.com/google.protobuf.Empty"
        );
        assert_eq!(k.expect_error("GET", uri, &json!(null)).0, 404, "{uri}");
    }
    k.expect_ok("POST", &format!("{RINGS}?keyRingId=jobs"), &json!({}));
    let reused = k.expect_error("POST", &format!("{KEYS}?cryptoKeyId=ssh"), &purpose());
    assert_eq!((reused.0, reused.1.as_str()), (409, "ALREADY_EXISTS"));
    assert!(reused.2.contains("cannot be used again"), "{}", reused.2);
}

#[test]
fn destruction_waits_for_the_configured_delay() {
    let mut k = kms();
    let mut body = purpose();
    body["destroyScheduledDuration"] = "86400s".into();
    k.expect_ok("POST", &format!("{KEYS}?cryptoKeyId=quick"), &body);
    let version = format!("{KEYS}/quick/cryptoKeyVersions/1");
    k.expect_ok("POST", &format!("{version}:destroy"), &json!({}));
    days(&mut k, 1);
    assert_eq!(
        k.expect_ok("GET", &version, &json!(null))["state"],
        "DESTROYED"
    );
    let bare = format!("{KEYS}?cryptoKeyId=bare&skipInitialVersionCreation=true");
    assert_eq!(k.expect_ok("POST", &bare, &purpose()).get("primary"), None);
    assert_eq!(
        k.expect_error("POST", &format!("{KEYS}/bare:encrypt"), &json!({}))
            .0,
        400
    );
    k.expect_ok("DELETE", &format!("{KEYS}/bare"), &json!(null));
}
