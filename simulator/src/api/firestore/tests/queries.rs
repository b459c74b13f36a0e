//! Queries and the indexes they require.

use super::*;

pub(super) fn seeded() -> TestApi {
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

/// The IDs that a query finds, or the message of its error.
pub(super) fn run(f: &mut TestApi, mut query: Value) -> String {
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

pub(super) fn by(orders: &[(&str, &str)]) -> Value {
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
    let got = f.expect_ok("POST", &uri("jobs/a:runQuery"), &below);
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
    // An index serves both directions, and declaring it twice is allowed.
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
    let begun = f.expect_ok("POST", &indexes, &index);
    assert_eq!(begun.get("done"), None);
    // It serves no query before it is built.
    assert!(run(&mut f, both.clone()).starts_with("400"));
    let name = begun["metadata"]["index"].as_str().expect("a name");
    let state =
        |f: &mut TestApi| f.expect_ok("GET", &format!("/v1/{name}"), &json!(null))["state"].clone();
    assert_eq!(state(&mut f), "CREATING");
    f.wait(1_000_000);
    assert_eq!(state(&mut f), "READY");
    let operation = begun["name"].as_str().expect("a name");
    let done = f.expect_ok("GET", &format!("/v1/{operation}"), &json!(null));
    assert_eq!(
        (&done["done"], &done["response"]["state"]),
        (&json!(true), &json!("READY"))
    );
    assert_eq!(run(&mut f, both.clone()), "b d");
    assert_eq!(f.expect_error("POST", &indexes, &index).1, "ALREADY_EXISTS");
    let listed = f.expect_ok("GET", &indexes, &json!(null));
    assert_eq!(listed["indexes"].as_array().map(Vec::len), Some(3));

    f.expect_ok("DELETE", &format!("/v1/{name}"), &json!(null));
    assert!(run(&mut f, both).starts_with("400"));
    let missing = f.expect_error("GET", &format!("/v1/{name}"), &json!(null));
    assert_eq!(missing.0, 404);
}

#[test]
fn or_and_not_in() {
    let mut f = seeded();
    let any = |filters: &[Value]| json!({ "compositeFilter": { "op": "OR", "filters": filters } });
    let is = |path: &str, value: Value| field(path, "EQUAL", &value);
    let array = |values: &[Value]| json!({ "arrayValue": { "values": values } });
    let not_in = |path: &str, values: &[Value]| field(path, "NOT_IN", &array(values));
    let table = [
        (any(&[is("state", text("done")), is("n", int(1))]), "b c"),
        (any(&[is("n", int(1)), is("n", int(1))]), "b"),
        (
            and(&[
                is("state", text("open")),
                any(&[is("n", int(3)), field("tags", "ARRAY_CONTAINS", &text("y"))]),
            ]),
            "a b d",
        ),
        (
            any(&[
                field("n", "GREATER_THAN", &int(2)),
                is("state", json!({ "nullValue": null })),
            ]),
            "a e",
        ),
        (not_in("n", &[int(1), int(3)]), "c d"),
        (not_in("state", &[text("open")]), "c"),
        (not_in("state", &[json!({ "nullValue": null })]), ""),
    ];
    for (filter, expected) in table {
        assert_eq!(
            run(&mut f, json!({ "where": filter })),
            expected,
            "{filter}"
        );
    }
    let one = is("n", int(1));
    let six: Vec<Value> = (0..6).map(|_| one.clone()).collect();
    for bad in [
        any(&[not_in("n", &[int(1)]), one.clone()]),
        and(&[not_in("n", &[int(1)]), field("n", "NOT_EQUAL", &int(2))]),
        and(&[any(&six), any(&six)]),
        not_in("n", &[]),
    ] {
        assert!(
            run(&mut f, json!({ "where": bad })).starts_with("400"),
            "{bad}"
        );
    }
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
            "400",
        ),
        (
            json!({ "where": { "compositeFilter": { "op": "XOR", "filters": [] } } }),
            "400",
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
    let page = f.expect_ok("GET", &uri("jobs?pageSize=3&pageToken="), &json!(null));
    assert_eq!(ids(&page), "a b c");
    let token = page["nextPageToken"].as_str().expect("there is more");
    let page = f.expect_ok(
        "GET",
        &uri(&format!("jobs?pageSize=3&pageToken={token}")),
        &json!(null),
    );
    assert_eq!(
        (ids(&page).as_str(), page.get("nextPageToken")),
        ("d e", None)
    );
    assert_eq!(
        ids(&f.expect_ok("GET", &uri("jobs/a/parts"), &json!(null))),
        "1"
    );
    assert_eq!(f.expect_ok("GET", &uri("nothing"), &json!(null)), json!({}));
}

#[test]
fn rows_survive_the_journal() {
    let mut f = seeded();
    f.cloud
        .declare_index(DB, "jobs", &[("state", true), ("n", true)])
        .expect("a good index");
    let expires = format!("/v1/{DB}/collectionGroups/jobs/fields/expires");
    let policy = json!({ "ttlConfig": {} });
    f.expect_ok("PATCH", &expires, &policy);
    let before = f.expect_ok("GET", &uri("jobs/b"), &json!(null));
    let mut again = super::super::Firestore::new();
    for (from, to) in f.cloud.firestore.tables().into_iter().zip(again.tables()) {
        for (key, row) in from.take_changes() {
            to.restore(&key, row).expect("reads back");
        }
    }
    f.cloud.firestore = again;
    assert_eq!(f.expect_ok("GET", &uri("jobs/b"), &json!(null)), before);
    let field = f.expect_ok("GET", &expires, &json!(null));
    assert_eq!(field["ttlConfig"], json!({ "state": "CREATING" }));
    assert_eq!(
        run(
            &mut f,
            json!({ "orderBy": by(&[("state", "ASCENDING"), ("n", "ASCENDING")]) })
        ),
        "c b d a"
    );
}
