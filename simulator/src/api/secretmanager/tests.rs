//! Secrets and their versions. Answers are compared with recorded ones.

use crate::{
    api::test_cloud::{A, TestCloud},
    iam::Principal,
};
use serde_json::{Value, json};

const ONE: &str = "/v1/projects/demo-project/secrets/key";
const BY_NUMBER: &str = "/v1/projects/42/secrets/key";
const SHOWN: &str = "projects/42/secrets/key";
const NULL: Value = Value::Null;

fn create(world: &mut TestCloud, secret: &Value) -> (u16, Value) {
    let call = "POST /v1/projects/demo-project/secrets?secretId=key";
    world.owner(call, secret)
}

/// With an empty secret.
fn test_cloud() -> TestCloud {
    let mut world = TestCloud::new();
    let (status, answer) = create(&mut world, &json!({ "replication": { "automatic": {} } }));
    assert_eq!(status, 200, "{answer}");
    world
}

fn add(world: &mut TestCloud, data: &str) -> Value {
    let body = json!({ "payload": { "data": data } });
    let (status, version) = world.owner(&format!("POST {BY_NUMBER}:addVersion"), &body);
    assert_eq!(status, 200, "{version}");
    version
}

fn data(world: &mut TestCloud, version: &str) -> Value {
    let (_, answer) = world.owner(&format!("GET {ONE}/versions/{version}:access"), &NULL);
    answer["payload"]["data"].clone()
}

fn error(answer: &Value) -> (&str, &str) {
    let text = |field: &str| answer["error"][field].as_str().unwrap_or_default();
    (text("status"), text("message"))
}

#[test]
fn a_secret_lives_as_recorded() {
    let mut world = TestCloud::new();
    let (status, missing) = world.owner(&format!("GET {ONE}"), &NULL);
    assert_eq!(status, 404);
    assert_eq!(
        error(&missing),
        ("NOT_FOUND", "Secret [projects/42/secrets/key] not found.")
    );
    let secret = json!({ "labels": { "a": "b" }, "replication": { "automatic": {} } });
    let (status, created) = create(&mut world, &secret);
    let expected = json!({
        "createTime": world.now,
        "etag": created["etag"],
        "labels": { "a": "b" },
        "name": SHOWN,
        "replication": { "automatic": {} },
    });
    assert_eq!((status, &created), (200, &expected));
    for path in [ONE, BY_NUMBER] {
        assert_eq!(world.owner(&format!("GET {path}"), &NULL).1, expected);
    }
    let (status, again) = create(&mut world, &secret);
    assert_eq!(
        (status, error(&again).1),
        (409, "Secret [projects/42/secrets/key] already exists.")
    );

    let text = "SSBhbHdheXMgbG92ZWQgc3BhcnJpbmcgd2l0aCBnaWFudCBjYW5keSBzd29yZHMsIGJ1dCBJ\
                IGhhZCBubyBpZGVhIHRoYXQgd2FzIG15IHN1cGVyIHNlY3JldCBpbmZvcm1hdGlvbiE=";
    let added = add(&mut world, text);
    let mut expected = json!({
        "createTime": world.now,
        "etag": added["etag"],
        "name": "projects/42/secrets/key/versions/1",
        "replicationStatus": { "automatic": {} },
        "state": "ENABLED",
    });
    assert_eq!(added, expected);
    let post = |verb: &str| format!("POST {BY_NUMBER}/versions/1:{verb}");
    let (status, enabled) = world.owner(&post("enable"), &NULL);
    expected["etag"] = enabled["etag"].clone();
    assert_eq!((status, &enabled), (200, &expected));
    let (_, read) = world.owner(&format!("GET {BY_NUMBER}/versions/1"), &NULL);
    assert_eq!(read, expected);
    let access = format!("GET {BY_NUMBER}/versions/1:access");
    let payload = json!({ "data": text, "dataCrc32c": "98593831" });
    assert_eq!(
        world.owner(&access, &NULL).1,
        json!({ "name": "projects/42/secrets/key/versions/1", "payload": payload })
    );
    let (status, destroyed) = world.owner(&post("destroy"), &NULL);
    expected["etag"] = destroyed["etag"].clone();
    expected["state"] = "DESTROYED".into();
    expected["destroyTime"] = json!(world.now);
    assert_eq!((status, &destroyed), (200, &expected));
    let delete = format!("DELETE {ONE}");
    assert_eq!(world.owner(&delete, &NULL), (200, json!({})));
    assert_eq!(world.owner(&delete, &NULL).0, 404);
    assert_eq!(world.owner(&access, &NULL).0, 404);
}

