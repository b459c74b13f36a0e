//! Buckets.

use super::*;

#[test]
fn a_bucket_is_created_changed_and_deleted() {
    let mut s = storage();
    let body = json!({
        "name": "new-bucket",
        "location": "us-central1",
        "labels": { "a": "b", "c": "d" },
        "iamConfiguration": { "uniformBucketLevelAccess": { "enabled": true } },
        "softDeletePolicy": { "retentionDurationSeconds": 0 },
    });
    let made = s.expect_ok(
        "POST",
        "/storage/v1/b?project=p&enableObjectRetention=False",
        &body,
    );
    assert_eq!(made["location"], "US-CENTRAL1");
    assert_eq!(made["locationType"], "region");
    assert_eq!(made["storageClass"], "STANDARD");
    assert_eq!(made["metageneration"], "1");
    assert_eq!(
        made["iamConfiguration"]["publicAccessPrevention"],
        "inherited"
    );
    assert_eq!(
        made["softDeletePolicy"],
        json!({ "retentionDurationSeconds": "0" })
    );

    let again = s.expect_error("POST", "/storage/v1/b?project=p", &body);
    let own = "Your previous request to create the named bucket succeeded and you already own it.";
    assert_eq!(again, (409, "conflict".into(), own.into()));
    let theirs = s.expect_error("POST", "/storage/v1/b?project=q", &body);
    assert_eq!(theirs.0, 409);
    assert!(theirs.2.contains("not available"));

    let patch = json!({ "labels": { "a": null, "e": "f" }, "location": "EU" });
    let patched = s.expect_ok(
        "PATCH",
        "/storage/v1/b/new-bucket?ifMetagenerationMatch=1",
        &patch,
    );
    assert_eq!(patched["labels"], json!({ "c": "d", "e": "f" }));
    assert_eq!(patched["location"], "US-CENTRAL1");
    assert_eq!(patched["metageneration"], "2");
    assert_ne!(patched["etag"], made["etag"]);
    let stale = s.expect_error(
        "PATCH",
        "/storage/v1/b/new-bucket?ifMetagenerationMatch=1",
        &patch,
    );
    assert_eq!((stale.0, stale.1.as_str()), (412, "conditionNotMet"));
    assert_eq!(
        s.ask(
            "GET",
            "/storage/v1/b/new-bucket?ifMetagenerationNotMatch=2",
            &json!(null)
        ),
        (304, json!(null))
    );

    let names = |list: &Value| -> Vec<Value> {
        let items = list["items"].as_array().into_iter().flatten();
        items.map(|b| b["name"].clone()).collect()
    };
    let page = s.expect_ok("GET", "/storage/v1/b?project=p&maxResults=1", &json!(null));
    assert_eq!(names(&page), ["logs"]);
    let next = page["nextPageToken"].as_str().expect("there is more");
    let page = s.expect_ok(
        "GET",
        &format!("/storage/v1/b?project=p&pageToken={next}"),
        &json!(null),
    );
    assert_eq!(names(&page), ["new-bucket"]);
    assert_eq!(
        names(&s.expect_ok("GET", "/storage/v1/b?project=q", &json!(null))),
        [] as [&str; 0]
    );

    put(&mut s, "o", b"x", "");
    let full = s.expect_error("DELETE", "/storage/v1/b/logs", &json!(null));
    assert_eq!(
        full,
        (
            409,
            "conflict".into(),
            "The bucket you tried to delete is not empty.".into()
        )
    );
    assert_eq!(
        s.ask("DELETE", "/storage/v1/b/new-bucket", &json!(null)).0,
        204
    );
    let gone = s.expect_error("GET", "/storage/v1/b/new-bucket", &json!(null));
    assert_eq!(
        gone,
        (
            404,
            "notFound".into(),
            "The specified bucket does not exist.".into()
        )
    );
}

#[test]
fn a_malformed_bucket_is_refused() {
    let mut s = storage();
    for body in [
        json!(null),
        json!([]),
        json!({ "name": "UPPER" }),
        json!({ "name": 3 }),
        json!({ "name": "good", "iamConfiguration": "x" }),
        json!({ "name": "good", "iamConfiguration": { "uniformBucketLevelAccess": [] } }),
        json!({ "name": "good", "softDeletePolicy": 3 }),
        json!({ "name": "good", "location": "mars-north1" }),
    ] {
        assert_eq!(
            s.expect_error("POST", "/storage/v1/b?project=p", &body).0,
            400,
            "{body}"
        );
        assert_eq!(s.ask("GET", "/storage/v1/b/good", &json!(null)).0, 404);
    }
}

/// Everyone with a basic role on the project has a role on a new bucket.
#[test]
fn a_new_bucket_has_members_by_basic_role() {
    let mut s = storage();
    for (uniform, roles) in [
        (false, vec!["legacyBucketOwner", "legacyBucketReader"]),
        (
            true,
            vec![
                "legacyBucketOwner",
                "legacyBucketReader",
                "legacyObjectOwner",
                "legacyObjectReader",
            ],
        ),
    ] {
        let name = format!("uniform-{uniform}");
        let access = json!({ "uniformBucketLevelAccess": { "enabled": uniform } });
        let body = json!({ "name": name, "iamConfiguration": access });
        s.expect_ok("POST", "/storage/v1/b?project=p", &body);
        let policy = s.expect_ok("GET", &format!("/storage/v1/b/{name}/iam"), &json!(null));
        let bindings = policy["bindings"].as_array().expect("bindings");
        let mut found: Vec<&str> = Vec::new();
        for binding in bindings {
            let role = binding["role"].as_str().expect("a role");
            let members = match role.ends_with("Reader") {
                true => json!(["projectViewer:p"]),
                false => json!(["projectEditor:p", "projectOwner:p"]),
            };
            assert_eq!(binding["members"], members, "{role}");
            found.extend(role.strip_prefix("roles/storage."));
        }
        found.sort_unstable();
        assert_eq!(found, roles);
    }
}

#[test]
fn what_gcloud_asks_before_it_copies_is_there() {
    let mut s = storage();
    let (status, layout) = s.ask("GET", "/storage/v1/b/logs/storageLayout", &json!(null));
    assert_eq!(status, 200, "{layout}");
    assert_eq!(layout["hierarchicalNamespace"], json!({ "enabled": false }));
    let absent = s.ask("GET", "/storage/v1/b/absent/storageLayout", &json!(null));
    assert_eq!(absent.0, 404);
    let (status, agent) = s.ask("GET", "/storage/v1/projects/p/serviceAccount", &json!(null));
    assert_eq!(status, 200, "{agent}");
    let email = agent["email_address"].as_str().expect("an address");
    assert!(
        email.ends_with("@gs-project-accounts.iam.gserviceaccount.com"),
        "{email}"
    );
}
