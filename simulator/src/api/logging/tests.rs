//! Sinks and their exports. Answers are compared with recorded ones.

mod entries;

use crate::{
    api::{
        compute::tests::{body, running},
        test_cloud::{PROJECT, TestCloud},
    },
    iam::Principal,
};
use names::Timestamp;
use serde_json::{Value, json};

const SINKS: &str = "/v2/projects/demo-project/sinks";
const ONE: &str = "/v2/projects/demo-project/sinks/events?uniqueWriterIdentity=true";
const TOPIC: &str = "projects/demo-project/topics/events";
const WRITER: &str = "serviceAccount:service-42@gcp-sa-logging.iam.gserviceaccount.com";
const NULL: Value = Value::Null;

fn sink() -> Value {
    json!({
        "name": "events",
        "destination": format!("pubsub.googleapis.com/{TOPIC}"),
        "filter": "resource.type=\"bigquery_project\" AND logName:\"cloudaudit.googleapis.com\"",
    })
}

fn create(world: &mut TestCloud, sink: &Value) -> Value {
    let call = format!("POST {SINKS}?uniqueWriterIdentity=true");
    let (status, sink) = world.owner(&call, sink);
    assert_eq!(status, 200, "{sink}");
    sink
}

fn message(answer: &Value) -> &str {
    answer["error"]["message"].as_str().unwrap_or_default()
}

#[test]
fn a_sink_is_created_read_changed_and_deleted_as_recorded() {
    let mut world = TestCloud::new();
    let (status, missing) = world.owner(&format!("GET {SINKS}/events"), &NULL);
    assert_eq!(
        (status, missing),
        (
            404,
            json!({ "error": { "code": 404, "status": "NOT_FOUND",
                "message": "Sink events does not exist" } })
        )
    );
    let created = create(&mut world, &sink());
    let mut expected = sink();
    expected["createTime"] = json!(world.now);
    expected["updateTime"] = json!(world.now);
    expected["writerIdentity"] = WRITER.into();
    assert_eq!(created, expected);
    assert_eq!(
        world.owner(&format!("GET {SINKS}/events"), &NULL).1,
        expected
    );
    world.advance(1);
    let mut change = sink();
    change["filter"] = "resource.type=\"bigquery_dataset\"".into();
    change["description"] = "not in the mask".into();
    let (status, changed) = world.owner(&format!("PUT {ONE}&updateMask=filter"), &change);
    expected["filter"] = change["filter"].clone();
    expected["updateTime"] = json!(world.now);
    assert_eq!((status, &changed), (200, &expected));
    let (_, list) = world.owner(&format!("GET {SINKS}"), &NULL);
    assert_eq!(list, json!({ "sinks": [expected] }));
    let delete = format!("DELETE {SINKS}/events");
    assert_eq!(world.owner(&delete, &NULL), (200, json!({})));
    assert_eq!(world.owner(&delete, &NULL).0, 404);
}

#[test]
fn without_a_mask_three_fields_change() {
    let mut world = TestCloud::new();
    let mut described = sink();
    described["description"] = "of events".into();
    described["includeChildren"] = true.into();
    create(&mut world, &described);
    for verb in ["PUT", "PATCH"] {
        let change = json!({ "destination": "storage.googleapis.com/b", "description": "x" });
        let (status, changed) = world.owner(&format!("{verb} {ONE}"), &change);
        assert_eq!(status, 200, "{changed}");
        assert_eq!(changed["destination"], "storage.googleapis.com/b");
        assert_eq!(changed["description"], "of events");
        assert_eq!(
            (changed.get("filter"), changed.get("includeChildren")),
            (None, None)
        );
    }
    let patch = format!("PATCH {ONE}&updateMask=description");
    assert_eq!(world.owner(&patch, &json!({})).1.get("description"), None);
}

#[test]
fn a_sink_has_an_identity_of_its_own_if_asked_for() {
    let mut world = TestCloud::new();
    let (_, shared) = world.owner(&format!("POST {SINKS}"), &sink());
    assert_eq!(
        shared["writerIdentity"],
        "serviceAccount:cloud-logs@system.gserviceaccount.com"
    );
    let masked = format!("{ONE}&updateMask=filter");
    let (_, own) = world.owner(&format!("PATCH {masked}"), &sink());
    assert_eq!(own["writerIdentity"], WRITER);
    let back = "PATCH /v2/projects/demo-project/sinks/events?updateMask=filter";
    assert_eq!(world.owner(back, &sink()).0, 400);
    let bucket = "logging.googleapis.com/projects/42/locations/global/buckets/b";
    let inside = json!({ "name": "inside", "destination": bucket });
    assert_eq!(create(&mut world, &inside).get("writerIdentity"), None);
    let elsewhere = json!({ "name": "elsewhere",
        "destination": "pubsub.googleapis.com/projects/other/topics/t" });
    let (status, error) = world.owner(&format!("POST {SINKS}"), &elsewhere);
    assert_eq!(
        (status, message(&error)),
        (
            400,
            "The destination project must be the same as the sink's project. \
             Use uniqueWriterIdentity=true to allow cross project exports."
        )
    );
    assert_eq!(create(&mut world, &elsewhere)["writerIdentity"], WRITER);
}