#[test]
fn versions_have_states() {
    let mut world = test_cloud();
    let access = format!("GET {ONE}/versions/latest:access");
    let (status, answer) = world.owner(&access, &NULL);
    assert_eq!(status, 404, "{answer}");
    for text in ["YQ==", "Yg=="] {
        add(&mut world, text);
        world.advance(1);
    }
    // The newest first.
    let (_, list) = world.owner(&format!("GET {ONE}/versions?pageSize=1"), &NULL);
    assert_eq!(
        list["versions"][0]["name"],
        "projects/42/secrets/key/versions/2"
    );
    let next = list["nextPageToken"].as_str().expect("a token");
    let next = format!("GET {ONE}/versions?pageSize=1&pageToken={next}");
    let (_, list) = world.owner(&next, &NULL);
    assert_eq!(
        list["versions"][0]["name"],
        "projects/42/secrets/key/versions/1"
    );
    assert_eq!(list.get("nextPageToken"), None);
    assert_eq!(
        (data(&mut world, "1"), data(&mut world, "latest")),
        (json!("YQ=="), json!("Yg=="))
    );
    let post = |world: &mut TestCloud, verb: &str, body: Value| {
        world.owner(&format!("POST {ONE}/versions/2:{verb}"), &body)
    };
    let (_, disabled) = post(&mut world, "disable", NULL);
    assert_eq!(disabled["state"], "DISABLED");
    let (status, answer) = world.owner(&access, &NULL);
    assert_eq!(status, 400);
    assert_eq!(
        error(&answer),
        (
            "FAILED_PRECONDITION",
            "Secret Version [projects/42/secrets/key/versions/2] is in DISABLED state."
        )
    );
    assert_eq!(post(&mut world, "enable", json!({ "etag": "bm8=" })).0, 409);
    assert_eq!(data(&mut world, "2"), NULL);
    assert_eq!(
        post(&mut world, "enable", json!({ "etag": disabled["etag"] })).0,
        200
    );
    assert_eq!(data(&mut world, "2"), "Yg==");
    post(&mut world, "destroy", NULL);
    for verb in ["enable", "disable", "destroy"] {
        let (status, answer) = post(&mut world, verb, NULL);
        let expected = "Secret Version [projects/42/secrets/key/versions/2] is in DESTROYED state.";
        assert_eq!((status, error(&answer).1), (400, expected), "{verb}");
    }
    // The latest is the last, whatever its state.
    assert_eq!(data(&mut world, "latest"), NULL);
    let (_, list) = world.owner(&format!("GET {ONE}/versions?filter=state:ENABLED"), &NULL);
    assert_eq!(
        list["versions"][0]["name"],
        "projects/42/secrets/key/versions/1"
    );
    assert_eq!(list["versions"].as_array().map(Vec::len), Some(1));
    assert_eq!(list["versions"][0].get("payload"), None);
    let aliases = json!({ "versionAliases": { "good": 1 } });
    let patch = format!("PATCH {ONE}?updateMask=versionAliases");
    assert_eq!(world.owner(&patch, &aliases).0, 200);
    assert_eq!(data(&mut world, "good"), "YQ==");
    assert_eq!(data(&mut world, "bad"), NULL);
}

#[test]
fn payloads_are_checked() {
    let mut world = test_cloud();
    let mut add = |payload: Value| {
        let body = json!({ "payload": payload });
        world.owner(&format!("POST {ONE}:addVersion"), &body)
    };
    let big = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, [0; 65_537]);
    for (payload, words) in [
        (json!({ "data": "YQ==", "dataCrc32c": "1" }), "checksum"),
        (json!({ "data": "!" }), "Base64 decoding failed"),
        (json!({ "data": big }), "64KiB"),
        (json!({}), "cannot be empty"),
        (json!({ "colour": "red" }), "Unknown name"),
    ] {
        let (status, answer) = add(payload.clone());
        assert!(
            status == 400 && error(&answer).1.contains(words),
            "{payload}: {answer}"
        );
    }
    for checksum in [json!("3251651376"), json!(3_251_651_376_u32)] {
        let (status, version) = add(json!({ "data": "YQ==", "dataCrc32c": checksum }));
        assert_eq!(
            (status, &version["clientSpecifiedPayloadChecksum"]),
            (200, &json!(true))
        );
    }
}

