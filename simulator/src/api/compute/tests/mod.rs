//! Tests of Compute Engine at explicit times.

mod disks;
mod insert;
mod lifecycle;
mod networks;
mod permissions;
mod reading;
mod update;

use crate::{
    ApiError, ApiResponse, Call, Cloud, Command, api::routes::routes, iam::Principal,
    route::matches,
};
use bytes::Bytes;
use http::{HeaderMap, Method};
use names::{Duration, Timestamp};
use serde_json::{Value, json};

pub(crate) const ZONE: &str = "projects/demo/zones/us-central1-a";
pub(crate) const VM: &str = "projects/demo/zones/us-central1-a/instances/vm";

/// The time `ms` milliseconds after the start of the test.
pub(crate) fn at(ms: i64) -> Timestamp {
    Timestamp::from_seconds(1_800_000_000) + Duration::from_millis(ms.unsigned_abs())
}

pub(crate) fn call(verb: &Method, path: &str, body: &Value, ms: i64) -> Call {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let full = format!("/compute/v1/{path}");
    let found = routes()
        .filter(|route| route.http_method == *verb)
        .find_map(|route| matches(route.path, &full));
    Call {
        principal: Principal::user("me@example.com"),
        path: found.expect("a route"),
        query: crate::call::parse_query(query),
        headers: HeaderMap::new(),
        raw: Bytes::new(),
        received: None,
        body: body.clone(),
        arrived: at(ms),
        now: at(ms),
        origin: "http://h".to_owned(),
    }
}

/// Advances the time to `ms` and calls a method without a permission check.
pub(crate) fn ask(
    cloud: &mut Cloud,
    verb: Method,
    path: &str,
    body: &Value,
    ms: i64,
) -> Result<Value, ApiError> {
    cloud.advance(at(ms));
    let call = call(&verb, path, body, ms);
    let full = format!("/compute/v1/{}", path.split('?').next().unwrap_or_default());
    let route = routes()
        .find(|route| route.http_method == verb && matches(route.path, &full).is_some())
        .expect("a route");
    match route.method.call(cloud, &call)? {
        ApiResponse::Json(json) => Ok(json),
        ApiResponse::Raw(response) => panic!("{response:?}"),
        ApiResponse::WaitUntil(until) => Ok(json!({ "later": until })),
    }
}

pub(crate) fn body(name: &str) -> Value {
    json!({
        "name": name,
        "machineType": "zones/us-central1-a/machineTypes/n1-standard-4",
        "disks": [{"boot": true, "autoDelete": true, "initializeParams": {
            "sourceImage": "projects/debian-cloud/global/images/family/debian-12"}}],
        "networkInterfaces": [{}],
        "serviceAccounts": [{"email": "job@demo.iam.gserviceaccount.com",
            "scopes": ["https://www.googleapis.com/auth/cloud-platform"]}],
        "metadata": {"items": [{"key": "k", "value": "v"}]},
        "labels": {"owner": "me"},
    })
}

pub(crate) fn with(mut body: Value, changes: Value) -> Value {
    for (key, value) in changes.as_object().expect("an object") {
        body[key] = value.clone();
    }
    body
}

pub(crate) fn spot(name: &str, action: &str) -> Value {
    with(
        body(name),
        json!({ "scheduling": {
        "provisioningModel": "SPOT", "instanceTerminationAction": action } }),
    )
}

pub(crate) fn gpu(name: &str) -> Value {
    with(
        body(name),
        json!({
            "scheduling": { "onHostMaintenance": "TERMINATE", "automaticRestart": false },
            "guestAccelerators": [{ "acceleratorCount": 1,
                "acceleratorType": "zones/us-central1-a/acceleratorTypes/nvidia-tesla-t4" }],
        }),
    )
}

pub(crate) fn insert(cloud: &mut Cloud, body: &Value, ms: i64) -> Result<Value, ApiError> {
    ask(cloud, Method::POST, &format!("{ZONE}/instances"), body, ms)
}

pub(crate) fn get(cloud: &mut Cloud, path: &str, ms: i64) -> Result<Value, ApiError> {
    ask(cloud, Method::GET, path, &Value::Null, ms)
}

pub(crate) fn status(cloud: &mut Cloud, path: &str, ms: i64) -> String {
    match get(cloud, path, ms) {
        Ok(json) => json["status"].as_str().expect("a status").to_owned(),
        Err(error) => error.status.to_string(),
    }
}

pub(crate) fn operation(begun: &Value) -> String {
    format!(
        "{ZONE}/operations/{}",
        begun["name"].as_str().expect("a name")
    )
}

/// A cloud with `body` inserted at 0 and RUNNING since 800 ms, its ID, and no
/// pending commands.
pub(crate) fn running(body: &Value) -> (Cloud, String) {
    let mut cloud = Cloud::new();
    insert(&mut cloud, body, 0).expect("inserted");
    let vm = get(&mut cloud, VM, 800).expect("there");
    assert_eq!(vm["status"], "RUNNING");
    let id = vm["id"].as_str().expect("an id").to_owned();
    assert_eq!(
        cloud.commands(),
        [Command::PowerOn {
            instance: id.clone()
        }]
    );
    (cloud, id)
}
