//! Transactions, and reads at a past time.

use super::*;

fn method(name: &str) -> String {
    format!("/v1/{DB}/documents:{name}")
}

fn begin(f: &mut TestApi, options: &Value) -> String {
    let begun = f.expect_ok(
        "POST",
        &method("beginTransaction"),
        &json!({ "options": options }),
    );
    begun["transaction"].as_str().expect("an ID").to_owned()
}

fn commit_in(f: &mut TestApi, transaction: &str, writes: &Value) -> (u16, Value) {
    let body = json!({ "transaction": transaction, "writes": writes });
    f.ask("POST", &method("commit"), &body)
}

/// The field `n` of documents, as `batchGet` with these fields finds it.
fn read(f: &mut TestApi, names: &[&str], how: &Value) -> Vec<Option<i64>> {
    let names: Vec<String> = names.iter().map(|path| name(path)).collect();
    let mut body = json!({ "documents": names });
    body.as_object_mut()
        .expect("an object")
        .extend(how.as_object().expect("an object").clone());
    let answers = f.expect_ok("POST", &method("batchGet"), &body);
    let answers = answers.as_array().expect("an array").iter();
    let number = |answer: &Value| {
        let number = answer["found"]["fields"]["n"]["integerValue"].as_str()?;
        number.parse().ok()
    };
    answers.map(number).collect()
}

fn set(f: &mut TestApi, path: &str, n: i64) {
    f.wait(1_000_000);
    let (status, answer) = commit(f, &json!([update(path, &json!({ "n": int(n) }))]));
    assert_eq!(status, 200, "{answer}");
}

#[test]
fn a_transaction_that_has_read_what_changed_is_aborted() {
    let mut f = firestore();
    set(&mut f, "c/a", 1);
    let write = json!([update("c/a", &json!({ "n": int(9) }))]);
    for other in ["c/a", "c/none"] {
        let transaction = begin(&mut f, &json!({ "readWrite": {} }));
        let how = json!({ "transaction": transaction });
        assert_eq!(read(&mut f, &[other], &how).len(), 1);
        set(&mut f, other, 2);
        let (status, answer) = commit_in(&mut f, &transaction, &write);
        assert_eq!(
            (status, &answer["error"]["status"]),
            (409, &json!("ABORTED"))
        );
        f.expect_ok("POST", &method("rollback"), &how);
        let (status, answer) = commit_in(&mut f, &transaction, &write);
        assert_eq!(
            (status, answer["error"]["message"].as_str()),
            (
                400,
                Some("The referenced transaction has expired or is no longer valid.")
            )
        );
    }
    // Again, with nobody in between.
    let transaction = begin(
        &mut f,
        &json!({ "readWrite": { "retryTransaction": "AAAA" } }),
    );
    let how = json!({ "transaction": transaction });
    assert_eq!(read(&mut f, &["c/a"], &how), [Some(2)]);
    set(&mut f, "c/other", 3);
    assert_eq!(commit_in(&mut f, &transaction, &write).0, 200);
    assert_eq!(read(&mut f, &["c/a"], &json!({})), [Some(9)]);
    assert_eq!(commit_in(&mut f, &transaction, &write).0, 400, "committed");
}

#[test]
fn a_query_in_a_transaction_notices_new_documents() {
    for (changed, status) in [("c/b", 409), ("d/b", 200)] {
        let mut f = firestore();
        set(&mut f, "c/a", 1);
        let transaction = begin(&mut f, &json!({}));
        let body = json!({ "transaction": transaction,
            "structuredQuery": { "from": [{ "collectionId": "c" }] } });
        f.expect_ok("POST", &method("runQuery"), &body);
        set(&mut f, changed, 1);
        assert_eq!(commit_in(&mut f, &transaction, &json!([])).0, status);
    }
}

#[test]
fn a_transaction_that_only_reads_sees_one_time() {
    let mut f = firestore();
    set(&mut f, "c/a", 1);
    set(&mut f, "c/gone", 1);
    let transaction = begin(&mut f, &json!({ "readOnly": {} }));
    set(&mut f, "c/a", 2);
    set(&mut f, "c/a", 3);
    set(&mut f, "c/new", 1);
    commit(&mut f, &json!([{ "delete": name("c/gone") }]));
    let how = json!({ "transaction": transaction });
    let all = ["c/a", "c/gone", "c/new"];
    assert_eq!(read(&mut f, &all, &how), [Some(1), Some(1), None]);
    assert_eq!(read(&mut f, &all, &json!({})), [Some(3), None, Some(1)]);
    let query = json!({ "transaction": transaction,
        "structuredQuery": { "from": [{ "collectionId": "c" }] } });
    let found = f.expect_ok("POST", &method("runQuery"), &query);
    let names: Vec<&str> = found
        .as_array()
        .expect("rows")
        .iter()
        .filter_map(|row| row["document"]["name"].as_str()?.rsplit('/').next())
        .collect();
    assert_eq!(names, ["a", "gone"]);
    let got = f.expect_ok(
        "GET",
        &uri(&format!("c/a?transaction={transaction}")),
        &json!(null),
    );
    assert_eq!(got["fields"]["n"], int(1));
    let write = json!([update("c/a", &json!({}))]);
    assert_eq!(commit_in(&mut f, &transaction, &write).0, 400);
    assert_eq!(commit_in(&mut f, &transaction, &json!([])).0, 200);
}

