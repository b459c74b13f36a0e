//! Background events of Cloud Functions, and the CloudEvents they become.

use crate::{at, fault, one};
use events::Envelope;
use serde_json::{Value, json};

const DOMAIN: &str = r#""domain":"firebaseio.com","#;

fn flat(kind: &str, resource: &str, data: &str) -> String {
    format!(
        r#"{}{{"eventId":"7","timestamp":"2026-11-22T05:30:52Z","eventType":"{kind}",{DOMAIN}"resource":"{resource}","data":{data}}}"#,
        "\n"
    )
}

fn nested(kind: &str, resource: &str, data: &str) -> String {
    format!(
        r#"{}{{"context":{{"eventId":"7","timestamp":"2026-11-22T05:30:52Z","eventType":"{kind}",
        "resource":{{"name":"{resource}","service":"s","type":"t"}}}},{DOMAIN}"data":{data}}}"#,
        "\n"
    )
}

/// Event type; resource; the CloudEvent's type, source and subject.
#[rustfmt::skip]
const MAPPING: [[&str; 5]; 18] = [
    ["google.pubsub.topic.publish", "projects/p/topics/t", "google.cloud.pubsub.topic.v1.messagePublished", "pubsub.googleapis.com/projects/p/topics/t", ""],
    ["providers/cloud.pubsub/eventTypes/topic.publish", "projects/p/topics/t", "google.cloud.pubsub.topic.v1.messagePublished", "pubsub.googleapis.com/projects/p/topics/t", ""],
    ["google.storage.object.finalize", "projects/_/buckets/b/objects/f/objects/a", "google.cloud.storage.object.v1.finalized", "storage.googleapis.com/projects/_/buckets/b", "objects/f/objects/a"],
    ["google.storage.object.delete", "projects/_/buckets/b/objects/a", "google.cloud.storage.object.v1.deleted", "storage.googleapis.com/projects/_/buckets/b", "objects/a"],
    ["google.storage.object.archive", "projects/_/buckets/b/objects/a", "google.cloud.storage.object.v1.archived", "storage.googleapis.com/projects/_/buckets/b", "objects/a"],
    ["google.storage.object.metadataUpdate", "projects/_/buckets/b/objects/a", "google.cloud.storage.object.v1.metadataUpdated", "storage.googleapis.com/projects/_/buckets/b", "objects/a"],
    ["providers/cloud.storage/eventTypes/object.change", "projects/_/buckets/b/objects/a", "google.cloud.storage.object.v1.finalized", "storage.googleapis.com/projects/_/buckets/b", "objects/a"],
    ["providers/cloud.firestore/eventTypes/document.write", "projects/p/databases/(default)/documents/c/d", "google.cloud.firestore.document.v1.written", "firestore.googleapis.com/projects/p/databases/(default)", "documents/c/d"],
    ["providers/cloud.firestore/eventTypes/document.create", "projects/p/databases/(default)/documents/c/d", "google.cloud.firestore.document.v1.created", "firestore.googleapis.com/projects/p/databases/(default)", "documents/c/d"],
    ["providers/cloud.firestore/eventTypes/document.update", "projects/p/databases/(default)/documents/c/d", "google.cloud.firestore.document.v1.updated", "firestore.googleapis.com/projects/p/databases/(default)", "documents/c/d"],
    ["providers/cloud.firestore/eventTypes/document.delete", "projects/p/databases/(default)/documents/c/d", "google.cloud.firestore.document.v1.deleted", "firestore.googleapis.com/projects/p/databases/(default)", "documents/c/d"],
    ["providers/firebase.auth/eventTypes/user.create", "projects/p", "google.firebase.auth.user.v1.created", "firebaseauth.googleapis.com/projects/p", "users/u"],
    ["providers/firebase.auth/eventTypes/user.delete", "projects/p", "google.firebase.auth.user.v1.deleted", "firebaseauth.googleapis.com/projects/p", "users/u"],
    ["providers/google.firebase.analytics/eventTypes/event.log", "projects/p/events/e", "google.firebase.analytics.log.v1.written", "firebase.googleapis.com/projects/p", "events/e"],
    ["providers/google.firebase.database/eventTypes/ref.create", "projects/_/instances/i/refs/a/b", "google.firebase.database.ref.v1.created", "firebasedatabase.googleapis.com/projects/_/locations/us-central1/instances/i", "refs/a/b"],
    ["providers/google.firebase.database/eventTypes/ref.write", "projects/_/instances/i/refs/a/b", "google.firebase.database.ref.v1.written", "firebasedatabase.googleapis.com/projects/_/locations/us-central1/instances/i", "refs/a/b"],
    ["providers/google.firebase.database/eventTypes/ref.update", "projects/_/instances/i/refs/a/b", "google.firebase.database.ref.v1.updated", "firebasedatabase.googleapis.com/projects/_/locations/us-central1/instances/i", "refs/a/b"],
    ["providers/google.firebase.database/eventTypes/ref.delete", "projects/_/instances/i/refs/a/b", "google.firebase.database.ref.v1.deleted", "firebasedatabase.googleapis.com/projects/_/locations/us-central1/instances/i", "refs/a/b"],
];

