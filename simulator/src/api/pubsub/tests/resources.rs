//! Resources, publishing, permissions, and routes compared with discovery.

use super::*;
use crate::{api::pubsub::ROUTES, methods::excerpt};

#[test]
fn resources_are_made_read_changed_and_deleted() {
    let mut cloud = Cloud::new();
    let topic = put(&mut cloud, TOPIC, json!({ "labels": { "a": "b" } }));
    assert_eq!(
        topic,
        json!({ "name": "projects/p/topics/jobs", "labels": { "a": "b" } })
    );
    let made = put(
        &mut cloud,
        SUBSCRIPTION,
        json!({ "topic": "projects/p/topics/jobs" }),
    );
    let mut expected = json!({
        "name": "projects/p/subscriptions/runner",
        "topic": "projects/p/topics/jobs",
        "pushConfig": {},
        "ackDeadlineSeconds": 10,
        "messageRetentionDuration": "604800s",
        "expirationPolicy": { "ttl": "2678400s" },
        "state": "ACTIVE",
    });
    assert_eq!(made, expected);
    let change = json!({
        "subscription": { "ackDeadlineSeconds": 20, "labels": { "c": "d" }, "filter": "ignored" },
        "updateMask": "ackDeadlineSeconds,labels,expirationPolicy",
    });
    let changed = json_of(ask(&mut cloud, Method::PATCH, SUBSCRIPTION, change, 0));
    expected["ackDeadlineSeconds"] = 20.into();
    expected["labels"] = json!({ "c": "d" });
    assert_eq!(changed, expected);
    let path = format!("{SUBSCRIPTION}?updateMask=ackDeadlineSeconds");
    let change = json!({ "subscription": { "ackDeadlineSeconds": 30 } });
    let changed = json_of(ask(&mut cloud, Method::PATCH, &path, change, 0));
    expected["ackDeadlineSeconds"] = 30.into();
    assert_eq!(changed, expected);
    let path = format!("{SUBSCRIPTION}?$alt=json;enum-encoding=int");
    let read = json_of(ask(&mut cloud, Method::GET, &path, Value::Null, 0));
    expected["state"] = 1.into();
    assert_eq!(read, expected);
    let path = format!("{TOPIC}/subscriptions");
    let of_topic = json_of(ask(&mut cloud, Method::GET, &path, Value::Null, 0));
    assert_eq!(
        of_topic,
        json!({ "subscriptions": ["projects/p/subscriptions/runner"] })
    );
    json_of(ask(&mut cloud, Method::DELETE, TOPIC, Value::Null, 0));
    let left = json_of(ask(&mut cloud, Method::GET, SUBSCRIPTION, Value::Null, 0));
    assert_eq!(left["topic"], "_deleted-topic_");
    json_of(ask(
        &mut cloud,
        Method::DELETE,
        SUBSCRIPTION,
        Value::Null,
        0,
    ));
    let gone = ask(&mut cloud, Method::GET, SUBSCRIPTION, Value::Null, 0).expect_err("gone");
    assert_eq!(gone.message, "Resource not found (resource=runner).");
}

#[test]
fn lists_come_in_pages() {
    let mut cloud = Cloud::new();
    for name in ["aaa", "bbb", "ccc"] {
        put(
            &mut cloud,
            &format!("/v1/projects/p/topics/{name}"),
            json!({}),
        );
    }
    put(&mut cloud, "/v1/projects/pp/topics/other", json!({}));
    let mut list = |query: &str| {
        let path = format!("/v1/projects/p/topics?{query}");
        json_of(ask(&mut cloud, Method::GET, &path, Value::Null, 0))
    };
    let first = list("pageSize=2");
    assert_eq!(first["topics"].as_array().expect("topics").len(), 2);
    let token = first["nextPageToken"].as_str().expect("a token");
    assert_eq!(
        list(&format!("pageToken={token}"))["topics"][0]["name"],
        "projects/p/topics/ccc"
    );
    assert!(list("").get("nextPageToken").is_none());
}

