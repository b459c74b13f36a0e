use super::{DEFAULT_ACCOUNT, HELLO, NULL, TestCloud, create, get, message, revisions};
use crate::{api::test_cloud::A, iam::Principal};
use serde_json::{Value, json};

const NAMESPACE: &str =
    "http://us-central1-run.googleapis.com/apis/serving.knative.dev/v1/namespaces/demo-project";
const GLOBAL: &str =
    "http://run.googleapis.com/apis/serving.knative.dev/v1/namespaces/demo-project";

fn service() -> Value {
    json!({
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {
            "name": "hello",
            "namespace": "demo-project",
            "labels": { "team": "a" },
            "annotations": {
                "run.googleapis.com/ingress": "internal",
                "run.googleapis.com/minScale": "1",
                "example.com/note": "kept",
            },
        },
        "spec": {
            "template": {
                "metadata": {
                    "name": "hello-v1",
                    "labels": { "client.knative.dev/nonce": "abc" },
                    "annotations": {
                        "autoscaling.knative.dev/maxScale": "5",
                        "run.googleapis.com/cloudsql-instances": "p:r:i",
                        "run.googleapis.com/cpu-throttling": "true",
                        "run.googleapis.com/execution-environment": "gen1",
                        "run.googleapis.com/vpc-access-egress": "all-traffic",
                    },
                },
                "spec": {
                    "containerConcurrency": 10,
                    "timeoutSeconds": 60,
                    "serviceAccountName": A,
                    "containers": [{
                        "image": "gcr.io/cloudrun/hello",
                        "env": [{ "name": "KEY", "valueFrom": {
                            "secretKeyRef": { "name": "s", "key": "latest" } } }],
                        "ports": [{ "name": "http1", "containerPort": 8080 }],
                        "resources": { "limits": { "cpu": "2", "memory": "1Gi" } },
                        "volumeMounts": [{ "name": "v", "mountPath": "/v" }],
                    }],
                    "volumes": [
                        { "name": "v", "secret": { "secretName": "s",
                            "items": [{ "key": "1", "path": "p" }] } },
                        { "name": "m", "emptyDir": { "medium": "Memory", "sizeLimit": "1Mi" } },
                        { "name": "b", "csi": { "driver": "gcsfuse.run.googleapis.com",
                            "volumeAttributes": { "bucketName": "files" } } },
                    ],
                },
            },
            "traffic": [{ "latestRevision": true, "percent": 100, "tag": "now" }],
        },
    })
}