#[test]
fn every_background_event_type_becomes_its_cloud_event() {
    for [legacy, resource, kind, source, subject] in MAPPING {
        let data = r#"{"uid":"u","data":"aGk="}"#;
        for text in [flat(legacy, resource, data), nested(legacy, resource, data)] {
            let event = one(&text);
            let about = event.cloud_event.expect("a CloudEvent");
            assert_eq!(about.kind, kind);
            assert_eq!(about.source, format!("//{source}"));
            assert_eq!(about.subject.as_deref().unwrap_or_default(), subject);
            assert_eq!(about.id, "7");
            assert_eq!(about.time, at("2026-11-22T05:30:52Z"));
            assert_eq!(about.data_content_type.as_deref(), Some("application/json"));
            assert_eq!(
                (event.message_id.as_str(), event.publish_time),
                ("7", about.time)
            );
        }
    }
}

#[test]
fn a_background_pubsub_message_is_decoded() {
    let data = r#"{"@type":"t","attributes":{"k":"v"},"data":"aGk="}"#;
    let event = one(&nested(MAPPING[0][0], MAPPING[0][1], data));
    assert_eq!(event.data, "hi");
    assert_eq!(event.attributes["k"], "v");
    for (data, named) in [
        (
            r#"{"data":"§"}"#,
            "background event data: data: Invalid symbol",
        ),
        ("{}", "background event data: data is missing"),
        ("[]", "background event data: invalid type: sequence"),
    ] {
        let fault = fault(&nested(MAPPING[0][0], MAPPING[0][1], data));
        assert!(fault.contains(named), "{fault}");
    }
}

fn data(event: &Envelope) -> Value {
    serde_json::from_slice(&event.data).expect("JSON")
}

#[test]
fn other_background_data_is_kept_verbatim() {
    let event = one(&flat(MAPPING[2][0], MAPPING[2][1], r#"{"size": 1.50}"#));
    assert_eq!(event.data, r#"{"size": 1.50}"#);
}

#[test]
fn the_timestamps_of_a_user_are_renamed() {
    let user = r#"{"uid":"u","n":1.50,"metadata":{"createdAt":"c","lastSignedInAt":"l","more":2}}"#;
    let event = one(&flat(MAPPING[11][0], "projects/p", user));
    let metadata = json!({"createTime": "c", "lastSignInTime": "l", "more": 2});
    let expected = json!({"uid": "u", "n": 1.50, "metadata": metadata});
    assert_eq!(data(&event), expected);
    assert!(std::str::from_utf8(&event.data).is_ok_and(|text| text.contains("1.50")));
}

#[test]
fn the_location_of_a_database_is_in_its_domain() {
    let [legacy, resource, ..] = MAPPING[15];
    let text =
        flat(legacy, resource, "{}").replace("firebaseio.com", "asia-east1.firebasedatabase.app");
    let source = one(&text).cloud_event.expect("a CloudEvent").source;
    assert!(
        source.contains("/locations/asia-east1/instances/i"),
        "{source}"
    );
    for domain in ["example.com", ".firebasedatabase.app", ""] {
        let text = flat(legacy, resource, "{}").replace("firebaseio.com", domain);
        assert!(fault(&text).contains("domain"), "{domain}");
    }
}

#[test]
fn an_error_names_the_faulty_field() {
    let [legacy, resource, ..] = MAPPING[2];
    let good = nested(legacy, resource, "{}");
    for (from, to, named) in [
        (r#""eventId":"7","#, "", "context.eventId: is missing"),
        (r#""eventId":"7","#, r#""eventId":7,"#, "context.eventId"),
        ("2026-11-22T05", "yesterday", "context.timestamp"),
        (r#","data":{}"#, "", "data: is missing"),
        ("/objects/f", "/f", "context.resource"),
        ("projects/_", "projekte/_", "context.resource"),
        (
            r#""name":"#,
            r#""nome":"#,
            "context.resource: missing field `name`",
        ),
    ] {
        let text = good.replacen(from, to, 1).replace("/f/objects/a", "/f/a");
        assert_ne!(text, good);
        assert!(fault(&text).contains(named), "{named}: {}", fault(&text));
    }
}