#[test]
fn bad_sinks_and_callers_without_permission_are_refused() {
    let mut world = TestCloud::new();
    create(&mut world, &sink());
    let with = |field: &str, value: Value| {
        let mut sink = sink();
        sink["name"] = "other".into();
        sink[field] = value;
        sink
    };
    for (body, status) in [
        (sink(), 409),
        (with("name", json!("-x")), 400),
        (with("name", json!("a/b")), 400),
        (with("name", json!("x".repeat(101))), 400),
        (with("destination", NULL), 400),
        (
            with("destination", json!("pubsub.googleapis.com/events")),
            400,
        ),
        (with("filter", json!("a=")), 400),
        (with("filter", json!("a=~\"b\"")), 501),
        (with("exclusions", json!([{ "name": "e" }])), 400),
        (
            with("exclusions", json!([{ "name": "e", "filter": "(" }])),
            400,
        ),
        (with("colour", json!("red")), 400),
    ] {
        let (got, answer) = world.owner(&format!("POST {SINKS}"), &body);
        assert_eq!(got, status, "{body}: {answer}");
    }
    let mut archive = with("filter", json!("a=~\"b\""));
    archive["name"] = "archive".into();
    archive["destination"] = "storage.googleapis.com/archive".into();
    assert_eq!(world.owner(&format!("POST {SINKS}"), &archive).0, 200);
    let custom = format!("POST {SINKS}?customWriterIdentity=serviceAccount:a@b");
    assert_eq!(world.owner(&custom, &with("filter", NULL)).0, 501);
    let stranger = Principal::user("stranger@example.com");
    for (call, permission, on) in [
        (format!("POST {SINKS}"), "create", PROJECT),
        (format!("GET {SINKS}"), "list", PROJECT),
        (
            format!("DELETE {SINKS}/events"),
            "delete",
            "//logging.googleapis.com/projects/demo-project/sinks/events",
        ),
    ] {
        let (status, answer) = world.ask(&stranger, &call, &with("filter", NULL));
        let expected = format!(
            "Permission 'logging.sinks.{permission}' denied on resource '{on}' (or it may not exist)."
        );
        assert_eq!((status, message(&answer)), (403, &*expected));
    }
}

/// A cloud with a running machine, and what its subscription has received.
fn with_machine() -> (TestCloud, String) {
    let (cloud, machine) = running(&body("vm"));
    let now = Timestamp::from_seconds(1_800_000_001);
    let mut world = TestCloud { cloud, now };
    world.cloud.add_project("demo", 43, None);
    let project = "//cloudresourcemanager.googleapis.com/projects/demo";
    world
        .cloud
        .grant(project, "roles/owner", "user:owner@example.com", None);
    let topic = "/v1/projects/demo/topics/events";
    assert_eq!(world.owner(&format!("PUT {topic}"), &json!({})).0, 200);
    let subscription = json!({ "topic": "projects/demo/topics/events" });
    let put = "PUT /v1/projects/demo/subscriptions/events";
    assert_eq!(world.owner(put, &subscription).0, 200);
    (world, machine)
}

fn received(world: &mut TestCloud) -> Vec<Value> {
    let pull = "POST /v1/projects/demo/subscriptions/events:pull";
    let body = json!({ "maxMessages": 10, "returnImmediately": true });
    let (_, answer) = world.owner(pull, &body);
    let messages = answer["receivedMessages"].as_array().cloned();
    let messages = messages.unwrap_or_default().into_iter();
    messages.map(|message| message["message"].clone()).collect()
}

#[test]
fn a_sink_exports_the_events_that_match_if_its_identity_may_publish() {
    let filter = "protoPayload.methodName=(\"compute.instances.preempted\" OR \
                  \"compute.instances.guestTerminate\")";
    let nowhere = json!({ "filter": "severity>=ERROR" });
    let excluding =
        json!({ "exclusions": [{ "name": "e", "filter": "resource.type=gce_instance" }] });
    let writer = "serviceAccount:service-43@gcp-sa-logging.iam.gserviceaccount.com";
    for (changes, member, arrives) in [
        (json!({}), writer, true),
        (json!({}), "user:somebody@example.com", false),
        (nowhere, writer, false),
        (excluding, writer, false),
        (json!({ "disabled": true }), writer, false),
        (
            json!({ "destination": "pubsub.googleapis.com/projects/43/topics/events" }),
            writer,
            true,
        ),
        (
            json!({ "destination": "pubsub.googleapis.com/projects/demo/topics/other" }),
            writer,
            false,
        ),
        (
            json!({ "destination": "storage.googleapis.com/bucket" }),
            writer,
            false,
        ),
    ] {
        let (mut world, machine) = with_machine();
        let topic = "//pubsub.googleapis.com/projects/demo/topics/events";
        world
            .cloud
            .grant(topic, "roles/pubsub.publisher", member, None);
        let mut sink = json!({ "name": "events", "filter": filter,
            "destination": "pubsub.googleapis.com/projects/demo/topics/events" });
        for (field, value) in changes.as_object().expect("an object") {
            sink[field] = value.clone();
        }
        let call = "POST /v2/projects/demo/sinks?uniqueWriterIdentity=true";
        let (status, answer) = world.owner(call, &sink);
        assert_eq!(status, 200, "{answer}");
        world.cloud.guest_stopped(&machine, world.now);
        let messages = received(&mut world);
        assert_eq!(messages.len(), usize::from(arrives), "{changes} {member}");
        for message in messages {
            let time = &message["attributes"]["logging.googleapis.com/timestamp"];
            assert_eq!(*time, json!(world.now));
            let entries = world.cloud.take_log_entries();
            let data = message["data"].as_str().expect("data");
            let data = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, data);
            let entry: Value = serde_json::from_slice(&data.expect("base64")).expect("JSON");
            assert_eq!(entries, [entry]);
        }
    }
}
