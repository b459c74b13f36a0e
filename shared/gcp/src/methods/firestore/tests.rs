use super::{stream::read_stream, *};
use crate::Idempotency;
use names::DatabaseName;
use serde_json::{Map, Value, json};

fn database() -> DatabaseName {
    "projects/demo-project/databases/(default)"
        .parse()
        .expect("valid")
}

fn set(precondition: impl Into<Option<DocumentPrecondition>>) -> Write {
    Write::Set {
        name: "n".into(),
        fields: Map::new(),
        precondition: precondition.into(),
    }
}

#[test]
fn a_commit_has_required_permissions_and_idempotency() {
    let later = DocumentPrecondition::UpdateTime("t".into());
    let cases: &[(&[Write], &[&str], bool)] = &[
        (
            &[set(DocumentPrecondition::Exists(false))],
            &["create"],
            true,
        ),
        (
            &[set(DocumentPrecondition::Exists(true))],
            &["update"],
            true,
        ),
        (&[set(later.clone())], &["update"], true),
        (&[set(None)], &["create", "update"], false),
        (&[Write::Delete("n".into())], &["delete"], false),
        (
            &[set(later), Write::Delete("o".into())],
            &["delete", "update"],
            true,
        ),
    ];
    for (writes, verbs, again) in cases {
        let request = commit_request(&database(), writes);
        let expected: Vec<_> = verbs
            .iter()
            .map(|verb| format!("datastore.entities.{verb}"))
            .collect();
        let required = request.required();
        let permissions: Vec<_> = required.iter().map(|r| r.permission).collect();
        assert_eq!(permissions, expected, "{writes:?}");
        assert!(required.iter().all(|r| r.resource
            == "//firestore.googleapis.com/projects/demo-project/databases/(default)"));
        let Idempotency::If(may) = COMMIT.idempotency else {
            panic!("it depends on the request")
        };
        assert_eq!(may(&request), *again, "{writes:?}");
    }
}

#[test]
fn requests_have_the_documented_shape() {
    let request = commit_request(
        &database(),
        &[
            set(DocumentPrecondition::UpdateTime(
                "2026-11-22T07:42:31.331674Z".into(),
            )),
            Write::Delete("o".into()),
        ],
    );
    assert_eq!(
        request.filled_path(),
        "/v1/projects/demo-project/databases/(default)/documents:commit"
    );
    assert_eq!(
        *request.body_json(),
        json!({ "writes": [
            { "update": { "name": "n", "fields": {} },
              "currentDocument": { "updateTime": "2026-11-22T07:42:31.331674Z" } },
            { "delete": "o" },
        ] })
    );
    let fields = json!({ "locationId": "europe-west4" });
    let request = DATABASES.create(&database().to_string(), fields);
    assert_eq!(request.filled_path(), "/v1/projects/demo-project/databases");
    assert_eq!(request.query_value("databaseId"), Some("(default)"));
    assert_eq!(request.body_json()["locationId"], "europe-west4");
    let index = format!("{}/collectionGroups/jobs/indexes/-", database());
    let request = INDEXES.create(&index, json!({}));
    assert_eq!(
        request.filled_path(),
        "/v1/projects/demo-project/databases/(default)/collectionGroups/jobs/indexes"
    );
    let query = run_query_request(&database(), "groundcrew/ledger", &json!({}));
    for request in [request, query] {
        for need in request.required() {
            assert_eq!(
                need.resource,
                "//firestore.googleapis.com/projects/demo-project/databases/(default)"
            );
        }
    }
}

#[test]
fn a_stream_that_fails_midway_is_an_error() {
    let parts = vec![
        json!({ "document": { "name": "n", "updateTime": "t" } }),
        json!({ "error": { "code": 503, "status": "UNAVAILABLE", "message": "later" } }),
    ];
    let error = read_stream::<Value>(parts.clone()).expect_err("it failed");
    assert_eq!(error.to_string(), "503 UNAVAILABLE: later");
    let read = read_stream::<Value>(parts[..1].to_vec()).expect("it did not");
    assert_eq!(read.len(), 1);
}
