//! Protection of objects: soft delete, retention, and public access prevention.

use super::*;
use crate::iam::Principal;

const LOGS: &str = "/storage/v1/b/logs";
const HOUR: u64 = 3_600_000_000;

#[test]
fn the_soft_delete_policy_is_effective_from_its_change() {
    let mut s = storage();
    let policy =
        |seconds: Value| json!({ "softDeletePolicy": { "retentionDurationSeconds": seconds } });
    let begun = s.expect_ok("GET", LOGS, &json!(null))["softDeletePolicy"].clone();
    assert_eq!(begun["retentionDurationSeconds"], "604800");
    s.wait(HOUR);
    let same = s.expect_ok("PATCH", LOGS, &policy(json!("604800")));
    assert_eq!(same["softDeletePolicy"], begun);
    let longer = s.expect_ok("PATCH", LOGS, &policy(json!(864_000)))["softDeletePolicy"].clone();
    assert_eq!(longer["retentionDurationSeconds"], "864000");
    assert_ne!(longer["effectiveTime"], begun["effectiveTime"]);
    let none = s.expect_ok("PATCH", LOGS, &policy(json!("0")));
    assert_eq!(
        none["softDeletePolicy"],
        json!({ "retentionDurationSeconds": "0" })
    );
    for wrong in [
        json!("604799"),
        json!(7_776_001),
        json!("a week"),
        json!(-1),
    ] {
        assert_eq!(s.expect_error("PATCH", LOGS, &policy(wrong)).0, 400);
    }
}

#[test]
fn retained_objects_are_neither_deleted_nor_overwritten() {
    let mut s = storage();
    put(&mut s, "a", b"1", "");
    s.expect_ok(
        "PATCH",
        LOGS,
        &json!({ "retentionPolicy": { "retentionPeriod": "7200" } }),
    );
    s.wait(HOUR);
    let object = format!("{O}/a");
    let (status, reason, message) = s.expect_error("DELETE", &object, &json!(null));
    assert_eq!((status, reason.as_str()), (403, "retentionPolicyNotMet"));
    assert_eq!(
        message,
        "Object 'logs/a' is subject to bucket's retention policy or object retention and cannot \
         be deleted or overwritten until 2027-01-15T10:00:00Z"
    );
    assert_eq!(put(&mut s, "a", b"2", "").0, 403);
    // With versioning neither loses anything; deletion by generation would.
    s.expect_ok("PATCH", LOGS, &json!({ "versioning": { "enabled": true } }));
    assert_eq!(put(&mut s, "a", b"2", "").0, 200);
    s.expect_ok("DELETE", &object, &json!(null));
    let all = s.expect_ok("GET", &format!("{O}?versions=true"), &json!(null));
    let generations: Vec<String> = all["items"]
        .as_array()
        .expect("two")
        .iter()
        .map(|o| o["generation"].as_str().expect("text").to_owned())
        .collect();
    assert_eq!(generations.len(), 2);
    let first = format!("{object}?generation={}", generations[0]);
    assert_eq!(s.expect_error("DELETE", &first, &json!(null)).0, 403);
    assert_eq!(s.expect_error("DELETE", LOGS, &json!(null)).0, 409);
    s.wait(2 * HOUR);
    for generation in generations {
        s.expect_ok(
            "DELETE",
            &format!("{object}?generation={generation}"),
            &json!(null),
        );
    }
    s.expect_ok("DELETE", LOGS, &json!(null));
}

#[test]
fn a_locked_retention_only_grows() {
    let mut s = storage();
    let lock = |n: u32| format!("{LOGS}/lockRetentionPolicy?ifMetagenerationMatch={n}");
    let period = |seconds: &str| json!({ "retentionPolicy": { "retentionPeriod": seconds } });
    assert_eq!(s.expect_error("POST", &lock(1), &json!(null)).0, 400);
    let set = s.expect_ok("PATCH", LOGS, &period("3600"));
    assert_eq!(
        set["retentionPolicy"],
        json!({ "retentionPeriod": "3600", "effectiveTime": "2027-01-15T08:00:00Z" })
    );
    s.expect_ok("PATCH", LOGS, &period("1800"));
    assert_eq!(s.expect_error("POST", &lock(1), &json!(null)).0, 412);
    assert_eq!(
        s.expect_error("POST", &lock(3)[..lock(3).len() - 24], &json!(null))
            .0,
        400
    );
    let locked = s.expect_ok("POST", &lock(3), &json!(null));
    assert_eq!(locked["retentionPolicy"]["isLocked"], true);
    for patch in [json!({ "retentionPolicy": null }), period("1799")] {
        let (status, _, message) = s.expect_error("PATCH", LOGS, &patch);
        assert_eq!(status, 403);
        assert!(message.contains("locked Retention Policy"), "{message}");
    }
    let longer = s.expect_ok("PATCH", LOGS, &period("3600"));
    assert_eq!(longer["retentionPolicy"]["isLocked"], true);
    for wrong in [
        json!({ "retentionPolicy": {} }),
        period("0"),
        period("soon"),
    ] {
        assert_eq!(s.expect_error("PATCH", LOGS, &wrong).0, 400, "{wrong}");
    }
}

#[test]
fn public_access_prevention_blocks_all_users() {
    let mut s = storage();
    let bucket = "//storage.googleapis.com/projects/_/buckets/logs";
    for member in ["allUsers", "allAuthenticatedUsers", "user:bob@example.com"] {
        s.cloud
            .grant(bucket, "roles/storage.objectViewer", member, None);
    }
    let object = super::super::resource::object_resource("logs", "a");
    let readers = |s: &TestApi| -> Vec<bool> {
        let all = ["ann@example.com", "bob@example.com"].map(Principal::user);
        let all = [Principal::anonymous()].into_iter().chain(all);
        all.map(|who| s.cloud.allows(&who, "storage.objects.get", &object, s.now))
            .collect()
    };
    assert_eq!(readers(&s), [true, true, true]);
    let enforce = json!({ "iamConfiguration": { "publicAccessPrevention": "enforced" } });
    s.expect_ok("PATCH", LOGS, &enforce);
    assert_eq!(readers(&s), [false, false, true]);
    let public = json!({ "bindings": [
        { "role": "roles/storage.objectViewer", "members": ["user:bob@example.com", "allUsers"] },
    ] });
    let (status, _, message) = s.expect_error("PUT", &format!("{LOGS}/iam"), &public);
    assert_eq!(status, 412);
    assert!(
        message.contains("public access prevention is enforced"),
        "{message}"
    );
    let wrong = json!({ "iamConfiguration": { "publicAccessPrevention": "maybe" } });
    assert_eq!(s.expect_error("PATCH", LOGS, &wrong).0, 400);
}
