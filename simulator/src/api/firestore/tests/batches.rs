//! Aggregations, batches, and what lists a database.

use super::{queries::seeded, *};

fn method(name: &str) -> String {
    format!("/v1/{DB}/documents:{name}")
}

fn aggregate(f: &mut TestApi, query: Value, aggregations: &Value) -> Value {
    let mut query = query;
    query["from"] = json!([{ "collectionId": "jobs" }]);
    let body = json!({ "structuredAggregationQuery": {
        "structuredQuery": query, "aggregations": aggregations } });
    let (status, answers) = f.ask("POST", &method("runAggregationQuery"), &body);
    match status {
        200 => answers[0]["result"]["aggregateFields"].clone(),
        status => status.into(),
    }
}

#[test]
fn aggregations_of_a_query() {
    let mut f = seeded();
    let n = json!({ "field": { "fieldPath": "n" } });
    let count = json!([{ "alias": "all", "count": {} }]);
    assert_eq!(
        aggregate(&mut f, json!({}), &count),
        json!({ "all": int(5) })
    );
    let some = json!([{ "count": { "upTo": "3" } }, { "count": { "upTo": { "value": 2 } } }]);
    assert_eq!(
        aggregate(&mut f, json!({}), &some),
        json!({ "field_1": int(3), "field_2": int(2) })
    );
    // One has no `n`.
    let all = json!([{ "alias": "s", "sum": n }, { "alias": "a", "avg": n }, { "count": {} }]);
    assert_eq!(
        aggregate(&mut f, json!({}), &all),
        json!({ "s": int(8), "a": { "doubleValue": 2.0 }, "field_1": int(4) })
    );
    let open = json!({ "where": { "fieldFilter": { "field": { "fieldPath": "state" },
        "op": "EQUAL", "value": text("open") } }, "limit": 2 });
    assert_eq!(
        aggregate(&mut f, open, &json!([{ "sum": n }])),
        json!({ "field_1": int(4) })
    );
    let none = json!({ "field": { "fieldPath": "none" } });
    assert_eq!(
        aggregate(
            &mut f,
            json!({}),
            &json!([{ "sum": none }, { "avg": none }])
        ),
        json!({ "field_1": int(0), "field_2": { "nullValue": null } })
    );
    for (path, n) in [
        ("jobs/f", json!({ "doubleValue": 0.5 })),
        ("jobs/g", int(i64::MAX)),
    ] {
        commit(&mut f, &json!([update(path, &json!({ "n": n }))]));
    }
    let sum = aggregate(&mut f, json!({}), &json!([{ "sum": n }]));
    assert!(sum["field_1"]["doubleValue"].is_number(), "{sum}");
    for bad in [
        json!([]),
        json!([{}]),
        json!([{ "count": {}, "sum": n }]),
        json!([{ "count": { "upTo": "0" } }]),
        json!([{ "alias": "a", "count": {} }, { "alias": "a", "count": {} }]),
        json!([{ "count": {} }, { "count": {} }, { "count": {} }, { "count": {} }, { "count": {} }, { "count": {} }]),
    ] {
        assert_eq!(aggregate(&mut f, json!({}), &bad), json!(400), "{bad}");
    }
}

#[test]
fn each_write_of_a_batch_stands_alone() {
    let mut f = seeded();
    let missing =
        json!({ "update": { "name": name("jobs/x") }, "currentDocument": { "exists": true } });
    let there =
        json!({ "update": { "name": name("jobs/a") }, "currentDocument": { "exists": false } });
    let writes = json!([update("jobs/new", &json!({ "n": int(1) })), missing, there, { "delete": name("jobs/b") }]);
    let done = f.expect_ok(
        "POST",
        &method("batchWrite"),
        &json!({ "writes": writes, "labels": { "a": "b" } }),
    );
    let codes: Vec<&Value> = done["status"]
        .as_array()
        .expect("statuses")
        .iter()
        .map(|s| &s["code"])
        .collect();
    assert_eq!(codes, [&json!(null), &json!(5), &json!(6), &json!(null)]);
    assert!(done["writeResults"][0]["updateTime"].is_string());
    assert_eq!(done["writeResults"][1], json!({}));
    assert_eq!(queries::run(&mut f, json!({})), "a c d e new");
    let twice = json!({ "writes": [update("jobs/a", &json!({})), { "delete": name("jobs/a") }] });
    assert_eq!(f.expect_error("POST", &method("batchWrite"), &twice).0, 400);
    assert_eq!(
        f.required_permissions(
            "POST",
            &method("batchWrite"),
            &json!({ "writes": [{ "delete": name("c/a") }] })
        ),
        [format!("datastore.entities.delete {DB}")]
    );
}

#[test]
fn collections_are_listed() {
    let mut f = seeded();
    let all = f.expect_ok("POST", &method("listCollectionIds"), &json!({}));
    assert_eq!(all, json!({ "collectionIds": ["jobs", "jobs-old"] }));
    let first = f.expect_ok(
        "POST",
        &method("listCollectionIds"),
        &json!({ "pageSize": 1 }),
    );
    assert_eq!(first["collectionIds"], json!(["jobs"]));
    let rest = json!({ "pageSize": 1, "pageToken": first["nextPageToken"] });
    let rest = f.expect_ok("POST", &method("listCollectionIds"), &rest);
    assert_eq!(rest, json!({ "collectionIds": ["jobs-old"] }));
    let below = f.expect_ok("POST", &uri("jobs/a:listCollectionIds"), &json!({}));
    assert_eq!(below, json!({ "collectionIds": ["parts"] }));
    let none = f.expect_ok("POST", &uri("jobs/b:listCollectionIds"), &json!({}));
    assert_eq!(none, json!({}));
}

