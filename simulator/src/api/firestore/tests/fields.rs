//! Settings of single fields, and documents that expire.

use super::{queries::run, *};

const FIELDS: &str = "/v1/projects/p/databases/(default)/collectionGroups";

fn field(group: &str, path: &str) -> String {
    format!("{FIELDS}/{group}/fields/{path}")
}

fn expire(f: &mut TestApi, group: &str, path: &str, ttl: &Value) -> Value {
    let uri = format!("{}?updateMask=ttlConfig", field(group, path));
    f.expect_ok("PATCH", &uri, &json!({ "ttlConfig": ttl }))
}

fn time(seconds: i64) -> Value {
    json!({ "timestampValue": Timestamp::from_seconds(seconds) })
}

/// Seconds since the cloud was made.
const fn at(seconds: i64) -> i64 {
    1_800_000_000 + seconds
}

fn advance_to(f: &mut TestApi, seconds: i64) {
    f.now = Timestamp::from_seconds(at(seconds));
    f.cloud.advance(f.now);
}

fn ids(f: &mut TestApi) -> String {
    run(f, json!({}))
}

#[test]
fn a_policy_is_set_by_an_operation_and_shown() {
    let mut f = firestore();
    let begun = expire(&mut f, "jobs", "expires", &json!({}));
    assert_eq!(begun.get("done"), None);
    let metadata = &begun["metadata"];
    assert_eq!(
        (
            &metadata["state"],
            &metadata["ttlConfigDelta"]["changeType"]
        ),
        (&json!("PROCESSING"), &json!("ADD"))
    );
    let shown = f.expect_ok("GET", &field("jobs", "expires"), &json!(null));
    assert_eq!(shown["ttlConfig"], json!({ "state": "CREATING" }));
    let config = &shown["indexConfig"];
    assert_eq!(config["usesAncestorConfig"], true);
    assert_eq!(
        config["ancestorField"],
        format!("{DB}/collectionGroups/__default__/fields/*")
    );
    assert_eq!(config["indexes"].as_array().map(Vec::len), Some(3));
    assert_eq!(
        config["indexes"][0],
        json!({ "fields": [{ "fieldPath": "expires", "order": "ASCENDING" }],
            "queryScope": "COLLECTION", "state": "READY" })
    );
    let operations = |f: &mut TestApi, filter: &str| {
        let uri = format!("/v1/{DB}/operations?filter={filter}");
        let list = f.expect_ok("GET", &uri, &json!(null));
        list["operations"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(
        (operations(&mut f, ""), operations(&mut f, "done:true")),
        (1, 0)
    );
    f.wait(1_000_000);
    assert_eq!(
        (operations(&mut f, ""), operations(&mut f, "done:true")),
        (0, 1)
    );
    let operation = begun["name"].as_str().expect("a name");
    let done = f.expect_ok("GET", &format!("/v1/{operation}"), &json!(null));
    assert_eq!(done["done"], true);
    assert_eq!(done["metadata"]["state"], "SUCCESSFUL");
    assert!(done["metadata"]["endTime"].is_string());
    let shown = f.expect_ok("GET", &field("jobs", "expires"), &json!(null));
    assert_eq!(done["response"]["ttlConfig"], shown["ttlConfig"]);
    assert_eq!(shown["ttlConfig"], json!({ "state": "ACTIVE" }));

    // Nothing changes: done at once.
    let again = expire(&mut f, "jobs", "expires", &json!({}));
    assert_eq!(again["done"], true);
    let second = format!("{}?updateMask=ttl_config", field("jobs", "other"));
    let refused = f.expect_error("PATCH", &second, &json!({ "ttlConfig": {} }));
    assert_eq!(refused.1, "FAILED_PRECONDITION");
    expire(&mut f, "jobs", "expires", &json!(null));
    let shown = f.expect_ok("GET", &field("jobs", "expires"), &json!(null));
    assert_eq!(shown.get("ttlConfig"), None);
    for (path, mask, body) in [
        (field("jobs", "*"), "ttlConfig", json!({ "ttlConfig": {} })),
        (
            field("jobs", "a-b"),
            "ttlConfig",
            json!({ "ttlConfig": {} }),
        ),
        (field("__default__", "a"), "indexConfig", json!({})),
        (field("jobs", "a"), "colour", json!({})),
        (
            field("jobs", "a"),
            "ttlConfig",
            json!({ "ttlConfig": { "expirationOffset": "1.5s" } }),
        ),
    ] {
        let uri = format!("{path}?updateMask={mask}");
        assert_eq!(f.expect_error("PATCH", &uri, &body).0, 400, "{uri} {body}");
    }
}

#[test]
fn fields_with_settings_are_listed() {
    let mut f = firestore();
    expire(&mut f, "jobs", "expires", &json!({}));
    expire(
        &mut f,
        "runs",
        "`until then`",
        &json!({ "expirationOffset": "60s" }),
    );
    let exempt = format!("{}?updateMask=indexConfig", field("jobs", "blob"));
    f.expect_ok(
        "PATCH",
        &exempt,
        &json!({ "indexConfig": { "indexes": [] } }),
    );
    let mut names = |group: &str, filter: &str| {
        let uri = format!("{FIELDS}/{group}/fields?filter={filter}");
        let page = f.expect_ok("GET", &uri, &json!(null));
        let fields = page["fields"].as_array().into_iter().flatten();
        let names = fields.filter_map(|field| field["name"].as_str()?.rsplit('/').next());
        names.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names("-", "ttlConfig:*"), "expires `until then`");
    assert_eq!(names("jobs", "ttlConfig:*"), "expires");
    assert_eq!(
        names("jobs", "indexConfig.usesAncestorConfig:false"),
        "blob"
    );
    let either = "indexConfig.usesAncestorConfig=false%20OR%20ttlConfig:*";
    assert_eq!(names("-", either), "* blob expires `until then`");
    let offset = f.expect_ok("GET", &field("runs", "`until then`"), &json!(null));
    assert_eq!(offset["ttlConfig"]["expirationOffset"], "60s");
}

#[test]
fn a_query_requires_the_indexes_of_its_fields() {
    let mut f = super::queries::seeded();
    let by_n = json!({ "orderBy": queries::by(&[("n", "ASCENDING")]) });
    let grouped = json!({ "from": [{ "collectionId": "jobs", "allDescendants": true }],
        "orderBy": queries::by(&[("n", "ASCENDING")]) });
    assert_eq!(run(&mut f, by_n.clone()), "b c d a");
    assert!(run(&mut f, grouped.clone()).starts_with("400"));
    let patch = format!("{}?updateMask=indexConfig", field("jobs", "n"));
    let group = json!({ "indexConfig": { "indexes": [{ "queryScope": "COLLECTION_GROUP",
        "fields": [{ "order": "ASCENDING" }] }] } });
    f.expect_ok("PATCH", &patch, &group);
    // It is not built yet; the others are gone.
    assert!(run(&mut f, grouped.clone()).starts_with("400"));
    assert!(run(&mut f, by_n.clone()).starts_with("400"));
    f.wait(1_000_000);
    assert_eq!(run(&mut f, grouped.clone()), "b c d a");
    assert!(run(&mut f, by_n.clone()).starts_with("400"));
    // Without settings of its own, a field has those of all fields of the group.
    f.expect_ok("PATCH", &patch, &json!({}));
    assert_eq!(run(&mut f, by_n.clone()), "b c d a");
    let all = format!("{}?updateMask=indexConfig", field("jobs", "*"));
    f.expect_ok("PATCH", &all, &json!({ "indexConfig": {} }));
    assert!(run(&mut f, by_n).starts_with("400"));
}

#[test]
fn documents_expire_an_hour_late() {
    let mut f = firestore();
    for (path, value) in [
        ("jobs/old", time(at(-5))),
        ("jobs/text", text("2020-01-01T00:00:00Z")),
        ("jobs/later", time(at(9000))),
        ("runs/old", time(at(-5))),
    ] {
        commit(&mut f, &json!([update(path, &json!({ "expires": value }))]));
    }
    commit(&mut f, &json!([update("jobs/old/parts/1", &json!({}))]));
    expire(&mut f, "jobs", "expires", &json!({}));
    commit(
        &mut f,
        &json!([update("jobs/new", &json!({ "expires": time(at(60)) }))]),
    );
    commit(
        &mut f,
        &json!([update("jobs/moved", &json!({ "expires": time(at(60)) }))]),
    );
    commit(
        &mut f,
        &json!([update("jobs/moved", &json!({ "expires": time(at(9000)) }))]),
    );
    advance_to(&mut f, 3600);
    assert_eq!(ids(&mut f), "later moved new old text");
    advance_to(&mut f, 3602);
    assert_eq!(ids(&mut f), "later moved new text");
    advance_to(&mut f, 3660);
    assert_eq!(ids(&mut f), "later moved text");
    advance_to(&mut f, 12_600);
    assert_eq!(ids(&mut f), "text");
    assert_eq!(f.ask("GET", &uri("jobs/old/parts/1"), &json!(null)).0, 200);
    assert_eq!(f.ask("GET", &uri("runs/old"), &json!(null)).0, 200);
    assert_eq!(f.cloud.next_due(), None);
}

#[test]
fn nothing_expires_without_the_policy_and_an_offset_counts() {
    let mut f = firestore();
    expire(&mut f, "jobs", "expires", &json!({}));
    let document = json!([update("jobs/a", &json!({ "expires": time(at(0)) }))]);
    commit(&mut f, &document);
    expire(&mut f, "jobs", "expires", &json!(null));
    advance_to(&mut f, 7200);
    assert_eq!(ids(&mut f), "a");
    expire(
        &mut f,
        "jobs",
        "expires",
        &json!({ "expirationOffset": "7200s" }),
    );
    advance_to(&mut f, 10_800);
    assert_eq!(ids(&mut f), "a");
    advance_to(&mut f, 10_801);
    assert_eq!(ids(&mut f), "");
}
