//! Services and revisions through both versions of the API.

mod knative;
mod revisions;
mod services;

use crate::api::test_cloud::TestCloud;
use serde_json::{Value, json};

const SERVICES: &str = "/v2/projects/demo-project/locations/us-central1/services";
const HELLO: &str = "projects/demo-project/locations/us-central1/services/hello";
const DEFAULT_ACCOUNT: &str = "42-compute@developer.gserviceaccount.com";
const NULL: Value = Value::Null;

/// As in the recordings.
fn hello(value: &str) -> Value {
    json!({
        "ingress": "INGRESS_TRAFFIC_ALL",
        "labels": { "cnrm-test": "true" },
        "launchStage": "GA",
        "template": {
            "containers": [{
                "env": [{ "name": "FOO", "value": value }],
                "image": "gcr.io/cloudrun/hello",
            }],
            "scaling": { "maxInstanceCount": 2 },
        },
    })
}

/// The response of an operation, when it is done.
fn completed(world: &mut TestCloud, begun: (u16, Value)) -> Value {
    let (status, operation) = begun;
    assert_eq!(status, 200, "{operation}");
    assert_eq!(operation["done"], NULL);
    world.advance(3);
    let name = operation["name"].as_str().expect("a name");
    let (status, done) = world.owner(&format!("GET /v2/{name}"), &NULL);
    assert_eq!((status, &done["done"]), (200, &json!(true)), "{done}");
    assert_eq!(done["metadata"], operation["metadata"]);
    assert_eq!(done["metadata"], done["response"]);
    done["response"].clone()
}

fn create(world: &mut TestCloud) -> Value {
    let begun = world.owner(&format!("POST {SERVICES}?serviceId=hello"), &hello("bar"));
    completed(world, begun)
}

fn get(world: &mut TestCloud) -> Value {
    world.owner(&format!("GET /v2/{HELLO}"), &NULL).1
}

/// Patches the service; returns it as it is then.
fn patch(world: &mut TestCloud, query: &str, body: &Value) -> Value {
    let begun = world.owner(&format!("PATCH /v2/{HELLO}{query}"), body);
    completed(world, begun);
    get(world)
}

/// IDs of the service's revisions, as listed.
fn revisions(world: &mut TestCloud) -> Vec<String> {
    let (status, list) = world.owner(&format!("GET /v2/{HELLO}/revisions"), &NULL);
    assert_eq!(status, 200, "{list}");
    let items = list["revisions"].as_array().into_iter().flatten();
    let names = items.filter_map(|revision| revision["name"].as_str());
    names
        .map(|name| name.rsplit('/').next().unwrap_or_default().to_owned())
        .collect()
}

fn message(answer: &Value) -> &str {
    answer["error"]["message"].as_str().unwrap_or_default()
}