#[test]
fn bad_requests_are_refused() {
    let mut cloud = cloud(json!({}));
    let new = "/v1/projects/p/subscriptions/new";
    let with = |more: Value| {
        let mut body = json!({ "topic": "projects/p/topics/jobs" });
        body.as_object_mut()
            .expect("object")
            .extend(more.as_object().expect("object").clone());
        body
    };
    let publish = format!("{TOPIC}:publish");
    for (verb, path, body, status) in [
        (Method::PUT, TOPIC, json!({}), 409),
        (Method::PUT, SUBSCRIPTION, with(json!({})), 409),
        (Method::PUT, "/v1/projects/p/topics/1x", json!({}), 400),
        (Method::PUT, "/v1/projects/p/topics/google", json!({}), 400),
        (Method::PUT, new, json!({}), 400),
        (
            Method::PUT,
            new,
            json!({ "topic": "projects/p/topics/absent" }),
            404,
        ),
        (
            Method::PUT,
            new,
            with(json!({ "ackDeadlineSeconds": 9 })),
            400,
        ),
        (Method::PUT, new, with(json!({ "filter": "a OR b" })), 400),
        (Method::PUT, new, with(json!({ "bigqueryConfig": {} })), 400),
        (
            Method::PUT,
            new,
            with(json!({ "messageRetentionDuration": "1s" })),
            400,
        ),
        (
            Method::PUT,
            new,
            with(json!({ "pushConfig": { "pushEndpoint": "ftp://x" } })),
            400,
        ),
        (
            Method::PUT,
            new,
            with(json!({ "retryPolicy": { "minimumBackoff": "9s", "maximumBackoff": "8s" } })),
            400,
        ),
        (
            Method::PUT,
            new,
            with(json!({ "deadLetterPolicy": {
                "deadLetterTopic": "projects/p/topics/jobs", "maxDeliveryAttempts": 4,
            } })),
            400,
        ),
        (
            Method::PATCH,
            SUBSCRIPTION,
            json!({ "subscription": {} }),
            400,
        ),
        (
            Method::PATCH,
            SUBSCRIPTION,
            json!({ "subscription": {}, "updateMask": "topic" }),
            400,
        ),
        (
            Method::POST,
            "/v1/projects/p/topics/absent:publish",
            json!({}),
            404,
        ),
        (Method::POST, &publish, json!({ "messages": [] }), 400),
        (Method::POST, &publish, json!({ "messages": [{}] }), 400),
        (
            Method::POST,
            &publish,
            json!({ "messages": [{ "data": "?" }] }),
            400,
        ),
        (
            Method::POST,
            &publish,
            json!({ "messages": [{ "attributes": { "goog": "" } }] }),
            400,
        ),
        (
            Method::POST,
            "/v1/projects/p/subscriptions/runner:pull",
            json!({ "maxMessages": 1 }),
            400,
        ),
    ] {
        let error = ask(&mut cloud, verb, path, body.clone(), 0).expect_err(path);
        assert_eq!(error.status, status, "{path} {body}: {}", error.message);
    }
}

#[test]
fn the_system_publishes_without_permissions() {
    let mut cloud = cloud(json!({}));
    let topic = "projects/p/topics/jobs";
    cloud
        .publish_from_system(topic, b"hi", [].into(), at(0))
        .expect("published");
    assert_eq!(datas(&pushes(&mut cloud, 0)), ["aGk="]);
    assert!(
        cloud
            .publish_from_system("projects/p/topics/x", b"", [].into(), at(0))
            .is_err()
    );
}

#[test]
fn push_identities_require_act_as() {
    let config = json!({ "oidcToken": { "serviceAccountEmail": "push@x" } });
    for (verb, path, body) in [
        (
            Method::PUT,
            SUBSCRIPTION,
            json!({ "topic": "t", "pushConfig": config }),
        ),
        (
            Method::PATCH,
            SUBSCRIPTION,
            json!({ "subscription": { "pushConfig": config } }),
        ),
        (
            Method::POST,
            "/v1/projects/p/subscriptions/runner:modifyPushConfig",
            json!({ "pushConfig": config }),
        ),
    ] {
        let (route, found) = routes()
            .filter(|route| route.http_method == verb)
            .find_map(|route| Some((route, matches(route.path, path)?)))
            .expect("a route");
        let call = Call {
            principal: Principal::anonymous(),
            path: found,
            query: Vec::new(),
            headers: HeaderMap::new(),
            raw: Bytes::new(),
            received: None,
            body,
            arrived: at(0),
            now: at(0),
            origin: String::new(),
        };
        let required = route
            .method
            .required_permissions(&Cloud::new(), &call)
            .expect("needs");
        let last = required.last().expect("some");
        assert_eq!(last.permission, "iam.serviceAccounts.actAs", "{}", route.id);
        assert_eq!(last.resource.name, "projects/-/serviceAccounts/push@x");
    }
}

/// Compares routes with Google's discovery document, parameter for parameter.
#[test]
fn every_route_is_in_discovery() {
    let document = excerpt("pubsub.v1");
    for route in ROUTES {
        let method = &document["methods"][route.id];
        assert_eq!(method["httpMethod"], route.http_method.as_str());
        // `{projectsId}` in discovery is `{project}` here.
        let path = method["flatPath"].as_str().expect(route.id);
        assert_eq!(path.replace("sId}", "}"), route.path, "{}", route.id);
    }
}
