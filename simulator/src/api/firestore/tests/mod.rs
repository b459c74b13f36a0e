//! Databases.

mod batches;
mod documents;
mod fields;
mod queries;
mod transactions;

use crate::{Cloud, api::test_api::TestApi};
use names::Timestamp;
use serde_json::{Value, json};

const DB: &str = "projects/p/databases/(default)";

fn firestore() -> TestApi {
    let now = Timestamp::from_seconds(1_800_000_000);
    let mut cloud = Cloud::new();
    cloud.declare_database(DB, "nam5", now);
    let now = Timestamp::from_seconds(1_800_000_001);
    TestApi {
        cloud,
        api: "firestore",
        now,
    }
}

fn name(path: &str) -> String {
    format!("{DB}/documents/{path}")
}

fn uri(path: &str) -> String {
    format!("/v1/{}", name(path))
}

fn int(n: i64) -> Value {
    json!({ "integerValue": n.to_string() })
}

fn text(s: &str) -> Value {
    json!({ "stringValue": s })
}

fn update(path: &str, fields: &Value) -> Value {
    json!({ "update": { "name": name(path), "fields": fields } })
}

fn commit(f: &mut TestApi, writes: &Value) -> (u16, Value) {
    let uri = format!("/v1/{DB}/documents:commit?$alt=json;enum-encoding=int");
    f.ask(
        "POST",
        &uri,
        &json!({ "writes": writes, "transaction": "" }),
    )
}

#[test]
fn databases_are_made_by_an_operation() {
    let mut f = firestore();
    let make = "/v1/projects/demo-project/databases?databaseId=jobs-db";
    let body = json!({ "locationId": "europe-west1", "type": "FIRESTORE_NATIVE" });
    let generated = f.expect_ok("POST", make, &body);
    assert_eq!(generated["done"], true);
    assert_eq!(
        generated["response"]["name"],
        "projects/demo-project/databases/jobs-db"
    );
    assert_eq!(f.expect_error("POST", make, &body).1, "ALREADY_EXISTS");
    let got = f.expect_ok(
        "GET",
        "/v1/projects/demo-project/databases/jobs-db",
        &json!(null),
    );
    assert_eq!(got["locationId"], "europe-west1");
    let database = "/v1/projects/demo-project/databases/jobs-db";
    let protect = json!({ "deleteProtectionState": "DELETE_PROTECTION_ENABLED" });
    let masked = format!("{database}?updateMask=deleteProtectionState");
    let changed = f.expect_ok("PATCH", &masked, &protect);
    let state = &changed["response"]["deleteProtectionState"];
    assert_eq!(state, "DELETE_PROTECTION_ENABLED");
    assert_eq!(f.expect_error("PATCH", database, &protect).0, 501);
    let refused = f.expect_error("DELETE", database, &json!(null));
    assert_eq!((refused.0, &*refused.1), (400, "FAILED_PRECONDITION"));
    let all = f.expect_ok("GET", "/v1/projects/demo-project/databases", &json!(null));
    assert_eq!(all["databases"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        f.expect_error(
            "POST",
            "/v1/projects/demo-project/databases?databaseId=X",
            &body
        )
        .0,
        400
    );
    assert_eq!(
        f.expect_error(
            "GET",
            "/v1/projects/demo-project/databases/none",
            &json!(null)
        )
        .0,
        404
    );
}

#[test]
fn each_method_requires_its_permissions() {
    let f = firestore();
    let with = |precondition: Value| {
        let mut write = update("c/a", &json!({}));
        write["currentDocument"] = precondition;
        json!({ "writes": [write] })
    };
    let commit = format!("/v1/{DB}/documents:commit");
    let time = json!({ "updateTime": "2027-01-15T08:00:01Z" });
    let (create, change) = ("datastore.entities.create", "datastore.entities.update");
    let table: [(&str, String, Value, &[&str]); 16] = [
        (
            "POST",
            commit.clone(),
            with(json!({ "exists": false })),
            &[create],
        ),
        (
            "POST",
            commit.clone(),
            with(json!({ "exists": true })),
            &[change],
        ),
        ("POST", commit.clone(), with(time), &[change]),
        ("POST", commit.clone(), with(json!(null)), &[create, change]),
        (
            "POST",
            commit,
            json!({ "writes": [{ "delete": name("c/a") }] }),
            &["datastore.entities.delete"],
        ),
        (
            "PATCH",
            uri("c/a?currentDocument.exists=true"),
            json!({}),
            &[change],
        ),
        ("POST", uri("c"), json!({}), &[create]),
        ("GET", uri("c/a"), json!(null), &["datastore.entities.get"]),
        (
            "GET",
            uri("c"),
            json!(null),
            &["datastore.entities.get", "datastore.entities.list"],
        ),
        (
            "POST",
            format!("/v1/{DB}/documents:runQuery"),
            json!({}),
            &["datastore.entities.get", "datastore.entities.list"],
        ),
        (
            "POST",
            format!("/v1/{DB}/collectionGroups/c/indexes"),
            json!({}),
            &["datastore.schemas.create"],
        ),
        (
            "POST",
            format!("/v1/{DB}/documents:commit"),
            json!({ "transaction": "AAAA" }),
            &["datastore.databases.get"],
        ),
        (
            "POST",
            format!("/v1/{DB}/documents:beginTransaction"),
            json!({}),
            &["datastore.databases.get"],
        ),
        (
            "POST",
            uri("c/a:listCollectionIds"),
            json!({}),
            &["datastore.entities.list"],
        ),
        (
            "POST",
            format!("/v1/{DB}/documents:runAggregationQuery"),
            json!({}),
            &["datastore.entities.get", "datastore.entities.list"],
        ),
        (
            "PATCH",
            format!("/v1/{DB}/collectionGroups/c/fields/f"),
            json!({}),
            &["datastore.schemas.update"],
        ),
    ];
    for (verb, uri, body, permissions) in table {
        let expected: Vec<String> = permissions.iter().map(|p| format!("{p} {DB}")).collect();
        assert_eq!(
            f.required_permissions(verb, &uri, &body),
            expected,
            "{verb} {uri}"
        );
    }
}

#[test]
fn a_deleted_database_leaves_nothing() {
    let mut f = firestore();
    assert_eq!(
        commit(&mut f, &json!([update("c/a", &json!({ "n": int(1) }))])).0,
        200
    );
    let database = format!("/v1/{DB}");
    let other = format!("{database}?etag=other");
    assert_eq!(f.expect_error("DELETE", &other, &json!(null)).1, "ABORTED");
    let deleted = f.expect_ok("DELETE", &database, &json!(null));
    assert_eq!(deleted["done"], true);
    assert_eq!(f.expect_error("GET", &database, &json!(null)).0, 404);
    let now = f.now;
    f.cloud.declare_database(DB, "nam5", now);
    assert_eq!(f.expect_error("GET", &uri("c/a"), &json!(null)).0, 404);
}