#[test]
fn a_service_of_v1_is_one_of_v2() {
    let mut world = TestCloud::new();
    let (status, created) = world.owner(&format!("POST {NAMESPACE}/services"), &service());
    assert_eq!(status, 200, "{created}");
    let v2 = get(&mut world);
    let fields = json!({
        "ingress": v2["ingress"], "scaling": v2["scaling"], "labels": v2["labels"],
        "annotations": v2["annotations"], "traffic": v2["traffic"],
        "latestCreatedRevision": v2["latestCreatedRevision"],
    });
    assert_eq!(
        fields,
        json!({
            "ingress": "INGRESS_TRAFFIC_INTERNAL_ONLY",
            "scaling": { "minInstanceCount": 1 },
            "labels": { "team": "a" },
            "annotations": { "example.com/note": "kept" },
            "traffic": [{ "type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100, "tag": "now" }],
            "latestCreatedRevision": format!("{HELLO}/revisions/hello-v1"),
        })
    );
    assert_eq!(
        v2["template"],
        json!({
            "revision": "hello-v1",
            "labels": { "client.knative.dev/nonce": "abc" },
            "scaling": { "maxInstanceCount": 5 },
            "executionEnvironment": "EXECUTION_ENVIRONMENT_GEN1",
            "vpcAccess": { "egress": "ALL_TRAFFIC" },
            "maxInstanceRequestConcurrency": 10,
            "timeout": "60s",
            "serviceAccount": A,
            "containers": [{
                "image": "gcr.io/cloudrun/hello",
                "env": [{ "name": "KEY", "valueSource": {
                    "secretKeyRef": { "secret": "s", "version": "latest" } } }],
                "ports": [{ "name": "http1", "containerPort": 8080 }],
                "resources": { "limits": { "cpu": "2", "memory": "1Gi" }, "cpuIdle": true },
                "volumeMounts": [{ "name": "v", "mountPath": "/v" }],
            }],
            "volumes": [
                { "name": "v", "secret": { "secret": "s", "items": [{ "version": "1", "path": "p" }] } },
                { "name": "m", "emptyDir": { "medium": "MEMORY", "sizeLimit": "1Mi" } },
                { "name": "b", "gcs": { "bucket": "files" } },
            ],
        })
    );
    // Back again: nothing is lost.
    let sent = service();
    assert_eq!(created["spec"], sent["spec"]);
    let annotations = sent["metadata"]["annotations"].as_object().expect("some");
    for (key, value) in annotations {
        assert_eq!(created["metadata"]["annotations"][key], *value, "{key}");
    }
    assert_eq!(
        created["metadata"]["labels"],
        json!({
        "team": "a", "cloud.googleapis.com/location": "us-central1" })
    );
    assert_eq!(created["metadata"]["namespace"], "42");
    assert_eq!(created["metadata"]["generation"], 1);
    let status = &created["status"];
    assert_eq!(status["latestReadyRevisionName"], "hello-v1");
    assert_eq!(status["observedGeneration"], 1);
    assert_eq!(status["url"], "https://hello-42.us-central1.run.app");
    assert_eq!(status["conditions"][0]["type"], "Ready");
    assert_eq!(status["conditions"][0]["status"], "True");
    assert_eq!(
        status["traffic"],
        json!([{ "latestRevision": true, "percent": 100,
        "revisionName": "hello-v1", "tag": "now",
        "url": "https://now---hello-42.us-central1.run.app" }])
    );
}

#[test]
fn a_service_is_replaced_and_deleted_in_v1() {
    let mut world = TestCloud::new();
    create(&mut world);
    let one = format!("{NAMESPACE}/services/hello");
    let (_, mut read) = world.owner(&format!("GET {one}"), &NULL);
    assert_eq!(
        read["spec"]["template"]["spec"]["serviceAccountName"],
        DEFAULT_ACCOUNT
    );
    // What is read can be written, and changes no template.
    let (status, same) = world.owner(&format!("PUT {one}"), &read);
    assert_eq!(
        (status, &same["metadata"]["generation"]),
        (200, &json!(2)),
        "{same}"
    );
    assert_eq!(revisions(&mut world).len(), 1);
    let (status, stale) = world.owner(&format!("PUT {one}"), &read);
    assert_eq!(status, 409);
    assert!(
        message(&stale).starts_with("Conflict for resource 'hello': version '"),
        "{stale}"
    );
    read["metadata"]["resourceVersion"] = NULL;
    // As gcloud does when labels change.
    let location = json!({ "cloud.googleapis.com/location": "us-central1" });
    read["spec"]["template"]["metadata"]["labels"] = location;
    let probe = json!({ "tcpSocket": { "port": 8080 } });
    read["spec"]["template"]["spec"]["containers"][0]["startupProbe"] = probe;
    read["spec"]["template"]["spec"]["containers"][0]["image"] = "gcr.io/cloudrun/two".into();
    assert_eq!(world.owner(&format!("PUT {one}?dryRun=all"), &read).0, 200);
    assert_eq!(revisions(&mut world).len(), 1);
    assert_eq!(world.owner(&format!("PUT {one}"), &read).0, 200);
    let all = revisions(&mut world);
    assert_eq!(all.len(), 2);
    let template = get(&mut world)["template"].clone();
    assert_eq!(template["labels"], NULL);
    let container = &template["containers"][0];
    assert_eq!(container["image"], "gcr.io/cloudrun/two");
    assert_eq!(
        container["startupProbe"],
        json!({ "tcpSocket": { "port": 8080 }, "failureThreshold": 3, "periodSeconds": 10,
            "timeoutSeconds": 1 })
    );

    let (_, revision) = world.owner(&format!("GET {NAMESPACE}/revisions/{}", all[0]), &NULL);
    assert_eq!(revision["kind"], "Revision");
    assert_eq!(revision["metadata"]["name"], all[0].as_str());
    assert_eq!(
        revision["metadata"]["labels"]["serving.knative.dev/service"],
        "hello"
    );
    assert_eq!(
        revision["spec"]["containers"][0]["image"],
        "gcr.io/cloudrun/two"
    );
    assert_eq!(
        world
            .owner(&format!("DELETE {NAMESPACE}/revisions/{}", all[0]), &NULL)
            .0,
        400
    );
    assert_eq!(
        world
            .owner(&format!("DELETE {NAMESPACE}/revisions/{}", all[1]), &NULL)
            .0,
        200
    );
    assert_eq!(
        world.owner(&format!("DELETE {one}"), &NULL),
        (200, json!({}))
    );
    let (status, answer) = world.owner(&format!("GET {one}"), &NULL);
    let words = "Resource 'hello' of kind 'SERVICE' in region 'us-central1' in project \
                 'demo-project' does not exist";
    assert_eq!((status, message(&answer)), (404, words));
}

#[test]
fn a_list_shows_one_region_or_all() {
    let mut world = TestCloud::new();
    create(&mut world);
    let elsewhere = NAMESPACE.replace("us-central1", "us-east1");
    let mut two = service();
    two["metadata"]["name"] = "two".into();
    two["spec"]["template"]["metadata"]["name"] = NULL;
    assert_eq!(
        world.owner(&format!("POST {elsewhere}/services"), &two).0,
        200
    );
    let mut names = |call: &str| -> Vec<String> {
        let (status, list) = world.owner(&format!("GET {call}"), &NULL);
        assert_eq!(
            (status, &list["apiVersion"]),
            (200, &json!("serving.knative.dev/v1"))
        );
        let items = list["items"].as_array().into_iter().flatten();
        items
            .map(|item| item["metadata"]["name"].to_string())
            .collect()
    };
    assert_eq!(names(&format!("{NAMESPACE}/services")), ["\"hello\""]);
    assert_eq!(names(&format!("{GLOBAL}/services")).len(), 2);
    assert_eq!(
        names(&format!("{GLOBAL}/services?labelSelector=team%3Da")),
        ["\"two\""]
    );
    assert_eq!(names(&format!("{GLOBAL}/services?limit=1")).len(), 1);
    assert_eq!(names(&format!("{elsewhere}/revisions")).len(), 1);
    assert_eq!(names(&format!("{GLOBAL}/revisions")).len(), 2);
    let of_hello = "revisions?labelSelector=serving.knative.dev%2Fservice%20%3D%20hello";
    assert_eq!(names(&format!("{GLOBAL}/{of_hello}")).len(), 1);
}

#[test]
fn v1_refuses_in_its_own_words() {
    let mut world = TestCloud::new();
    create(&mut world);
    let a = Principal::service_account(A);
    let (status, answer) = world.ask(&a, &format!("GET {NAMESPACE}/services/hello"), &NULL);
    let words = "Permission 'run.services.get' denied on resource \
                 'namespaces/demo-project/services/hello' (or resource may not exist).";
    assert_eq!((status, message(&answer)), (403, words));
    let (status, answer) = world.ask(&a, &format!("POST {NAMESPACE}/services"), &service());
    assert_eq!(
        (status, &answer["error"]["status"]),
        (403, &json!("PERMISSION_DENIED"))
    );
}
