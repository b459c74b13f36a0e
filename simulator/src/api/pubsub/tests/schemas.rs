//! Schemas, their revisions, and topics that have one.

use super::*;
use base64::{Engine, prelude::BASE64_STANDARD};

const SCHEMA: &str = "/v1/projects/p/schemas/job";

fn avro(field: &str, kind: &str) -> Value {
    let definition = json!({ "type": "record", "name": "Job",
        "fields": [{ "name": field, "type": kind }] });
    json!({ "type": "AVRO", "definition": definition.to_string() })
}

fn made() -> Cloud {
    let mut cloud = pulled_cloud(json!({}));
    let path = "/v1/projects/p/schemas?schemaId=job";
    post(&mut cloud, path, avro("id", "string"), 0);
    cloud
}

fn get(cloud: &mut Cloud, path: &str) -> Value {
    json_of(ask(cloud, Method::GET, path, Value::Null, 0))
}

fn refused(cloud: &mut Cloud, path: &str, body: Value) -> u16 {
    let error = ask(cloud, Method::POST, path, body.clone(), 0);
    error.expect_err(&body.to_string()).status
}

#[test]
fn a_schema_has_revisions() {
    let mut cloud = made();
    let first = get(&mut cloud, SCHEMA);
    assert_eq!(first["name"], "projects/p/schemas/job");
    assert_eq!(first["type"], "AVRO");
    assert_eq!(first["definition"], avro("id", "string")["definition"]);
    assert!(first["revisionCreateTime"].is_string() && first.get("revisions").is_none());
    let id = |schema: &Value| schema["revisionId"].as_str().expect("an ID").to_owned();
    assert_eq!(id(&first).len(), 8);

    let commit = format!("{SCHEMA}:commit");
    let body = json!({ "name": "projects/p/schemas/job", "schema": avro("id", "bytes") });
    let second = post(&mut cloud, &commit, body, 10);
    assert_ne!(id(&second), id(&first));
    assert_eq!(get(&mut cloud, SCHEMA), second);
    let old = get(&mut cloud, &format!("{SCHEMA}@{}?view=FULL", id(&first)));
    assert_eq!(old, first);
    let basic = get(&mut cloud, &format!("{SCHEMA}?view=BASIC"));
    assert_eq!(basic.get("definition"), None);

    let rollback = format!("{SCHEMA}:rollback");
    let third = post(
        &mut cloud,
        &rollback,
        json!({ "revisionId": id(&first) }),
        20,
    );
    assert_eq!(third["definition"], first["definition"]);
    let ids = |list: &Value| -> Vec<String> {
        let schemas = list["schemas"].as_array().into_iter().flatten();
        schemas.map(id).collect()
    };
    let listed = get(&mut cloud, &format!("{SCHEMA}:listRevisions?view=FULL"));
    assert_eq!(ids(&listed), [id(&third), id(&second), id(&first)]);
    let page = get(&mut cloud, &format!("{SCHEMA}:listRevisions?pageSize=2"));
    assert_eq!(ids(&page), [id(&third), id(&second)]);
    assert_eq!(page["schemas"][0].get("definition"), None);

    let last = format!("{SCHEMA}@{}:deleteRevision", id(&third));
    let left = json_of(ask(&mut cloud, Method::DELETE, &last, Value::Null, 30));
    assert_eq!(id(&left), id(&second));
    let again = ask(&mut cloud, Method::DELETE, &last, Value::Null, 30);
    assert_eq!(again.expect_err("gone").status, 404);
    let query = format!("{SCHEMA}:deleteRevision?revisionId={}", id(&second));
    json_of(ask(&mut cloud, Method::DELETE, &query, Value::Null, 30));
    let only = format!("{SCHEMA}@{}:deleteRevision", id(&first));
    let only = ask(&mut cloud, Method::DELETE, &only, Value::Null, 30);
    assert_eq!(only.expect_err("the only one").status, 400);

    let list = get(&mut cloud, "/v1/projects/p/schemas");
    assert_eq!(ids(&list), [id(&first)]);
    assert_eq!(list["schemas"][0].get("definition"), None);
    for (path, body, status) in [
        ("/v1/projects/p/schemas?schemaId=job", avro("a", "int"), 409),
        ("/v1/projects/p/schemas?schemaId=j", avro("a", "int"), 400),
        ("/v1/projects/p/schemas?schemaId=jobs", avro("a", "x"), 400),
        (
            "/v1/projects/p/schemas?schemaId=jobs",
            json!({ "type": "AVRO" }),
            400,
        ),
        (
            "/v1/projects/p/schemas?schemaId=jobs",
            json!({ "definition": "x" }),
            400,
        ),
        (
            &commit,
            json!({ "schema": { "type": "PROTOCOL_BUFFER", "definition": "x" } }),
            400,
        ),
        (&rollback, json!({ "revisionId": "01234567" }), 404),
    ] {
        assert_eq!(refused(&mut cloud, path, body), status, "{path}");
    }
}

