use super::{
    DEFAULT_ACCOUNT, HELLO, NULL, SERVICES, TestCloud, completed, create, get, hello, message,
    patch, revisions,
};
use crate::{
    api::test_cloud::{A, B, PROJECT},
    iam::Principal,
};
use serde_json::json;

#[test]
fn a_service_lives_as_recorded() {
    let mut world = TestCloud::new();
    let (status, missing) = world.owner(&format!("GET /v2/{HELLO}"), &NULL);
    assert_eq!(status, 404);
    assert_eq!(message(&missing), format!("service \"{HELLO}\" not found"));
    let created = create(&mut world);
    let revision = created["latestCreatedRevision"].clone();
    let id = revision.as_str().expect("a name").rsplit('/').next();
    let id = id.expect("an ID");
    assert!(id.starts_with("hello-00001-") && id.len() == 15, "{id}");
    let ready = |of: &str, at: &str| json!({ "type": of, "state": "CONDITION_SUCCEEDED", "lastTransitionTime": at });
    let start = "1970-01-01T00:16:40Z";
    let latest = json!([{ "type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100 }]);
    let expected = json!({
        "@type": "type.googleapis.com/google.cloud.run.v2.Service",
        "name": HELLO,
        "uid": created["uid"],
        "etag": created["etag"],
        "generation": "1",
        "observedGeneration": "1",
        "createTime": start,
        "updateTime": start,
        "creator": "owner@example.com",
        "lastModifier": "owner@example.com",
        "ingress": "INGRESS_TRAFFIC_ALL",
        "labels": { "cnrm-test": "true" },
        "launchStage": "GA",
        "template": {
            "containers": [{
                "env": [{ "name": "FOO", "value": "bar" }],
                "image": "gcr.io/cloudrun/hello",
                "resources": { "limits": { "cpu": "1000m", "memory": "512Mi" } },
            }],
            "executionEnvironment": "EXECUTION_ENVIRONMENT_GEN2",
            "maxInstanceRequestConcurrency": 80,
            "scaling": { "maxInstanceCount": 2 },
            "serviceAccount": DEFAULT_ACCOUNT,
            "timeout": "300s",
        },
        "latestCreatedRevision": revision,
        "latestReadyRevision": revision,
        "trafficStatuses": latest,
        "uri": "https://hello-42.us-central1.run.app",
        "urls": ["https://hello-42.us-central1.run.app"],
        "terminalCondition": ready("Ready", start),
        "conditions": [ready("RoutesReady", start), ready("ConfigurationsReady", start)],
    });
    assert_eq!(created, expected);
    // Without a mask it is replaced.
    let mut body = hello("barbar");
    body["labels"] = json!({ "other": "true" });
    let patched = patch(&mut world, "", &body);
    assert_eq!(patched["labels"], json!({ "other": "true" }));
    assert_eq!(
        patched["template"]["containers"][0]["env"][0]["value"],
        "barbar"
    );
    assert_eq!(patched["generation"], "2");
    assert_eq!(revisions(&mut world).len(), 2);
    let (_, list) = world.owner(&format!("GET {SERVICES}"), &NULL);
    assert_eq!(list, json!({ "services": [patched] }));
    let begun = world.owner(&format!("DELETE /v2/{HELLO}"), &NULL);
    let deleted = completed(&mut world, begun);
    assert_eq!(deleted["uid"], patched["uid"]);
    assert_eq!(world.owner(&format!("GET /v2/{HELLO}"), &NULL).0, 404);
    assert_eq!(
        world
            .owner(&format!("GET /v2/{HELLO}/revisions/{id}"), &NULL)
            .0,
        404
    );
}

#[test]
fn bad_services_are_refused() {
    let mut world = TestCloud::new();
    let mut no_image = hello("bar");
    no_image["template"]["containers"][0]["image"] = NULL;
    let mut reserved = hello("bar");
    reserved["template"]["annotations"] = json!({ "autoscaling.knative.dev/maxScale": "2" });
    let mut elsewhere = hello("bar");
    elsewhere["multiRegionSettings"] = json!({ "regions": ["us-east1"] });
    let too_long = "a".repeat(50);
    for (id, body, status) in [
        ("hello", json!({}), 400),
        ("hello", no_image, 400),
        ("hello", reserved, 400),
        ("hello", elsewhere, 501),
        ("Hello", hello("bar"), 400),
        (&too_long, hello("bar"), 400),
    ] {
        let call = format!("POST {SERVICES}?serviceId={id}");
        let (found, answer) = world.owner(&call, &body);
        assert_eq!(found, status, "{id} {body}: {answer}");
    }
    create(&mut world);
    let again = world.owner(&format!("POST {SERVICES}?serviceId=hello"), &hello("bar"));
    assert_eq!(
        (again.0, message(&again.1)),
        (409, "Resource 'hello' already exists.")
    );
    let etag = json!({ "etag": "old", "template": hello("x")["template"] });
    assert_eq!(world.owner(&format!("PATCH /v2/{HELLO}"), &etag).0, 409);
}

#[test]
fn traffic_must_add_up_and_name_revisions_and_tags_once() {
    let mut world = TestCloud::new();
    let created = create(&mut world);
    let first = revisions(&mut world).remove(0);
    let revision = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION";
    let latest = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST";
    let call = format!("PATCH /v2/{HELLO}?updateMask=traffic");
    for bad in [
        json!([{ "type": latest, "percent": 99 }]),
        json!([{ "type": latest, "percent": 150 }, { "revision": first, "percent": -50 }]),
        json!([{ "type": revision, "percent": 100 }]),
        json!([{ "type": latest, "revision": first, "percent": 100 }]),
        json!([{ "type": latest, "percent": 100, "tag": "Bad" }]),
        json!([{ "type": latest, "percent": 100, "tag": "a" }, { "revision": first, "tag": "a" }]),
    ] {
        let (status, answer) = world.owner(&call, &json!({ "traffic": bad }));
        assert_eq!(status, 400, "{bad}: {answer}");
    }
    let unknown = json!({ "traffic": [{ "revision": "hello-green", "percent": 100 }] });
    let (status, answer) = world.owner(&call, &unknown);
    let words = "Revision 'hello-green' does not exist or is deleted. Update all traffic to route \
                 to currently available revisions.";
    assert_eq!((status, message(&answer)), (400, words));
    assert_eq!(get(&mut world)["etag"], created["etag"]);

    let split = json!({ "traffic": [
        { "revision": first, "percent": 100 },
        { "type": latest, "tag": "candidate" },
    ] });
    let patched = patch(&mut world, "?updateMask=traffic", &split);
    assert_eq!(
        patched["trafficStatuses"],
        json!([
            { "type": revision, "revision": first, "percent": 100 },
            { "type": latest, "tag": "candidate",
                "uri": "https://candidate---hello-42.us-central1.run.app" },
        ])
    );
    assert_eq!(revisions(&mut world), [first]);
}

#[test]
fn a_deployment_requires_act_as() {
    let mut world = TestCloud::new();
    let (a, b) = (Principal::service_account(A), Principal::service_account(B));
    let create = format!("POST {SERVICES}?serviceId=hello");
    let mut body = hello("bar");
    body["template"]["serviceAccount"] = B.into();
    let (status, answer) = world.ask(&a, &create, &body);
    let words = "Permission 'run.services.create' denied on resource \
                 'projects/demo-project/locations/us-central1' (or resource may not exist).";
    assert_eq!((status, message(&answer)), (403, words));
    let member = format!("serviceAccount:{A}");
    world
        .cloud
        .grant(PROJECT, "roles/run.developer", &member, None);
    let (status, answer) = world.ask(&a, &create, &body);
    let words = format!(
        "Permission 'iam.serviceaccounts.actAs' denied on service account {B} (or it may not exist)."
    );
    assert_eq!((status, message(&answer)), (403, &*words));
    let account = format!("//iam.googleapis.com/projects/demo-project/serviceAccounts/{B}");
    world
        .cloud
        .grant(&account, "roles/iam.serviceAccountUser", &member, None);
    assert_eq!(world.ask(&a, &create, &body).0, 200);
    // As the default account it may not act.
    let (status, answer) = world.ask(&a, &format!("POST {SERVICES}?serviceId=two"), &hello("bar"));
    assert_eq!(status, 403, "{answer}");
    assert!(message(&answer).contains(DEFAULT_ACCOUNT), "{answer}");
    // Nor as one that does not exist, whoever asks.
    let mut nobody = hello("bar");
    let account = "none@demo-project.iam.gserviceaccount.com";
    nobody["template"]["serviceAccount"] = account.into();
    let (status, answer) = world.owner(&format!("POST {SERVICES}?serviceId=two"), &nobody);
    assert!(
        status == 403 && message(&answer).contains(account),
        "{answer}"
    );
    // A change of traffic requires it too, on the account in use.
    let traffic = json!({ "traffic": [{ "percent": 100 }] });
    let change = format!("PATCH /v2/{HELLO}?updateMask=traffic");
    assert_eq!(world.ask(&a, &change, &traffic).0, 200);
    let member = format!("serviceAccount:{B}");
    world
        .cloud
        .grant(PROJECT, "roles/run.developer", &member, None);
    let (status, answer) = world.ask(&b, &change, &traffic);
    assert_eq!((status, message(&answer)), (403, &*words));
}

#[test]
fn a_validated_request_changes_nothing() {
    let mut world = TestCloud::new();
    let call = format!("POST {SERVICES}?serviceId=hello&validateOnly=true");
    let (status, answer) = world.owner(&call, &hello("bar"));
    assert_eq!((status, &answer["done"]), (200, &json!(true)));
    assert_eq!(answer["response"]["name"], HELLO);
    assert_eq!(world.owner(&call, &json!({})).0, 400);
    assert_eq!(world.owner(&format!("GET /v2/{HELLO}"), &NULL).0, 404);
}

#[test]
fn a_service_has_a_policy() {
    let mut world = TestCloud::new();
    create(&mut world);
    let policy = json!({ "policy": { "bindings": [
        { "role": "roles/run.invoker", "members": ["allUsers"] }] } });
    let (status, _) = world.owner(&format!("POST /v2/{HELLO}:setIamPolicy"), &policy);
    assert_eq!(status, 200);
    for version in ["v1", "v2"] {
        let (_, read) = world.owner(&format!("GET /{version}/{HELLO}:getIamPolicy"), &NULL);
        assert_eq!(read["bindings"], policy["policy"]["bindings"], "{version}");
    }
    let test = json!({ "permissions": ["run.services.get", "run.routes.invoke"] });
    let a = Principal::service_account(A);
    let (_, granted) = world.ask(&a, &format!("POST /v2/{HELLO}:testIamPermissions"), &test);
    assert_eq!(granted, json!({ "permissions": ["run.routes.invoke"] }));
}

#[test]
fn zero_instances_are_not_the_same_as_no_number() {
    let mut world = TestCloud::new();
    create(&mut world);
    let none = json!({ "scaling": { "scalingMode": "MANUAL", "manualInstanceCount": 0 } });
    patch(&mut world, "?updateMask=scaling", &none);
    assert_eq!(get(&mut world)["scaling"]["manualInstanceCount"], 0);
}
