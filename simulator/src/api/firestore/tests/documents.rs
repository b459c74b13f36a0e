//! Documents and commits.

use super::*;

#[test]
fn a_document_is_created_once() {
    let mut f = firestore();
    let body = json!({ "fields": { "n": int(1) } });
    let generated = f.expect_ok("POST", &uri("jobs?documentId=a"), &body);
    assert_eq!(generated["name"], name("jobs/a"));
    assert_eq!(generated["createTime"], "2027-01-15T08:00:01Z");
    assert_eq!(f.expect_ok("GET", &uri("jobs/a"), &json!(null)), generated);
    let twice = (
        409,
        "ALREADY_EXISTS".to_owned(),
        format!("Document already exists: {}", name("jobs/a")),
    );
    assert_eq!(
        f.expect_error("POST", &uri("jobs?documentId=a"), &body),
        twice
    );
    let absent = uri("jobs/a?currentDocument.exists=false");
    assert_eq!(f.expect_error("PATCH", &absent, &body), twice);

    let one = f.expect_ok("POST", &uri("jobs"), &body);
    let two = f.expect_ok("POST", &uri("jobs"), &body);
    assert_ne!(
        one["name"], two["name"],
        "ids are made even at the same time"
    );

    let missing = f.expect_error(
        "PATCH",
        &uri("jobs/none?currentDocument.exists=true"),
        &body,
    );
    let words = format!("No document to update: {}", name("jobs/none"));
    assert_eq!(missing, (404, "NOT_FOUND".into(), words));
    assert_eq!(
        f.expect_error("GET", &uri("jobs/none"), &json!(null)).0,
        404
    );
    assert_eq!(
        f.expect_error("POST", &uri("jobs?documentId=__x__"), &body)
            .0,
        400
    );
    let elsewhere = f.expect_error(
        "GET",
        "/v1/projects/p/databases/other/documents/c/a",
        &json!(null),
    );
    assert!(
        elsewhere
            .2
            .starts_with("The database other does not exist for project p ")
    );

    assert_eq!(
        f.expect_ok("DELETE", &uri("jobs/a"), &json!(null)),
        json!({})
    );
    f.expect_ok("DELETE", &uri("jobs/a"), &json!(null));
    assert_eq!(
        f.expect_error(
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
    let generated = f.expect_ok(
        "PATCH",
        &uri("jobs/a"),
        &json!({ "fields": { "n": int(1) } }),
    );
    let seen = generated["updateTime"].as_str().expect("a time").to_owned();
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
    let now = f.expect_ok("GET", &uri("jobs/a"), &json!(null));
    assert_eq!(now["fields"]["n"], int(2));
    assert_ne!(
        now["updateTime"], generated["updateTime"],
        "even at the same microsecond"
    );
    assert_eq!(now["createTime"], generated["createTime"]);
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
    // So that only one of two identical writers meets the precondition.
    let mut equals = update("jobs/a", &json!({ "n": int(1) }));
    equals["currentDocument"] = json!({ "updateTime": first["writeResults"][0]["updateTime"] });
    assert_eq!(commit(&mut f, &json!([equals.clone()])).0, 200);
    assert_eq!(commit(&mut f, &json!([equals])).0, 200);
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
        f.expect_ok("GET", &uri("jobs/a"), &json!(null))["fields"]["n"],
        int(1)
    );
    assert_eq!(f.ask("GET", &uri("jobs/b"), &json!(null)).0, 404);
    // Each write sees the effect of those before it.
    let mut existing = update("jobs/c", &json!({ "x": int(2) }));
    existing["currentDocument"] = json!({ "exists": true });
    existing["updateMask"] = json!({ "fieldPaths": ["x"] });
    let (status, done) = commit(
        &mut f,
        &json!([
            update("jobs/c", &json!({ "x": int(1), "y": int(1) })),
            existing,
            { "delete": name("jobs/a") },
        ]),
    );
    assert_eq!(
        (status, done["writeResults"].as_array().map(Vec::len)),
        (200, Some(3))
    );
    assert_eq!(done["writeResults"][2], json!({}));
    let c = f.expect_ok("GET", &uri("jobs/c"), &json!(null));
    assert_eq!(c["fields"], json!({ "x": int(2), "y": int(1) }));
    let got = f.expect_ok(
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
        f.expect_ok("GET", &uri("jobs/a"), &json!(null))["fields"],
        json!({
            "m": { "mapValue": { "fields": { "x": int(5) } } },
            "count": int(2),
            "at": at,
            "all": { "arrayValue": { "values": [int(1)] } },
        })
    );
    let patched = f.expect_ok(
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
        let json: String = writes.to_string().chars().take(200).collect();
        assert_eq!(
            (status, &answer["error"]["status"]),
            (400, &json!("INVALID_ARGUMENT")),
            "{json}"
        );
    }
    let all: Vec<Value> = many[..500].to_vec();
    assert_eq!(commit(&mut f, &json!(all)).0, 200);
    let unknown = json!({ "writes": [], "transaction": "AAAA" });
    assert_eq!(
        f.expect_error("POST", &format!("/v1/{DB}/documents:commit"), &unknown),
        (
            400,
            "INVALID_ARGUMENT".to_owned(),
            "The referenced transaction has expired or is no longer valid.".to_owned()
        )
    );
}