#[test]
fn messages_are_checked() {
    let mut cloud = made();
    let path = "/v1/projects/p/schemas:validateMessage";
    let message = |text: &str| BASE64_STANDARD.encode(text);
    let name = "projects/p/schemas/job";
    let body = |text: &str, encoding: Value| json!({ "name": name, "message": message(text), "encoding": encoding });
    post(&mut cloud, path, body(r#"{ "id": "x" }"#, json!("JSON")), 0);
    post(&mut cloud, path, body("\u{2}x", json!(2)), 0);
    assert_eq!(refused(&mut cloud, path, body("{}", json!("JSON"))), 400);
    assert_eq!(refused(&mut cloud, path, body("x", json!("BINARY"))), 400);
    assert_eq!(refused(&mut cloud, path, body("{}", Value::Null)), 400);
    let mut own = body(r#"{ "n": 1 }"#, json!(1));
    own["name"] = Value::Null;
    own["schema"] = avro("n", "int");
    post(&mut cloud, path, own, 0);
    let validate = "/v1/projects/p/schemas:validate";
    post(
        &mut cloud,
        validate,
        json!({ "schema": avro("n", "int") }),
        0,
    );
    assert_eq!(
        refused(&mut cloud, validate, json!({ "schema": avro("n", "x") })),
        400
    );
}

#[test]
fn a_topic_takes_only_what_fits() {
    let mut cloud = made();
    let settings = json!({ "schema": "projects/p/schemas/job", "encoding": "JSON" });
    let change = json!({ "topic": { "schemaSettings": settings }, "updateMask": "schemaSettings" });
    let topic = json_of(ask(&mut cloud, Method::PATCH, TOPIC, change, 0));
    assert_eq!(topic["schemaSettings"], settings);
    let publish = format!("{TOPIC}:publish");
    let message = |text: &str| json!({ "messages": [{ "data": BASE64_STANDARD.encode(text) }] });
    assert_eq!(refused(&mut cloud, &publish, message("{}")), 400);
    post(&mut cloud, &publish, message(r#"{ "id": "x" }"#), 0);
    let received = pull(&mut cloud, 10);
    let attributes = &received[0]["message"]["attributes"];
    assert_eq!(attributes["googclient_schemaencoding"], "JSON");
    assert_eq!(
        attributes["googclient_schemaname"],
        "projects/p/schemas/job"
    );
    // A message may fit any revision, unless the settings say otherwise.
    let first = attributes["googclient_schemarevisionid"].clone();
    let body = json!({ "schema": avro("n", "int") });
    post(&mut cloud, &format!("{SCHEMA}:commit"), body, 10);
    post(&mut cloud, &publish, message(r#"{ "id": "x" }"#), 10);
    post(&mut cloud, &publish, message(r#"{ "n": 1 }"#), 10);
    let mut settings = settings;
    settings["lastRevisionId"] = first;
    let change = json!({ "topic": { "schemaSettings": settings }, "updateMask": "schemaSettings" });
    json_of(ask(&mut cloud, Method::PATCH, TOPIC, change, 20));
    assert_eq!(refused(&mut cloud, &publish, message(r#"{ "n": 1 }"#)), 400);
    json_of(ask(&mut cloud, Method::DELETE, SCHEMA, Value::Null, 30));
    let topic = get(&mut cloud, TOPIC);
    assert_eq!(topic["schemaSettings"]["schema"], "_deleted-schema_");
    assert_eq!(
        refused(&mut cloud, &publish, message(r#"{ "id": "x" }"#)),
        404
    );
    let new = "/v1/projects/p/topics/new";
    for bad in [
        json!({ "schema": "projects/p/schemas/job", "encoding": "JSON" }),
        json!({ "schema": "projects/p/schemas/job" }),
    ] {
        let body = json!({ "schemaSettings": bad });
        assert!(ask(&mut cloud, Method::PUT, new, body, 30).is_err());
    }
}

#[test]
fn a_definition_of_protocol_buffers_is_not_read() {
    let mut cloud = Cloud::new();
    let body = json!({ "type": 1, "definition": "syntax = \"proto3\"; message A {}" });
    let path = "/v1/projects/p/schemas?schemaId=proto";
    let schema = post(&mut cloud, path, body, 0);
    assert_eq!(schema["type"], "PROTOCOL_BUFFER");
    let path = "/v1/projects/p/schemas:validateMessage";
    let body =
        json!({ "name": "projects/p/schemas/proto", "message": "AA==", "encoding": "BINARY" });
    post(&mut cloud, path, body, 0);
}
