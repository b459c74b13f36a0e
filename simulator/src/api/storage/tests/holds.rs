//! Holds on objects.

use super::*;

const LOGS: &str = "/storage/v1/b/logs";
const A: &str = "/storage/v1/b/logs/o/a";
const HOUR: u64 = 3_600_000_000;

#[test]
fn a_held_object_is_not_deleted_replaced_or_archived() {
    for (field, kind) in [
        ("temporaryHold", "Temporary"),
        ("eventBasedHold", "Event-Based"),
    ] {
        let mut s = storage();
        put(&mut s, "a", b"1", "");
        put(&mut s, "b", b"2", "");
        let held = s.expect_ok("PATCH", A, &json!({ field: true }));
        assert_eq!(
            (&held[field], &held["metageneration"]),
            (&json!(true), &json!("2"))
        );
        let sources = json!({ "sourceObjects": [{ "name": "b" }] });
        let generation = held["generation"].as_str().expect("text");
        let refused = |s: &mut TestApi| {
            for (verb, uri, body) in [
                ("DELETE", A.to_owned(), json!(null)),
                (
                    "DELETE",
                    format!("{A}?generation={generation}"),
                    json!(null),
                ),
                ("POST", format!("{A}/compose"), sources.clone()),
                ("POST", format!("{O}/b/rewriteTo/b/logs/o/a"), json!(null)),
            ] {
                let (status, reason, message) = s.expect_error(verb, &uri, &body);
                assert_eq!(
                    (status, reason.as_str()),
                    (403, "forbidden"),
                    "{verb} {uri}"
                );
                assert_eq!(
                    message,
                    format!(
                        "Object 'logs/a' is under active {kind} hold and cannot be deleted, \
                         overwritten or archived until hold is removed."
                    )
                );
            }
            assert_eq!(put(s, "a", b"2", "").0, 403);
        };
        refused(&mut s);
        s.expect_ok("PATCH", LOGS, &json!({ "versioning": { "enabled": true } }));
        refused(&mut s);
        assert_eq!(
            put(&mut s, "a", b"2", "&ifGenerationMatch=1").0,
            412,
            "this comes first"
        );
        let copy = s.expect_ok("POST", &format!("{O}/a/copyTo/b/logs/o/c"), &json!(null));
        assert_eq!(copy[field], json!(null), "holds are not copied");
        let released = s.expect_ok("PATCH", A, &json!({ field: false }));
        assert_eq!(released[field], json!(false));
        s.expect_ok("DELETE", A, &json!(null));
    }
}

#[test]
fn the_release_of_an_event_based_hold_begins_retention() {
    let mut s = storage();
    let policy = json!({
        "defaultEventBasedHold": true,
        "retentionPolicy": { "retentionPeriod": "7200" },
    });
    s.expect_ok("PATCH", LOGS, &policy);
    let made = put(&mut s, "a", b"1", "").1;
    assert_eq!(made["eventBasedHold"], json!(true), "the bucket's default");
    assert_eq!(
        made["retentionExpirationTime"],
        json!(null),
        "not while it is held"
    );
    s.wait(3 * HOUR);
    assert_eq!(s.expect_error("DELETE", A, &json!(null)).0, 403);
    let released = s.expect_ok("PATCH", A, &json!({ "eventBasedHold": false }));
    assert_eq!(released["retentionExpirationTime"], "2027-01-15T13:00:00Z");
    let (status, reason, _) = s.expect_error("DELETE", A, &json!(null));
    assert_eq!((status, reason.as_str()), (403, "retentionPolicyNotMet"));
    s.wait(2 * HOUR);
    s.expect_ok("DELETE", A, &json!(null));

    let free = br#"{"name":"b","eventBasedHold":false}"#;
    let body = [b"--x\r\n\r\n", &free[..], b"\r\n--x\r\n\r\n1\r\n--x--"].concat();
    let kind = [("content-type", "multipart/related; boundary=x")];
    let uri = format!("/upload{O}?uploadType=multipart");
    let made = s.raw("POST", &uri, &kind, &body);
    let made: Value = serde_json::from_slice(made.body()).expect("JSON");
    assert_eq!(
        made["retentionExpirationTime"], "2027-01-15T15:00:00Z",
        "{made}"
    );
}

