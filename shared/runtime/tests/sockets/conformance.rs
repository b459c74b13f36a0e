//! The cases of functions-framework's conformance suite, against the example
//! `conformance` as a process.

use crate::server::{Answer, Server, post};
use serde_json::{Value, json};
use tokio::task::JoinSet;

fn json_of(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{answer:?}");
    serde_json::from_slice(&answer.body).unwrap_or_else(|e| panic!("{e}: {answer:?}"))
}

const JSON: &str = "content-type: application/json";

#[tokio::test]
async fn plain_http_and_typed_requests_are_answered_with_their_payload() {
    let server = Server::start("conformance", &[]).await;
    let answer = post(server.addr, &[JSON], br#"{"res":"PASS"}"#).await;
    assert_eq!(answer.body, br#"{"res":"PASS"}"#);
    assert_eq!(answer.status, 200);
    let answer = post(server.addr, &[JSON], br#"{"message":"Hello world!"}"#).await;
    assert_eq!(
        json_of(&answer),
        json!({"payload": {"message": "Hello world!"}})
    );
}

#[tokio::test]
async fn a_cloud_event_is_answered_with_the_same_cloud_event() {
    let server = Server::start("conformance", &[]).await;
    let binary = [
        JSON,
        "ce-specversion: 1.0",
        "ce-id: aaaaaa-1111-bbbb-2222-cccccccccccc",
        "ce-type: google.firebase.auth.user.v1.created",
        "ce-source: //firebaseauth.googleapis.com/projects/my-project-id",
        "ce-subject: users/UUpby3s4spZre6kHsgVSPetzQ8l2",
        "ce-time: 2020-09-29T11:32:00.000Z",
        "ce-extra: kept",
    ];
    let answer = post(
        server.addr,
        &binary,
        br#"{"uid":"UUpby3s4spZre6kHsgVSPetzQ8l2"}"#,
    )
    .await;
    assert!(
        answer
            .head
            .contains("content-type: application/cloudevents+json")
    );
    let event = json!({
        "specversion": "1.0",
        "id": "aaaaaa-1111-bbbb-2222-cccccccccccc",
        "type": "google.firebase.auth.user.v1.created",
        "source": "//firebaseauth.googleapis.com/projects/my-project-id",
        "subject": "users/UUpby3s4spZre6kHsgVSPetzQ8l2",
        "time": "2020-09-29T11:32:00Z",
        "datacontenttype": "application/json",
        "extra": "kept",
        "data": {"uid": "UUpby3s4spZre6kHsgVSPetzQ8l2"},
    });
    assert_eq!(json_of(&answer), event);
    // And structured as it came.
    let structured = ["content-type: application/cloudevents+json; charset=utf-8"];
    let answer = post(server.addr, &structured, event.to_string().as_bytes()).await;
    assert_eq!(json_of(&answer), event);
}

/// Background events by type: their resource, and of the CloudEvent that is
/// made of each the type, the source and, if it has one, the subject.
#[rustfmt::skip]
const LEGACY: [(&str, &str, &str, &str, &str); 17] = [
    ("google.pubsub.topic.publish", "projects/p/topics/t", "google.cloud.pubsub.topic.v1.messagePublished", "//pubsub.googleapis.com/projects/p/topics/t", ""),
    ("google.storage.object.archive", "projects/_/buckets/b/objects/o", "google.cloud.storage.object.v1.archived", "//storage.googleapis.com/projects/_/buckets/b", "objects/o"),
    ("google.storage.object.delete", "projects/_/buckets/b/objects/o", "google.cloud.storage.object.v1.deleted", "//storage.googleapis.com/projects/_/buckets/b", "objects/o"),
    ("google.storage.object.finalize", "projects/_/buckets/b/objects/o", "google.cloud.storage.object.v1.finalized", "//storage.googleapis.com/projects/_/buckets/b", "objects/o"),
    ("google.storage.object.metadataUpdate", "projects/_/buckets/b/objects/o", "google.cloud.storage.object.v1.metadataUpdated", "//storage.googleapis.com/projects/_/buckets/b", "objects/o"),
    ("providers/cloud.firestore/eventTypes/document.create", "projects/p/databases/(default)/documents/d/1", "google.cloud.firestore.document.v1.created", "//firestore.googleapis.com/projects/p/databases/(default)", "documents/d/1"),
    ("providers/cloud.firestore/eventTypes/document.delete", "projects/p/databases/(default)/documents/d/1", "google.cloud.firestore.document.v1.deleted", "//firestore.googleapis.com/projects/p/databases/(default)", "documents/d/1"),
    ("providers/cloud.firestore/eventTypes/document.update", "projects/p/databases/(default)/documents/d/1", "google.cloud.firestore.document.v1.updated", "//firestore.googleapis.com/projects/p/databases/(default)", "documents/d/1"),
    ("providers/cloud.firestore/eventTypes/document.write", "projects/p/databases/(default)/documents/d/1", "google.cloud.firestore.document.v1.written", "//firestore.googleapis.com/projects/p/databases/(default)", "documents/d/1"),
    ("providers/firebase.auth/eventTypes/user.create", "projects/p", "google.firebase.auth.user.v1.created", "//firebaseauth.googleapis.com/projects/p", "users/u"),
    ("providers/firebase.auth/eventTypes/user.delete", "projects/p", "google.firebase.auth.user.v1.deleted", "//firebaseauth.googleapis.com/projects/p", "users/u"),
    ("providers/google.firebase.analytics/eventTypes/event.log", "projects/p/events/e", "google.firebase.analytics.log.v1.written", "//firebase.googleapis.com/projects/p", "events/e"),
    ("providers/google.firebase.database/eventTypes/ref.create", "projects/_/instances/i/refs/r", "google.firebase.database.ref.v1.created", "//firebasedatabase.googleapis.com/projects/_/locations/us-central1/instances/i", "refs/r"),
    ("providers/google.firebase.database/eventTypes/ref.delete", "projects/_/instances/i/refs/r", "google.firebase.database.ref.v1.deleted", "//firebasedatabase.googleapis.com/projects/_/locations/us-central1/instances/i", "refs/r"),
    ("providers/google.firebase.database/eventTypes/ref.update", "projects/_/instances/i/refs/r", "google.firebase.database.ref.v1.updated", "//firebasedatabase.googleapis.com/projects/_/locations/us-central1/instances/i", "refs/r"),
    ("providers/google.firebase.database/eventTypes/ref.write", "projects/_/instances/i/refs/r", "google.firebase.database.ref.v1.written", "//firebasedatabase.googleapis.com/projects/_/locations/us-central1/instances/i", "refs/r"),
    ("providers/cloud.storage/eventTypes/object.change", "projects/_/buckets/b/objects/o", "google.cloud.storage.object.v1.finalized", "//storage.googleapis.com/projects/_/buckets/b", "objects/o"),
];

#[tokio::test]
async fn a_background_event_becomes_a_cloud_event() {
    let server = Server::start("conformance", &[]).await;
    for (name, resource, kind, source, subject) in LEGACY {
        let data = match name {
            "google.pubsub.topic.publish" => json!({"data": "aGVsbG8=", "attributes": {"a": "b"}}),
            _ => json!({"uid": "u"}),
        };
        let body = json!({
            "context": {
                "eventId": "1147091835525187", "timestamp": "2020-04-23T07:38:57.772Z",
                "eventType": name, "resource": resource,
            },
            "domain": "firebaseio.com",
            "data": data,
        });
        let event = json_of(&post(server.addr, &[JSON], body.to_string().as_bytes()).await);
        assert_eq!(event["type"], kind, "{name}");
        assert_eq!(event["source"], source, "{name}");
        assert_eq!(event["id"], "1147091835525187", "{name}");
        let got = event["subject"].as_str().unwrap_or_default();
        assert_eq!(got, subject, "{name}");
        if kind.contains("pubsub") {
            assert_eq!(event["data"]["message"]["data"], "aGVsbG8=");
            assert_eq!(event["data"]["message"]["attributes"], json!({"a": "b"}));
        } else {
            assert_eq!(event["data"], data, "{name}");
        }
    }
}

#[tokio::test]
async fn ten_concurrent_requests_are_handled_at_the_same_time() {
    // None is answered before all have arrived.
    let server = Server::start("conformance", &[("COMPANY", "10")]).await;
    let addr = server.addr;
    let mut all = JoinSet::new();
    for _ in 0..10 {
        all.spawn(async move { post(addr, &[JSON], b"{}").await.status });
    }
    assert_eq!(all.join_all().await, [200; 10]);
}