#[test]
fn a_group_is_partitioned() {
    let mut f = seeded();
    let query = |more: Value| {
        let mut query = json!({ "from": [{ "collectionId": "jobs", "allDescendants": true }],
            "orderBy": queries::by(&[("__name__", "ASCENDING")]) });
        query
            .as_object_mut()
            .expect("an object")
            .extend(more.as_object().expect("an object").clone());
        query
    };
    let names = |answer: &Value| -> Vec<String> {
        let partitions = answer["partitions"].as_array().into_iter().flatten();
        let names = partitions.filter_map(|p| p["values"][0]["referenceValue"].as_str());
        names
            .filter_map(|name| name.rsplit('/').next())
            .map(str::to_owned)
            .collect()
    };
    let mut ask = |query: &Value, more: Value| {
        let mut body = json!({ "structuredQuery": query });
        body.as_object_mut()
            .expect("an object")
            .extend(more.as_object().expect("an object").clone());
        f.ask("POST", &method("partitionQuery"), &body)
    };
    let whole = query(json!({}));
    assert_eq!(
        names(&ask(&whole, json!({ "partitionCount": "2" })).1),
        ["b", "d"]
    );
    assert_eq!(
        names(&ask(&whole, json!({ "partitionCount": 99 })).1),
        ["b", "c", "d", "e"]
    );
    let (_, page) = ask(&whole, json!({ "partitionCount": 2, "pageSize": 1 }));
    assert_eq!(names(&page), ["b"]);
    let more = json!({ "partitionCount": 2, "pageSize": 1, "pageToken": page["nextPageToken"] });
    let (_, page) = ask(&whole, more);
    assert_eq!(
        (names(&page), page.get("nextPageToken")),
        (vec!["d".to_owned()], None)
    );
    for (query, more) in [
        (whole.clone(), json!({})),
        (query(json!({ "limit": 3 })), json!({ "partitionCount": 2 })),
        (
            query(json!({ "from": [{ "collectionId": "jobs" }] })),
            json!({ "partitionCount": 2 }),
        ),
    ] {
        assert_eq!(ask(&query, more).0, 400, "{query}");
    }
}

#[test]
fn a_list_is_ordered_or_shows_missing_documents() {
    let mut f = seeded();
    commit(&mut f, &json!([update("jobs/absent/parts/1", &json!({}))]));
    let mut list = |query: &str| {
        let (status, page) = f.ask("GET", &uri(&format!("jobs?{query}")), &json!(null));
        let documents = page["documents"].as_array().into_iter().flatten();
        let names = documents.filter_map(|d| {
            let id = d["name"].as_str()?.rsplit('/').next()?;
            Some(if d["createTime"].is_null() {
                format!("({id})")
            } else {
                id.to_owned()
            })
        });
        let token = page["nextPageToken"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        (status, names.collect::<Vec<_>>().join(" "), token)
    };
    assert_eq!(list("showMissing=true").1, "a (absent) b c d e");
    assert_eq!(list("orderBy=n").1, "b c d a");
    assert_eq!(list("orderBy=n%20desc&mask.fieldPaths=n").1, "a d c b");
    let (_, first, token) = list("orderBy=n&pageSize=3");
    assert_eq!(first, "b c d");
    let (_, rest, token) = list(&format!("orderBy=n&pageSize=3&pageToken={token}"));
    assert_eq!((rest.as_str(), token.as_str()), ("a", ""));
    assert_eq!(list("orderBy=n&showMissing=true").0, 400);
    assert_eq!(list("orderBy=state,n").0, 400, "it needs an index");
}

#[test]
fn a_database_is_deleted_with_all_in_it() {
    let mut f = seeded();
    let database = format!("/v1/{DB}");
    let protect = json!({ "deleteProtectionState": "DELETE_PROTECTION_ENABLED" });
    let masked = format!("{database}?updateMask=deleteProtectionState");
    f.expect_ok("PATCH", &masked, &protect);
    assert_eq!(
        f.expect_error("DELETE", &database, &json!(null)).1,
        "FAILED_PRECONDITION"
    );
    f.expect_ok("PATCH", &masked, &json!({}));
    let stale = format!("{database}?etag=AAAA");
    assert_eq!(f.expect_error("DELETE", &stale, &json!(null)).0, 409);
    let gone = f.expect_ok("DELETE", &database, &json!(null));
    assert_eq!(
        (&gone["done"], &gone["response"]["name"]),
        (&json!(true), &json!(DB))
    );
    assert_eq!(f.ask("GET", &uri("jobs/a"), &json!(null)).0, 404);
    f.cloud.declare_database(DB, "nam5", f.now);
    assert_eq!(queries::run(&mut f, json!({})), "");
}