#[test]
fn reads_at_a_past_time() {
    let mut f = firestore();
    set(&mut f, "c/a", 1);
    let then = f.now;
    set(&mut f, "c/a", 2);
    assert_eq!(
        read(&mut f, &["c/a"], &json!({ "readTime": then })),
        [Some(1)]
    );
    let new = json!({ "newTransaction": { "readOnly": { "readTime": then } } });
    assert_eq!(read(&mut f, &["c/a"], &new), [Some(1)]);
    let listed = f.expect_ok("GET", &uri(&format!("c?readTime={then}")), &json!(null));
    assert_eq!(listed["documents"][0]["fields"]["n"], int(1));
    let mut refused = |how: Value| {
        let mut body = json!({ "documents": [name("c/a")] });
        body.as_object_mut()
            .expect("an object")
            .extend(how.as_object().expect("an object").clone());
        f.expect_error("POST", &method("batchGet"), &body).1
    };
    let later = then + names::Duration::from_secs(60);
    assert_eq!(refused(json!({ "readTime": later })), "INVALID_ARGUMENT");
    assert_eq!(refused(json!({ "readTime": "then" })), "INVALID_ARGUMENT");
    let before = then - names::Duration::from_secs(7200);
    assert_eq!(
        refused(json!({ "readTime": before })),
        "FAILED_PRECONDITION"
    );
    let both = json!({ "readTime": then, "newTransaction": {} });
    assert_eq!(refused(both), "INVALID_ARGUMENT");
    assert_eq!(f.cloud.firestore.check_read_time(DB, then, f.now), Ok(()));
    // The versions of more than a thousand writes are not kept.
    for n in 0..1001 {
        set(&mut f, "c/a", n);
    }
    f.now = then;
    assert_eq!(
        f.cloud
            .firestore
            .check_read_time(DB, then, then)
            .map_err(|e| e.code),
        Err("FAILED_PRECONDITION")
    );
}

#[test]
fn large_versions_are_not_kept() {
    let mut f = firestore();
    let then = f.now;
    for n in 0..12 {
        let large = json!({ "s": text(&"x".repeat(1_000_000)), "n": int(n) });
        f.wait(1_000_000);
        assert_eq!(commit(&mut f, &json!([update("c/a", &large)])).0, 200);
    }
    let from = |seconds| then + names::Duration::from_secs(seconds);
    let check = |seconds| {
        f.cloud
            .firestore
            .check_read_time(DB, from(seconds), f.now)
            .is_ok()
    };
    assert_eq!((check(2), check(6)), (false, true));
}

#[test]
fn a_call_can_begin_a_transaction_which_ends_by_itself() {
    let mut f = firestore();
    set(&mut f, "c/a", 1);
    let body = json!({ "documents": [name("c/a"), name("c/b")],
        "newTransaction": { "readWrite": {} } });
    let answers = f.expect_ok("POST", &method("batchGet"), &body);
    let transaction = answers[0]["transaction"]
        .as_str()
        .expect("an ID")
        .to_owned();
    assert_eq!(answers[1].get("transaction"), None);
    let write = json!([update("c/a", &json!({}))]);
    f.wait(59_000_000);
    let how = json!({ "transaction": transaction });
    read(&mut f, &["c/a"], &how);
    f.wait(61_000_000);
    assert_eq!(commit_in(&mut f, &transaction, &write).0, 400, "idle");
    let query = json!({ "newTransaction": {},
        "structuredQuery": { "from": [{ "collectionId": "none" }] } });
    let rows = f.expect_ok("POST", &method("runQuery"), &query);
    let read_only = rows[0]["transaction"].as_str().expect("an ID").to_owned();
    assert_eq!(commit_in(&mut f, &read_only, &write).0, 400);
    assert_eq!(
        f.expect_error("POST", &method("rollback"), &json!({})).0,
        400
    );
}
