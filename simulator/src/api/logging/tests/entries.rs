//! The audit log of calls, as it is listed.

use crate::{
    Audit, PermissionCheck,
    api::{
        logging::record,
        test_cloud::{A, B, PROJECT, TestCloud},
    },
    iam::Principal,
};
use serde_json::{Value, json};

const NULL: Value = Value::Null;
const LIST: &str = "POST /v2/entries:list";

/// Makes the owner's project log `log_types` of Pub/Sub, but not of account B.
fn audit(world: &mut TestCloud, log_types: &[&str]) {
    let logs = log_types.iter().map(|log_type| {
        json!({ "logType": log_type, "exemptedMembers": [format!("serviceAccount:{B}")] })
    });
    let configs = json!([{
        "service": "pubsub.googleapis.com", "auditLogConfigs": logs.collect::<Value>(),
    }]);
    let get = "POST /v3/projects/demo-project:getIamPolicy";
    let (_, mut policy) = world.owner(get, &json!({}));
    policy["auditConfigs"] = configs;
    let body = json!({ "policy": policy, "updateMask": "bindings,etag,auditConfigs" });
    let set = "POST /v3/projects/demo-project:setIamPolicy";
    assert_eq!(world.owner(set, &body).0, 200);
}

fn entries(world: &mut TestCloud, who: &Principal, filter: &str) -> Vec<Value> {
    let body = json!({ "resourceNames": ["projects/42"], "filter": filter });
    let (status, list) = world.ask(who, LIST, &body);
    assert_eq!(status, 200, "{list}");
    list["entries"].as_array().cloned().unwrap_or_default()
}

#[test]
fn calls_are_logged_with_their_permission_checks() {
    let mut world = TestCloud::new();
    let owner = Principal::user("owner@example.com");
    let topic = "/v1/projects/demo-project/topics/topic";
    let publish = format!("POST {topic}:publish");
    let message = json!({ "messages": [{ "data": "eA==" }] });
    world.owner(&format!("PUT {topic}"), &json!({}));
    // Nobody has asked for data access.
    world.owner(&publish, &message);
    let found = entries(&mut world, &owner, "");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        found[0],
        json!({
            "insertId": "0000000000000001",
            "logName": "projects/demo-project/logs/cloudaudit.googleapis.com%2Factivity",
            "timestamp": world.now,
            "receiveTimestamp": world.now,
            "severity": "NOTICE",
            "resource": { "type": "audited_resource", "labels": {
                "method": "pubsub.projects.topics.create",
                "project_id": "demo-project",
                "service": "pubsub.googleapis.com",
            } },
            "protoPayload": {
                "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
                "serviceName": "pubsub.googleapis.com",
                "methodName": "pubsub.projects.topics.create",
                "resourceName": "projects/demo-project",
                "authenticationInfo": {
                    "principalEmail": "owner@example.com",
                    "principalSubject": "user:owner@example.com",
                },
                "authorizationInfo": [{
                    "resource": "projects/demo-project",
                    "permission": "pubsub.topics.create",
                    "granted": true,
                }],
                "status": {},
            },
        })
    );
    audit(&mut world, &["DATA_WRITE"]);
    let (a, b) = (Principal::service_account(A), Principal::service_account(B));
    world.owner(&publish, &message);
    world.owner(&format!("GET {topic}"), &NULL);
    for who in [&a, &b] {
        assert_eq!(world.ask(who, &publish, &message).0, 403);
    }
    let data = "log_id(\"cloudaudit.googleapis.com/data_access\")";
    let found = entries(&mut world, &owner, data);
    let callers = found.iter().map(|entry| {
        let payload = &entry["protoPayload"];
        let granted = &payload["authorizationInfo"][0]["granted"];
        assert_eq!(payload["status"]["code"].is_null(), *granted == true);
        (&payload["authenticationInfo"]["principalEmail"], granted)
    });
    let expected = [
        (&json!("owner@example.com"), &json!(true)),
        (&json!(A), &json!(false)),
    ];
    assert!(callers.eq(expected), "{found:?}");
    let by_a = format!("protoPayload.authenticationInfo.principalEmail=\"{A}\"");
    assert_eq!(entries(&mut world, &owner, &by_a).len(), 1);
    audit(&mut world, &["ADMIN_READ", "DATA_WRITE"]);
    world.owner(&format!("GET {topic}"), &NULL);
    let read = "protoPayload.methodName=pubsub.projects.topics.get";
    assert_eq!(entries(&mut world, &owner, read).len(), 1);
}

#[test]
fn entries_are_read_page_by_page_by_who_may() {
    let mut world = TestCloud::new();
    let reader = Principal::service_account(A);
    let topic = |n: usize| format!("PUT /v1/projects/demo-project/topics/topic-{n}");
    for n in 0..5 {
        world.owner(&topic(n), &json!({}));
    }
    let mut body = json!({ "resourceNames": ["projects/demo-project"], "pageSize": 2 });
    assert_eq!(world.ask(&reader, LIST, &body).0, 403);
    let role = "projects/demo-project/roles/reader";
    world.cloud.add_role(role, &["logging.logEntries.list"]);
    world.cloud.grant(PROJECT, role, reader.as_str(), None);
    for order in ["timestamp asc", "timestamp desc"] {
        body["orderBy"] = order.into();
        body["pageToken"] = NULL;
        let (mut seen, mut pages) = (Vec::new(), 0);
        loop {
            let (status, page) = world.ask(&reader, LIST, &body);
            assert_eq!(status, 200, "{page}");
            let ids = page["entries"].as_array().expect("entries").iter();
            seen.extend(ids.map(|entry| entry["insertId"].to_string()));
            pages += 1;
            match page.get("nextPageToken") {
                Some(token) => body["pageToken"] = token.clone(),
                None => break,
            }
        }
        if order == "timestamp desc" {
            seen.reverse();
        }
        assert!(
            pages == 3 && seen.len() == 5 && seen.is_sorted(),
            "{seen:?}"
        );
    }
    // Without the permission for it, data access is left out.
    audit(&mut world, &["ADMIN_READ"]);
    world.owner("GET /v1/projects/demo-project/topics", &NULL);
    let data = "logName:data_access";
    let owner = Principal::user("owner@example.com");
    assert_eq!(entries(&mut world, &owner, data).len(), 1);
    assert!(entries(&mut world, &reader, data).is_empty());
    for wrong in [
        json!({}),
        json!({ "resourceNames": ["demo-project"] }),
        json!({ "resourceNames": ["projects/demo-project"], "orderBy": "severity" }),
        json!({ "resourceNames": ["projects/demo-project"], "pageToken": "x" }),
    ] {
        assert_eq!(world.owner(LIST, &wrong).0, 400, "{wrong}");
    }
}

#[test]
fn the_log_keeps_the_newest_entries() {
    let mut world = TestCloud::new();
    let call = Audit {
        time: world.now,
        principal: "user:owner@example.com".to_owned(),
        api: "pubsub",
        method: "pubsub.projects.topics.create",
        resource: String::new(),
        permissions: vec![PermissionCheck {
            permission: "pubsub.topics.create".to_owned(),
            resource: "projects/demo-project".to_owned(),
            parent: "projects/demo-project".to_owned(),
            granted: true,
        }],
        status: 200,
    };
    for _ in 0..10_005 {
        record(&mut world.cloud, &call);
    }
    let owner = Principal::user("owner@example.com");
    let first = &entries(&mut world, &owner, "")[0];
    assert_eq!(first["insertId"], format!("{:016x}", 6));
}
