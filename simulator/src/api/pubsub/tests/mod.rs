//! Topics, subscriptions and deliveries at explicit times.

mod delivery;
mod resources;
mod schemas;
mod seek;

use crate::{
    ApiError, ApiResponse, Call, Cloud, Command, api::routes::routes, iam::Principal,
    route::matches,
};
use bytes::Bytes;
use http::{HeaderMap, Method};
use names::{Duration, Timestamp};
use serde_json::{Value, json};

const TOPIC: &str = "/v1/projects/p/topics/jobs";
const SUBSCRIPTION: &str = "/v1/projects/p/subscriptions/runner";

fn at(millis: u64) -> Timestamp {
    Timestamp::from_seconds(1_800_000_000) + Duration::from_millis(millis)
}

/// Calls a method without a permission check.
fn ask(
    cloud: &mut Cloud,
    verb: Method,
    path: &str,
    body: Value,
    millis: u64,
) -> Result<ApiResponse, ApiError> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let (route, found) = routes()
        .filter(|route| route.http_method == verb)
        .find_map(|route| Some((route, matches(route.path, path)?)))
        .expect("a route");
    let call = Call {
        principal: Principal::user("u@example.com"),
        path: found,
        query: query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect(),
        headers: HeaderMap::new(),
        raw: Bytes::new(),
        received: None,
        body,
        arrived: at(millis),
        now: at(millis),
        origin: String::new(),
    };
    route.method.call(cloud, &call)
}

fn json_of(answer: Result<ApiResponse, ApiError>) -> Value {
    match answer.expect("success") {
        ApiResponse::Json(body) => body,
        other @ (ApiResponse::Raw(_) | ApiResponse::WaitUntil(_)) => panic!("{other:?}"),
    }
}

fn post(cloud: &mut Cloud, path: &str, body: Value, millis: u64) -> Value {
    json_of(ask(cloud, Method::POST, path, body, millis))
}

fn put(cloud: &mut Cloud, path: &str, body: Value) -> Value {
    json_of(ask(cloud, Method::PUT, path, body, 0))
}

/// A cloud with a topic and one subscription, which pushes to `/push` unless
/// `more` says otherwise.
fn cloud(more: Value) -> Cloud {
    let mut cloud = Cloud::new();
    put(&mut cloud, TOPIC, json!({}));
    let mut body = json!({
        "topic": "projects/p/topics/jobs",
        "pushConfig": { "pushEndpoint": "http://127.0.0.1:9/push" },
    });
    body.as_object_mut()
        .expect("object")
        .extend(more.as_object().expect("object").clone());
    put(&mut cloud, SUBSCRIPTION, body);
    cloud
}

/// A cloud with a pull subscription.
fn pulled_cloud(more: Value) -> Cloud {
    let mut body = json!({ "pushConfig": {} });
    body.as_object_mut()
        .expect("object")
        .extend(more.as_object().expect("object").clone());
    cloud(body)
}

fn publish(cloud: &mut Cloud, data: &str, key: &str, millis: u64) -> String {
    let message = json!({ "data": data, "attributes": { "n": data }, "orderingKey": key });
    let path = format!("{TOPIC}:publish");
    let answer = post(cloud, &path, json!({ "messages": [message] }), millis);
    answer["messageIds"][0].as_str().expect("an id").to_owned()
}

/// Advances the time and takes the pushes: delivery IDs and bodies.
fn pushes(cloud: &mut Cloud, millis: u64) -> Vec<(String, Value)> {
    cloud.advance(at(millis));
    assert!(
        cloud.next_due().is_none_or(|due| due > at(millis)),
        "nothing due is left"
    );
    cloud
        .commands()
        .into_iter()
        .map(|command| match command {
            Command::Push { delivery, body, .. } => {
                (delivery, serde_json::from_slice(&body).expect("JSON"))
            }
            other @ (Command::PowerOn { .. }
            | Command::PowerButton { .. }
            | Command::PowerOff { .. }
            | Command::DeleteDisk { .. }) => panic!("{other:?}"),
        })
        .collect()
}

fn datas(pushes: &[(String, Value)]) -> Vec<&str> {
    pushes
        .iter()
        .map(|(_, body)| body["message"]["data"].as_str().expect("data"))
        .collect()
}

fn pull(cloud: &mut Cloud, millis: u64) -> Vec<Value> {
    cloud.advance(at(millis));
    let body = json!({ "maxMessages": 10, "returnImmediately": true });
    let answer = post(cloud, &format!("{SUBSCRIPTION}:pull"), body, millis);
    answer["receivedMessages"]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

fn ack(cloud: &mut Cloud, ack_id: &Value, millis: u64) {
    post(
        cloud,
        &format!("{SUBSCRIPTION}:acknowledge"),
        json!({ "ackIds": [ack_id] }),
        millis,
    );
}
