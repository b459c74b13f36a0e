//! Key rings, keys and versions.

use super::*;

const NAME: &str = "projects/demo-project/locations/global/keyRings/jobs/cryptoKeys/ssh";

#[test]
fn a_key_answers_as_recorded() {
    let mut k = empty();
    let gone = k.expect_error("GET", RING, &json!(null));
    let message = "KeyRing projects/demo-project/locations/global/keyRings/jobs not found.";
    assert_eq!(gone, (404, "NOT_FOUND".into(), message.into()));
    let ring = k.expect_ok("POST", &format!("{RINGS}?keyRingId=jobs"), &json!(null));
    assert_eq!(k.expect_ok("GET", RING, &json!(null)), ring);
    assert_eq!(
        ring,
        json!({
            "name": "projects/demo-project/locations/global/keyRings/jobs",
            "createTime": "2027-01-15T08:00:00Z",
        })
    );
    let gone = k.expect_error("GET", KEY, &json!(null));
    assert_eq!(
        (gone.0, gone.2),
        (404, format!("CryptoKey {NAME} not found."))
    );
    let mut body = purpose();
    body["labels"] = json!({ "key-one": "value-one" });
    body["rotationPeriod"] = "172800s".into();
    let made = k.expect_ok("POST", &format!("{KEYS}?cryptoKeyId=ssh"), &body);
    let template =
        json!({ "algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION", "protectionLevel": "SOFTWARE" });
    assert_eq!(
        made,
        json!({
            "createTime": "2027-01-15T08:00:00Z",
            "destroyScheduledDuration": "2592000s",
            "labels": { "key-one": "value-one" },
            "name": NAME,
            "primary": {
                "algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION",
                "createTime": "2027-01-15T08:00:00Z",
                "generateTime": "2027-01-15T08:00:00Z",
                "name": format!("{NAME}/cryptoKeyVersions/1"),
                "protectionLevel": "SOFTWARE",
                "state": "ENABLED",
            },
            "purpose": "ENCRYPT_DECRYPT",
            "rotationPeriod": "172800s",
            "versionTemplate": template,
        })
    );
    let numbers = k.expect_ok(
        "GET",
        &format!("{KEY}?$alt=json;enum-encoding=int"),
        &json!(null),
    );
    assert_eq!(numbers["purpose"], 1);
    assert_eq!(numbers["primary"]["state"], 1);
    assert_eq!(
        numbers["versionTemplate"],
        json!({ "algorithm": 1, "protectionLevel": 1 })
    );

    let patch = json!({ "labels": { "a": "b" }, "rotationPeriod": "0s", "purpose": 1 });
    let uri = format!("{KEY}?updateMask=rotationPeriod");
    let patched = k.expect_ok("PATCH", &uri, &patch);
    assert_eq!(patched["rotationPeriod"], "0s");
    assert_eq!(patched["labels"], json!({ "key-one": "value-one" }));

    let versions = k.expect_ok("GET", VERSION, &json!(null));
    assert_eq!(versions["totalSize"], 1);
    assert_eq!(versions["cryptoKeyVersions"][0], made["primary"]);
}

#[test]
fn existing_resources_are_not_created_again() {
    let mut k = kms();
    for (uri, body) in [
        (format!("{RINGS}?keyRingId=jobs"), json!({})),
        (format!("{KEYS}?cryptoKeyId=ssh"), purpose()),
    ] {
        let (status, code, message) = k.expect_error("POST", &uri, &body);
        assert_eq!((status, code.as_str()), (409, "ALREADY_EXISTS"));
        assert!(message.ends_with(" already exists."), "{message}");
    }
}

#[test]
fn invalid_keys_are_refused() {
    let mut k = kms();
    for (uri, body, status) in [
        (format!("{RINGS}?keyRingId=a.b"), json!({}), 400),
        (RINGS.to_owned(), json!({}), 400),
        (
            RINGS.replace("global", "nowhere") + "?keyRingId=a",
            json!({}),
            400,
        ),
        (
            RINGS.replace("global", "europe-west4") + "?keyRingId=a",
            json!({}),
            200,
        ),
        (format!("{KEYS}?cryptoKeyId=a"), json!({}), 400),
        (
            format!("{KEYS}?cryptoKeyId=a"),
            json!({ "purpose": "MAC" }),
            501,
        ),
        (format!("{KEYS}?cryptoKeyId="), purpose(), 400),
        (
            KEYS.replace("jobs", "none") + "?cryptoKeyId=a",
            purpose(),
            404,
        ),
    ] {
        assert_eq!(k.ask("POST", &uri, &body).0, status, "{uri} {body}");
    }
    for (field, value) in [
        ("rotationPeriod", json!("86399s")),
        ("rotationPeriod", json!("3153600001s")),
        ("rotationPeriod", json!(86400)),
        ("nextRotationTime", json!("2027-01-15T08:00:00Z")),
        ("nextRotationTime", json!("soon")),
        ("destroyScheduledDuration", json!("86399s")),
        ("labels", json!(["a"])),
    ] {
        let mut body = purpose();
        body[field] = value;
        assert_eq!(
            k.expect_error("POST", &format!("{KEYS}?cryptoKeyId=a"), &body)
                .0,
            400,
            "{body}"
        );
    }
    assert_eq!(k.ask("GET", &format!("{KEYS}/a"), &json!(null)).0, 404);
    let patch = json!({ "destroyScheduledDuration": "86400s" });
    for mask in [
        "",
        "?updateMask=destroyScheduledDuration",
        "?updateMask=purpose",
    ] {
        assert_eq!(
            k.expect_error("PATCH", &format!("{KEY}{mask}"), &patch).0,
            400,
            "{mask}"
        );
    }
}

#[test]
fn lists_come_in_pages() {
    let mut k = kms();
    for _ in 0..10 {
        k.expect_ok("POST", VERSION, &json!({}));
    }
    let first = k.expect_ok("GET", &format!("{VERSION}?pageSize=9"), &json!(null));
    assert_eq!(first["totalSize"], 11);
    let token = first["nextPageToken"].as_str().expect("there is more");
    let rest = k.expect_ok("GET", &format!("{VERSION}?pageToken={token}"), &json!(null));
    let names: Vec<&str> = rest["cryptoKeyVersions"]
        .as_array()
        .expect("some")
        .iter()
        .filter_map(|v| v["name"].as_str()?.rsplit('/').next())
        .collect();
    assert_eq!(names, ["10", "11"]);
    assert_eq!(rest.get("nextPageToken"), None);
    assert_eq!(
        k.expect_ok("GET", RINGS, &json!(null))["keyRings"][0]["name"],
        NAME[..NAME.len() - 15]
    );
    assert_eq!(
        k.expect_ok("GET", KEYS, &json!(null))["cryptoKeys"][0]["name"],
        NAME
    );
}
