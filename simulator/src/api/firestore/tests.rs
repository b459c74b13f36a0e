//! Stories of documents, commits and queries.

use super::ROUTES;
use crate::{
    Cloud,
    api::asking::{Asking, check_discovery},
};
use names::Timestamp;
use serde_json::{Value, json};

const DB: &str = "projects/p/databases/(default)";

fn firestore() -> Asking {
    let now = Timestamp::from_seconds(1_800_000_000);
    let mut cloud = Cloud::new();
    cloud.declare_database(DB, "nam5", now);
    let now = Timestamp::from_seconds(1_800_000_001);
    Asking {
        cloud,
        routes: ROUTES,
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

fn commit(f: &mut Asking, writes: &Value) -> (u16, Value) {
    let uri = format!("/v1/{DB}/documents:commit?$alt=json;enum-encoding=int");
    f.ask(
        "POST",
        &uri,
        &json!({ "writes": writes, "transaction": "" }),
    )
}

#[test]
fn routes_are_googles() {
    check_discovery("firestore.v1.json", ROUTES);
}

#[test]
fn a_document_is_created_once() {
    let mut f = firestore();
    let body = json!({ "fields": { "n": int(1) } });
    let made = f.good("POST", &uri("jobs?documentId=a"), &body);
    assert_eq!(made["name"], name("jobs/a"));
    assert_eq!(made["createTime"], "2027-01-15T08:00:01Z");
    assert_eq!(f.good("GET", &uri("jobs/a"), &json!(null)), made);
    let twice = (
        409,
        "ALREADY_EXISTS".to_owned(),
        format!("Document already exists: {}", name("jobs/a")),
    );
    assert_eq!(f.bad("POST", &uri("jobs?documentId=a"), &body), twice);
    let absent = uri("jobs/a?currentDocument.exists=false");
    assert_eq!(f.bad("PATCH", &absent, &body), twice);

    let one = f.good("POST", &uri("jobs"), &body);
    let two = f.good("POST", &uri("jobs"), &body);
    assert_ne!(
        one["name"], two["name"],
        "ids are made even at the same time"
    );

    let missing = f.bad(
        "PATCH",
        &uri("jobs/none?currentDocument.exists=true"),
        &body,
    );
    let words = format!("No document to update: {}", name("jobs/none"));
    assert_eq!(missing, (404, "NOT_FOUND".into(), words));
    assert_eq!(f.bad("GET", &uri("jobs/none"), &json!(null)).0, 404);
    assert_eq!(f.bad("POST", &uri("jobs?documentId=__x__"), &body).0, 400);
    let elsewhere = f.bad(
        "GET",
        "/v1/projects/p/databases/other/documents/c/a",
        &json!(null),
    );
    assert!(
        elsewhere
            .2
            .starts_with("The database other does not exist for project p ")
    );

    assert_eq!(f.good("DELETE", &uri("jobs/a"), &json!(null)), json!({}));
    f.good("DELETE", &uri("jobs/a"), &json!(null));
    assert_eq!(
        f.bad(
            "DELETE",
            &uri("jobs/a?currentDocument.exists=true"),
            &json!(null)
        )
        .0,
        404
    );
}

#[test]
fn compare_and_swap_on_the_update_time() {
    let mut f = firestore();
    let made = f.good(
        "PATCH",
        &uri("jobs/a"),
        &json!({ "fields": { "n": int(1) } }),
    );
    let seen = made["updateTime"].as_str().expect("a time").to_owned();
    let swap = |n: i64| {
        let mut write = update("jobs/a", &json!({ "n": int(n) }));
        write["currentDocument"] = json!({ "updateTime": seen });
        json!([write])
    };
    assert_eq!(commit(&mut f, &swap(2)).0, 200);
    let (status, lost) = commit(&mut f, &swap(3));
    assert_eq!(
        (status, &lost["error"]["status"]),
        (400, &json!("FAILED_PRECONDITION"))
    );
    let now = f.good("GET", &uri("jobs/a"), &json!(null));
    assert_eq!(now["fields"]["n"], int(2));
    assert_ne!(
        now["updateTime"], made["updateTime"],
        "even at the same microsecond"
    );
    assert_eq!(now["createTime"], made["createTime"]);
}

#[test]
fn a_write_that_changes_nothing_keeps_the_update_time() {
    let mut f = firestore();
    let write = json!([update("jobs/a", &json!({ "n": int(1) }))]);
    let (_, first) = commit(&mut f, &write);
    f.wait(5_000_000);
    let (_, second) = commit(&mut f, &write);
    assert_eq!(first["writeResults"], second["writeResults"]);
    assert_ne!(first["commitTime"], second["commitTime"]);
    // So a precondition on it holds for two identical writers.
    let mut same = update("jobs/a", &json!({ "n": int(1) }));
    same["currentDocument"] = json!({ "updateTime": first["writeResults"][0]["updateTime"] });
    assert_eq!(commit(&mut f, &json!([same.clone()])).0, 200);
    assert_eq!(commit(&mut f, &json!([same])).0, 200);
    let double = json!([update("jobs/a", &json!({ "n": { "doubleValue": 1.0 } }))]);
    let (_, third) = commit(&mut f, &double);
    assert_eq!(
        third["writeResults"][0]["updateTime"], third["commitTime"],
        "1.0 is not 1"
    );
}

#[test]
fn a_commit_is_all_or_nothing() {
    let mut f = firestore();
    commit(&mut f, &json!([update("jobs/a", &json!({ "n": int(1) }))]));
    let mut absent = update("jobs/a", &json!({}));
    absent["currentDocument"] = json!({ "exists": false });
    let (status, _) = commit(
        &mut f,
        &json!([
            update("jobs/a", &json!({ "n": int(2) })),
            update("jobs/b", &json!({})),
            absent,
        ]),
    );
    assert_eq!(status, 409);
    assert_eq!(
        f.good("GET", &uri("jobs/a"), &json!(null))["fields"]["n"],
        int(1)
    );
    assert_eq!(f.ask("GET", &uri("jobs/b"), &json!(null)).0, 404);
    // Each write sees those before it.
    let mut there = update("jobs/c", &json!({ "x": int(2) }));
    there["currentDocument"] = json!({ "exists": true });
    there["updateMask"] = json!({ "fieldPaths": ["x"] });
    let (status, done) = commit(
        &mut f,
        &json!([
            update("jobs/c", &json!({ "x": int(1), "y": int(1) })),
            there,
            { "delete": name("jobs/a") },
        ]),
    );
    assert_eq!(
        (status, done["writeResults"].as_array().map(Vec::len)),
        (200, Some(3))
    );
    assert_eq!(done["writeResults"][2], json!({}));
    let c = f.good("GET", &uri("jobs/c"), &json!(null));
    assert_eq!(c["fields"], json!({ "x": int(2), "y": int(1) }));
    let got = f.good(
        "POST",
        &format!("/v1/{DB}/documents:batchGet"),
        &json!({ "documents": [name("jobs/a"), name("jobs/c")], "mask": { "fieldPaths": ["y"] } }),
    );
    assert_eq!(got[0]["missing"], name("jobs/a"));
    assert_eq!(got[1]["found"]["fields"], json!({ "y": int(1) }));
    assert_eq!(
        got[1]["readTime"], done["commitTime"],
        "a read is never before a commit"
    );
}

#[test]
fn masks_and_transforms() {
    let mut f = firestore();
    let fields =
        json!({ "a": int(1), "m": { "mapValue": { "fields": { "x": int(1), "y z": int(2) } } } });
    commit(&mut f, &json!([update("jobs/a", &fields)]));
    let mut write = update(
        "jobs/a",
        &json!({ "b": int(9), "m": { "mapValue": { "fields": { "x": int(5) } } } }),
    );
    write["updateMask"] = json!({ "fieldPaths": ["a", "m.x", "m.`y z`"] });
    write["updateTransforms"] = json!([
        { "fieldPath": "count", "increment": int(2) },
        { "fieldPath": "at", "setToServerValue": "REQUEST_TIME" },
        { "fieldPath": "all", "appendMissingElements": { "values": [int(1)] } },
    ]);
    let (status, done) = commit(&mut f, &json!([write]));
    assert_eq!(status, 200, "{done}");
    let at = json!({ "timestampValue": "2027-01-15T08:00:01Z" });
    let nothing = json!({ "nullValue": null });
    assert_eq!(
        done["writeResults"][0]["transformResults"],
        json!([int(2), at, nothing])
    );
    assert_eq!(
        f.good("GET", &uri("jobs/a"), &json!(null))["fields"],
        json!({
            "m": { "mapValue": { "fields": { "x": int(5) } } },
            "count": int(2),
            "at": at,
            "all": { "arrayValue": { "values": [int(1)] } },
        })
    );
    let patched = f.good(
        "PATCH",
        &uri("jobs/a?updateMask.fieldPaths=count&mask.fieldPaths=at"),
        &json!({}),
    );
    assert_eq!(patched["fields"], json!({ "at": at }));
}

#[test]
fn a_malformed_commit_is_refused() {
    let mut f = firestore();
    let many: Vec<Value> = (0..501)
        .map(|n| update(&format!("c/{n}"), &json!({})))
        .collect();
    let large = json!({ "s": text(&"x".repeat(1 << 20)) });
    for writes in [
        json!(3),
        json!([null]),
        json!([{}]),
        json!([{ "update": 3 }]),
        json!([{ "delete": 3 }]),
        json!([{ "delete": name("c/a"), "update": { "name": name("c/a") } }]),
        json!([{ "delete": "projects/p/databases/other/documents/c/a" }]),
        json!([update("c", &json!({}))]),
        json!([update("c/a", &json!([]))]),
        json!([{ "update": { "name": name("c/a") }, "updateMask": { "fieldPaths": ["a-b"] } }]),
        json!([{ "delete": name("c/a"), "currentDocument": { "exists": "yes" } }]),
        json!([{ "delete": name("c/a"), "currentDocument": { "updateTime": "now" } }]),
        json!([update("c/a", &large)]),
        json!(many),
    ] {
        let (status, answer) = commit(&mut f, &writes);
        let shown: String = writes.to_string().chars().take(200).collect();
        assert_eq!(
            (status, &answer["error"]["status"]),
            (400, &json!("INVALID_ARGUMENT")),
            "{shown}"
        );
    }
    let all: Vec<Value> = many[..500].to_vec();
    assert_eq!(commit(&mut f, &json!(all)).0, 200);
    let old = json!({ "writes": [], "transaction": "AAAA" });
    assert_eq!(
        f.ask("POST", &format!("/v1/{DB}/documents:commit"), &old).0,
        501
    );
}

fn seeded() -> Asking {
    let mut f = firestore();
    for (id, state, n, tags) in [
        ("a", "open", 3, vec!["x"]),
        ("b", "open", 1, vec!["x", "y"]),
        ("c", "done", 2, vec![]),
        ("d", "open", 2, vec!["y"]),
    ] {
        let tags: Vec<Value> = tags.into_iter().map(text).collect();
        let tags = json!({ "arrayValue": { "values": tags } });
        let fields = json!({ "state": text(state), "n": int(n), "tags": tags });
        commit(&mut f, &json!([update(&format!("jobs/{id}"), &fields)]));
    }
    commit(
        &mut f,
        &json!([
            update("jobs/e", &json!({ "state": { "nullValue": null } })),
            update("jobs/a/parts/1", &json!({ "n": int(7) })),
            update("jobs-old/z", &json!({ "n": int(7) })),
        ]),
    );
    f
}

/// The ids that a query finds, or the words of its refusal.
fn run(f: &mut Asking, mut query: Value) -> String {
    if query["from"].is_null() {
        query["from"] = json!([{ "collectionId": "jobs" }]);
    }
    let body = json!({ "structuredQuery": query });
    let (status, answer) = f.ask("POST", &format!("/v1/{DB}/documents:runQuery"), &body);
    let Some(rows) = answer.as_array() else {
        return format!(
            "{status} {}",
            answer["error"]["message"].as_str().unwrap_or_default()
        );
    };
    assert!(rows.iter().all(|row| row["readTime"].is_string()));
    let names = rows
        .iter()
        .filter_map(|row| row["document"]["name"].as_str());
    names
        .filter_map(|name| name.rsplit('/').next())
        .collect::<Vec<_>>()
        .join(" ")
}

fn field(path: &str, op: impl Into<Value>, value: &Value) -> Value {
    json!({ "fieldFilter": { "field": { "fieldPath": path }, "op": op.into(), "value": value } })
}

fn and(filters: &[Value]) -> Value {
    json!({ "compositeFilter": { "op": "AND", "filters": filters } })
}

fn by(orders: &[(&str, &str)]) -> Value {
    let order =
        |(path, way): &(&str, &str)| json!({ "field": { "fieldPath": path }, "direction": way });
    orders.iter().map(order).collect()
}

#[test]
fn queries_that_single_fields_serve() {
    let mut f = seeded();
    let array = |values: &[Value]| json!({ "arrayValue": { "values": values } });
    let reference = json!({ "referenceValue": name("jobs/b") });
    let table = [
        (json!({}), "a b c d e"),
        (
            json!({ "where": field("state", "EQUAL", &text("open")) }),
            "a b d",
        ),
        (
            json!({ "where": field("state", 5, &text("open")) }),
            "a b d",
        ),
        (
            json!({ "where": and(&[field("state", "EQUAL", &text("open")), field("n", "EQUAL", &int(2))]) }),
            "d",
        ),
        (
            json!({ "where": field("n", "GREATER_THAN", &int(1)) }),
            "c d a",
        ),
        (
            json!({ "where": and(&[field("n", "GREATER_THAN_OR_EQUAL", &int(1)), field("n", "LESS_THAN", &int(3))]) }),
            "b c d",
        ),
        (
            json!({ "where": field("n", "LESS_THAN_OR_EQUAL", &json!({ "doubleValue": 2.0 })) }),
            "b c d",
        ),
        (json!({ "where": field("n", "LESS_THAN", &text("z")) }), ""),
        (
            json!({ "where": field("state", "NOT_EQUAL", &text("done")) }),
            "a b d",
        ),
        (
            json!({ "where": field("n", "IN", &array(&[int(1), int(3)])) }),
            "a b",
        ),
        (
            json!({ "where": field("tags", "ARRAY_CONTAINS", &text("y")) }),
            "b d",
        ),
        (
            json!({ "where": field("__name__", "GREATER_THAN", &reference) }),
            "c d e",
        ),
        (
            json!({ "where": { "unaryFilter": { "field": { "fieldPath": "state" }, "op": "IS_NULL" } } }),
            "e",
        ),
        (json!({ "orderBy": by(&[("n", "DESCENDING")]) }), "a d c b"),
        (
            json!({ "orderBy": by(&[("n", "ASCENDING")]), "offset": 1, "limit": 2 }),
            "c d",
        ),
        (
            json!({ "orderBy": by(&[("n", "ASCENDING")]), "limit": { "value": 1 } }),
            "b",
        ),
        (
            json!({ "orderBy": by(&[("n", "ASCENDING")]), "startAt": { "values": [int(2)], "before": true } }),
            "c d a",
        ),
        (
            json!({ "orderBy": by(&[("n", "ASCENDING")]), "startAt": { "values": [int(2)] } }),
            "a",
        ),
        (
            json!({ "orderBy": by(&[("n", "ASCENDING")]), "startAt": { "values": [int(2), { "referenceValue": name("jobs/c") }] } }),
            "d a",
        ),
        (
            json!({ "orderBy": by(&[("n", "ASCENDING")]), "endAt": { "values": [int(2)], "before": true } }),
            "b",
        ),
        (
            json!({ "orderBy": by(&[("n", "DESCENDING")]), "endAt": { "values": [int(2)] } }),
            "a d c",
        ),
        (
            json!({ "from": [{ "collectionId": "parts", "allDescendants": true }] }),
            "1",
        ),
    ];
    for (query, expected) in table {
        assert_eq!(run(&mut f, query.clone()), expected, "{query}");
    }
    let below = json!({ "structuredQuery": { "from": [{ "collectionId": "parts" }], "select": { "fields": [{ "fieldPath": "__name__" }] } } });
    let got = f.good("POST", &uri("jobs/a:runQuery"), &below);
    assert_eq!(got[0]["document"]["name"], name("jobs/a/parts/1"));
    assert_eq!(got[0]["document"]["fields"], json!({}));
}

#[test]
fn other_queries_need_their_index() {
    let open = || field("state", "EQUAL", &text("open"));
    let queries = [
        (
            json!({ "where": open(), "orderBy": by(&[("n", "DESCENDING")]) }),
            "a d b",
        ),
        (
            json!({ "where": and(&[open(), field("n", "LESS_THAN", &int(3))]) }),
            "b d",
        ),
        (
            json!({ "orderBy": by(&[("state", "ASCENDING"), ("n", "ASCENDING")]) }),
            "c b d a",
        ),
        (
            json!({ "orderBy": by(&[("state", "DESCENDING"), ("n", "DESCENDING")]) }),
            "a d b c",
        ),
    ];
    let mut f = seeded();
    for (query, _) in &queries {
        let refused = run(&mut f, query.clone());
        assert!(
            refused
                .starts_with("400 The query requires an index. You can create it here: https://"),
            "{refused}"
        );
    }
    // An index is read backwards too, and its declaration is idempotent.
    for _ in 0..2 {
        f.cloud
            .declare_index(DB, "jobs", &[("state", true), ("n", true)])
            .expect("a good index");
    }
    for (query, expected) in queries {
        assert_eq!(run(&mut f, query.clone()), expected, "{query}");
    }
    let mixed = json!({ "orderBy": by(&[("state", "ASCENDING"), ("n", "DESCENDING")]) });
    assert!(
        run(&mut f, mixed.clone()).starts_with("400"),
        "in no direction of this index"
    );
    f.cloud
        .declare_index(DB, "other", &[("state", true), ("n", false)])
        .expect("a good index");
    assert!(
        run(&mut f, mixed.clone()).starts_with("400"),
        "another collection's"
    );
    f.cloud
        .declare_index(DB, "jobs", &[("state", true), ("n", false)])
        .expect("a good index");
    assert_eq!(run(&mut f, mixed), "c a d b");
    assert!(
        f.cloud.declare_index(DB, "jobs", &[("n", true)]).is_err(),
        "single fields have one"
    );

    // Two indexes with the same order are merged.
    let both = json!({
        "where": and(&[open(), field("tags", "ARRAY_CONTAINS", &text("y"))]),
        "orderBy": by(&[("n", "ASCENDING")]),
    });
    assert!(run(&mut f, both.clone()).starts_with("400"));
    let index = json!({ "queryScope": "COLLECTION", "fields": [
        { "fieldPath": "tags", "arrayConfig": "CONTAINS" },
        { "fieldPath": "n", "order": "ASCENDING" },
    ]});
    let indexes = format!("/v1/{DB}/collectionGroups/jobs/indexes");
    let made = f.good("POST", &indexes, &index);
    assert_eq!(
        (&made["done"], &made["response"]["state"]),
        (&json!(true), &json!("READY"))
    );
    assert_eq!(run(&mut f, both), "b d");
    assert_eq!(f.bad("POST", &indexes, &index).1, "ALREADY_EXISTS");
    let listed = f.good("GET", &indexes, &json!(null));
    assert_eq!(listed["indexes"].as_array().map(Vec::len), Some(3));
}

#[test]
fn a_malformed_query_is_refused() {
    let mut f = seeded();
    for (query, status) in [
        (json!({ "from": [] }), "400"),
        (json!({ "from": [{ "collectionId": "a/b" }] }), "400"),
        (json!({ "limit": -1 }), "400"),
        (json!({ "where": 3 }), "400"),
        (json!({ "where": field("n", "NEARLY", &int(1)) }), "400"),
        (json!({ "where": field("n", 99, &int(1)) }), "400"),
        (json!({ "where": field("n-m", "EQUAL", &int(1)) }), "400"),
        (json!({ "where": field("n", "IN", &int(1)) }), "400"),
        (
            json!({ "where": field("__name__", "EQUAL", &text("a")) }),
            "400",
        ),
        (
            json!({ "where": { "compositeFilter": { "op": "OR", "filters": [] } } }),
            "501",
        ),
        (
            json!({ "orderBy": [{ "field": { "fieldPath": "n" }, "direction": "UP" }] }),
            "400",
        ),
        (
            json!({ "orderBy": by(&[("n", "ASCENDING")]), "startAt": { "values": [int(1), int(2), int(3)] } }),
            "400",
        ),
        (
            json!({ "where": field("n", "LESS_THAN", &int(1)), "orderBy": by(&[("state", "ASCENDING")]) }),
            "400 inequality filter property and first sort order must be the same: n and state",
        ),
    ] {
        let got = run(&mut f, query.clone());
        assert!(got.starts_with(status), "{query}: {got}");
    }
}

#[test]
fn a_collection_is_listed_page_by_page() {
    let mut f = seeded();
    let ids = |page: &Value| -> String {
        let documents = page["documents"].as_array().into_iter().flatten();
        let names = documents.filter_map(|d| d["name"].as_str()?.rsplit('/').next());
        names.collect::<Vec<_>>().join(" ")
    };
    let page = f.good("GET", &uri("jobs?pageSize=3&pageToken="), &json!(null));
    assert_eq!(ids(&page), "a b c");
    let token = page["nextPageToken"].as_str().expect("there is more");
    let page = f.good(
        "GET",
        &uri(&format!("jobs?pageSize=3&pageToken={token}")),
        &json!(null),
    );
    assert_eq!(
        (ids(&page).as_str(), page.get("nextPageToken")),
        ("d e", None)
    );
    assert_eq!(ids(&f.good("GET", &uri("jobs/a/parts"), &json!(null))), "1");
    assert_eq!(f.good("GET", &uri("nothing"), &json!(null)), json!({}));
}

#[test]
fn databases_are_made_by_an_operation() {
    let mut f = firestore();
    let make = "/v1/projects/demo-project/databases?databaseId=jobs-db";
    let body = json!({ "locationId": "europe-west1", "type": "FIRESTORE_NATIVE" });
    let made = f.good("POST", make, &body);
    assert_eq!(made["done"], true);
    assert_eq!(
        made["response"]["name"],
        "projects/demo-project/databases/jobs-db"
    );
    assert_eq!(f.bad("POST", make, &body).1, "ALREADY_EXISTS");
    let got = f.good(
        "GET",
        "/v1/projects/demo-project/databases/jobs-db",
        &json!(null),
    );
    assert_eq!(got["locationId"], "europe-west1");
    let all = f.good("GET", "/v1/projects/demo-project/databases", &json!(null));
    assert_eq!(all["databases"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        f.bad(
            "POST",
            "/v1/projects/demo-project/databases?databaseId=X",
            &body
        )
        .0,
        400
    );
    assert_eq!(
        f.bad(
            "GET",
            "/v1/projects/demo-project/databases/none",
            &json!(null)
        )
        .0,
        404
    );
}

#[test]
fn what_each_call_needs() {
    let f = firestore();
    let with = |precondition: Value| {
        let mut write = update("c/a", &json!({}));
        write["currentDocument"] = precondition;
        json!({ "writes": [write] })
    };
    let commit = format!("/v1/{DB}/documents:commit");
    let time = json!({ "updateTime": "2027-01-15T08:00:01Z" });
    let (create, change) = ("datastore.entities.create", "datastore.entities.update");
    let table: [(&str, String, Value, &[&str]); 11] = [
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
            &["datastore.indexes.create"],
        ),
    ];
    for (verb, uri, body, permissions) in table {
        let expected: Vec<String> = permissions.iter().map(|p| format!("{p} {DB}")).collect();
        assert_eq!(f.needs(verb, &uri, &body), expected, "{verb} {uri}");
    }
}

#[test]
fn rows_survive_the_journal() {
    let mut f = seeded();
    f.cloud
        .declare_index(DB, "jobs", &[("state", true), ("n", true)])
        .expect("a good index");
    let before = f.good("GET", &uri("jobs/b"), &json!(null));
    let mut again = super::Firestore::new();
    for (from, to) in f.cloud.firestore.tables().into_iter().zip(again.tables()) {
        for (key, row) in from.take_changes() {
            to.restore(&key, row).expect("reads back");
        }
    }
    f.cloud.firestore = again;
    assert_eq!(f.good("GET", &uri("jobs/b"), &json!(null)), before);
    assert_eq!(
        run(
            &mut f,
            json!({ "orderBy": by(&[("state", "ASCENDING"), ("n", "ASCENDING")]) })
        ),
        "c b d a"
    );
}