#[test]
fn a_secret_is_changed_by_mask_and_expires() {
    let mut world = TestCloud::new();
    let replication = json!({ "userManaged": { "replicas": [{ "location": "us-east1" }] } });
    let (_, secret) = create(
        &mut world,
        &json!({ "replication": replication, "ttl": "60s" }),
    );
    assert_eq!(secret["expireTime"], "1970-01-01T00:17:40Z");
    assert_eq!(secret.get("ttl"), None);
    assert_eq!(add(&mut world, "YQ==")["replicationStatus"], replication);
    let patch = |mask: &str| format!("PATCH {ONE}?updateMask={mask}");
    let labels = json!({ "labels": { "a": "b" }, "etag": secret["etag"] });
    let (status, answer) = world.owner(&format!("PATCH {ONE}"), &labels);
    assert_eq!(
        (status, error(&answer).1),
        (400, "Required field 'update_mask' is empty.")
    );
    let (_, changed) = world.owner(&patch("labels"), &labels);
    assert_eq!(changed["labels"], json!({ "a": "b" }));
    assert_ne!(changed["etag"], secret["etag"]);
    for (mask, body, status) in [
        ("labels", labels, 409),
        (
            "replication",
            json!({ "replication": { "automatic": {} } }),
            400,
        ),
        ("rotation", json!({ "rotation": {} }), 501),
        (
            "expireTime",
            json!({ "expireTime": "1970-01-01T00:00:01Z" }),
            400,
        ),
        ("ttl", json!({ "ttl": "soon" }), 400),
        ("ttl", json!({ "ttl": "120s" }), 200),
    ] {
        let (got, answer) = world.owner(&patch(mask), &body);
        assert_eq!(got, status, "{mask} {body}: {answer}");
    }
    world.advance(119);
    assert_eq!(data(&mut world, "1"), "YQ==");
    world.advance(1);
    assert_eq!(world.owner(&format!("GET {ONE}"), &NULL).0, 404);
    assert_eq!(data(&mut world, "1"), NULL);
}

#[test]
fn bad_secrets_are_refused() {
    let mut world = TestCloud::new();
    let automatic = json!({ "replication": { "automatic": {} } });
    for (id, body, status) in [
        ("", automatic.clone(), 400),
        ("a.b", automatic.clone(), 400),
        ("key", json!({}), 400),
        ("key", json!({ "replication": {} }), 400),
        (
            "key",
            json!({ "replication": automatic, "topics": [{ "name": "t" }] }),
            400,
        ),
        ("key", automatic, 200),
    ] {
        let call = format!("POST /v1/projects/demo-project/secrets?secretId={id}");
        let (got, answer) = world.owner(&call, &body);
        assert_eq!(got, status, "{id} {body}: {answer}");
    }
}

#[test]
fn reading_a_secret_does_not_allow_to_access_it() {
    let mut world = test_cloud();
    add(&mut world, "YQ==");
    let agent = Principal::service_account(A);
    let policy = |role: &str| {
        json!({ "policy": { "bindings": [{
            "role": role, "members": [format!("serviceAccount:{A}")] }] } })
    };
    let access = format!("GET {ONE}/versions/1:access");
    let set = format!("POST {ONE}:setIamPolicy");
    assert_eq!(
        world.owner(&set, &policy("roles/secretmanager.viewer")).0,
        200
    );
    assert_eq!(world.ask(&agent, &format!("GET {ONE}"), &NULL).0, 200);
    let (status, answer) = world.ask(&agent, &access, &NULL);
    let expected = "Permission 'secretmanager.versions.access' denied on resource \
        '//secretmanager.googleapis.com/projects/demo-project/secrets/key/versions/1' \
        (or it may not exist).";
    assert_eq!(
        (status, error(&answer)),
        (403, ("PERMISSION_DENIED", expected))
    );
    let accessor = policy("roles/secretmanager.secretAccessor");
    assert_eq!(world.owner(&set, &accessor).0, 200);
    assert_eq!(world.ask(&agent, &access, &NULL).0, 200);
    for (call, permission) in [
        (format!("POST {ONE}:addVersion"), "versions.add"),
        (format!("POST {ONE}/versions/1:disable"), "versions.disable"),
        (format!("POST {ONE}/versions/1:destroy"), "versions.destroy"),
        (format!("DELETE {ONE}"), "secrets.delete"),
        (
            "POST /v1/projects/demo-project/secrets?secretId=x".to_owned(),
            "secrets.create",
        ),
    ] {
        let (status, answer) = world.ask(&agent, &call, &NULL);
        let expected = format!("Permission 'secretmanager.{permission}' denied");
        assert!(
            status == 403 && error(&answer).1.starts_with(&expected),
            "{call}: {answer}"
        );
    }
}