#[test]
fn an_update_replaces_what_a_patch_keeps() {
    let mut s = storage();
    put(&mut s, "a", b"1", "");
    s.expect_ok(
        "PATCH",
        A,
        &json!({ "metadata": { "k": "v" }, "temporaryHold": true }),
    );
    let kept = s.expect_ok("PATCH", A, &json!({ "contentLanguage": "de" }));
    assert_eq!(kept["metadata"]["k"], "v");
    let updated = s.expect_ok(
        "PUT",
        A,
        &json!({ "contentType": "text/html", "size": "9" }),
    );
    for absent in ["metadata", "contentLanguage", "temporaryHold"] {
        assert_eq!(updated[absent], json!(null), "{absent}");
    }
    assert_eq!(
        (&updated["contentType"], &updated["size"]),
        (&json!("text/html"), &json!("1"))
    );

    s.expect_ok(
        "PATCH",
        LOGS,
        &json!({ "labels": { "a": "b" }, "versioning": { "enabled": true } }),
    );
    let updated = s.expect_ok("PUT", LOGS, &json!({ "labels": { "c": "d" } }));
    assert_eq!(updated["labels"], json!({ "c": "d" }));
    assert_eq!(
        (&updated["versioning"], &updated["location"]),
        (&json!(null), &json!("US"))
    );
    s.expect_ok(
        "PATCH",
        LOGS,
        &json!({ "retentionPolicy": { "retentionPeriod": "60" } }),
    );
    s.expect_ok(
        "POST",
        &format!("{LOGS}/lockRetentionPolicy?ifMetagenerationMatch=4"),
        &json!(null),
    );
    let (status, reason, _) = s.expect_error("PUT", LOGS, &json!({}));
    assert_eq!((status, reason.as_str()), (403, "retentionPolicyNotMet"));
}

#[test]
fn access_control_lists_are_for_those_who_may_read_them() {
    let mut s = storage();
    put(&mut s, "a", b"1", "");
    let full = |uri: &str| format!("{uri}?projection=full");
    let bucket = s.expect_ok("GET", &full(LOGS), &json!(null));
    assert_eq!(
        (&bucket["acl"], &bucket["rpo"]),
        (&json!(null), &json!("DEFAULT"))
    );
    let resource = "//storage.googleapis.com/projects/_/buckets/logs";
    s.cloud.grant(
        resource,
        "roles/storage.admin",
        "user:ann@example.com",
        None,
    );
    assert_eq!(s.expect_ok("GET", LOGS, &json!(null))["owner"], json!(null));
    let bucket = s.expect_ok("GET", &full(LOGS), &json!(null));
    assert_eq!(bucket["owner"], json!({ "entity": "project-owners-0" }));
    let entry = &bucket["acl"][2];
    assert_eq!(
        *entry,
        json!({
            "kind": "storage#bucketAccessControl",
            "id": "logs/project-viewers-0",
            "selfLink": "http://localhost:1/storage/v1/b/logs/acl/project-viewers-0",
            "bucket": "logs",
            "entity": "project-viewers-0",
            "projectTeam": { "projectNumber": "0", "team": "viewers" },
            "role": "READER",
            "etag": bucket["etag"],
        })
    );
    assert_eq!(
        bucket["defaultObjectAcl"].as_array().expect("a list").len(),
        3
    );
    assert_eq!(s.expect_ok("GET", A, &json!(null))["acl"], json!(null));
    let object = s.expect_ok("GET", &full(A), &json!(null));
    assert_eq!(object["owner"], json!({ "entity": "user-ann@example.com" }));
    let id = format!(
        "{}/user-ann@example.com",
        object["id"].as_str().expect("text")
    );
    assert_eq!(object["acl"][3]["id"], id);
    let patched = s.expect_ok("PATCH", A, &json!({}));
    assert_eq!(patched["owner"], object["owner"], "full by default");

    let uniform =
        json!({ "iamConfiguration": { "uniformBucketLevelAccess": { "enabled": true } } });
    assert_eq!(s.expect_ok("PATCH", LOGS, &uniform)["acl"], json!(null));
    assert_eq!(
        s.expect_ok("GET", &full(A), &json!(null))["acl"],
        json!(null)
    );
    for (location, kind, rpo) in [
        ("eur4", "dual-region", json!("DEFAULT")),
        ("europe-west3", "region", json!(null)),
    ] {
        let body = json!({ "name": format!("in-{location}"), "location": location });
        let made = s.expect_ok("POST", "/storage/v1/b?project=p", &body);
        assert_eq!((&made["locationType"], &made["rpo"]), (&json!(kind), &rpo));
    }
}
