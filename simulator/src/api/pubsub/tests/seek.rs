//! Snapshots, seek and detach.

use super::*;

const SNAPSHOT: &str = "/v1/projects/p/snapshots/before";

fn seek(cloud: &mut Cloud, body: Value, millis: u64) -> Result<ApiResponse, ApiError> {
    let path = format!("{SUBSCRIPTION}:seek");
    ask(cloud, Method::POST, &path, body, millis)
}

fn seek_to(cloud: &mut Cloud, time: u64, millis: u64) {
    json_of(seek(cloud, json!({ "time": at(time) }), millis));
}

/// The data that a pull receives; all is acknowledged.
fn drain(cloud: &mut Cloud, millis: u64) -> String {
    let received = pull(cloud, millis);
    for one in &received {
        ack(cloud, &one["ackId"], millis);
    }
    let data = received
        .iter()
        .filter_map(|m| m["message"]["data"].as_str());
    data.collect::<Vec<_>>().join(" ")
}

fn snapshot(cloud: &mut Cloud, millis: u64) -> Result<ApiResponse, ApiError> {
    let body = json!({ "subscription": "projects/p/subscriptions/runner", "labels": { "a": "b" } });
    ask(cloud, Method::PUT, SNAPSHOT, body, millis)
}

#[test]
fn a_seek_to_a_time_brings_back_what_is_retained() {
    let day = 86_400_000;
    for (subscription, topic, back) in [
        (json!({}), json!({}), ""),
        (
            json!({ "retainAckedMessages": true }),
            json!({}),
            "bbbb cccc",
        ),
        (
            json!({}),
            json!({ "messageRetentionDuration": "600s" }),
            "bbbb cccc",
        ),
        (
            json!({ "retainAckedMessages": true, "filter": "attributes.n = \"bbbb\"" }),
            json!({ "messageRetentionDuration": "600s" }),
            "bbbb",
        ),
    ] {
        let mut cloud = pulled_cloud(subscription);
        let change = json!({ "topic": topic, "updateMask": "messageRetentionDuration" });
        json_of(ask(&mut cloud, Method::PATCH, TOPIC, change, 0));
        for (millis, data) in [(10, "aaaa"), (20, "bbbb"), (30, "cccc")] {
            publish(&mut cloud, data, "", millis);
        }
        drain(&mut cloud, 40);
        publish(&mut cloud, "dddd", "", 50);
        seek_to(&mut cloud, 20, 60);
        let filtered = back == "bbbb";
        let expected = if filtered {
            back.to_owned()
        } else {
            format!("{back} dddd")
        };
        assert_eq!(drain(&mut cloud, 60), expected.trim(), "{topic}");
        // Nothing is left of it after the retention.
        seek_to(&mut cloud, 0, 40 * day);
        assert_eq!(drain(&mut cloud, 40 * day), "");
    }
}

#[test]
fn a_seek_to_the_future_purges() {
    let mut cloud = pulled_cloud(json!({ "retainAckedMessages": true }));
    publish(&mut cloud, "aaaa", "", 10);
    let leased = pull(&mut cloud, 15);
    publish(&mut cloud, "bbbb", "", 20);
    seek_to(&mut cloud, 1_000_000, 30);
    ack(&mut cloud, &leased[0]["ackId"], 40);
    assert_eq!(drain(&mut cloud, 60_000), "");
    // They were acknowledged, and are retained.
    seek_to(&mut cloud, 20, 60_000);
    assert_eq!(drain(&mut cloud, 60_000), "bbbb");
    for body in [
        json!({}),
        json!({ "time": "soon" }),
        json!({ "time": at(0), "snapshot": "x" }),
    ] {
        assert_eq!(seek(&mut cloud, body, 0).expect_err("bad").status, 400);
    }
}

#[test]
fn a_seek_keeps_the_order() {
    let mut cloud =
        pulled_cloud(json!({ "enableMessageOrdering": true, "retainAckedMessages": true }));
    for (millis, data) in [(10, "aaaa"), (20, "bbbb")] {
        publish(&mut cloud, data, "key", millis);
    }
    assert_eq!(drain(&mut cloud, 30), "aaaa");
    let second = pull(&mut cloud, 40);
    assert_eq!(second.len(), 1);
    seek_to(&mut cloud, 10, 50);
    assert_eq!(drain(&mut cloud, 60), "aaaa");
    ack(&mut cloud, &second[0]["ackId"], 70);
    assert_eq!(drain(&mut cloud, 80), "");
}

#[test]
fn a_snapshot_brings_back_what_was_not_acknowledged() {
    let mut cloud = pulled_cloud(json!({}));
    publish(&mut cloud, "aaaa", "", 10);
    drain(&mut cloud, 20);
    publish(&mut cloud, "bbbb", "", 30);
    let made = json_of(snapshot(&mut cloud, 40));
    let expires = at(30) + Duration::from_secs(7 * 86_400);
    assert_eq!(
        made,
        json!({ "name": "projects/p/snapshots/before", "topic": "projects/p/topics/jobs",
            "labels": { "a": "b" }, "expireTime": expires })
    );
    assert_eq!(snapshot(&mut cloud, 40).expect_err("twice").status, 409);
    publish(&mut cloud, "cccc", "", 50);
    assert_eq!(drain(&mut cloud, 60), "bbbb cccc");
    let to = json!({ "snapshot": "projects/p/snapshots/before" });
    json_of(seek(&mut cloud, to.clone(), 70));
    assert_eq!(drain(&mut cloud, 80), "bbbb cccc");
    // Another subscription of the topic can have it, not one of another topic.
    for (topic, status) in [("jobs", 200), ("other", 400)] {
        put(
            &mut cloud,
            &format!("/v1/projects/p/topics/{topic}2"),
            json!({}),
        );
        let topic = if status == 200 {
            "jobs".to_owned()
        } else {
            format!("{topic}2")
        };
        let name = format!("/v1/projects/p/subscriptions/{topic}-s");
        put(
            &mut cloud,
            &name,
            json!({ "topic": format!("projects/p/topics/{topic}") }),
        );
        let path = format!("{name}:seek");
        let done = ask(&mut cloud, Method::POST, &path, to.clone(), 90);
        assert_eq!(done.map_or_else(|e| e.status, |_| 200), status);
    }
    let path = format!("{TOPIC}/snapshots");
    let of_topic = json_of(ask(&mut cloud, Method::GET, &path, Value::Null, 90));
    assert_eq!(
        of_topic,
        json!({ "snapshots": ["projects/p/snapshots/before"] })
    );
    json_of(ask(&mut cloud, Method::DELETE, SNAPSHOT, Value::Null, 100));
    assert_eq!(seek(&mut cloud, to, 110).expect_err("gone").status, 404);
    assert_eq!(
        cloud.pubsub.retained("projects/p/snapshots/before").count(),
        0
    );
}

#[test]
fn a_snapshot_expires() {
    let mut cloud = pulled_cloud(json!({}));
    json_of(snapshot(&mut cloud, 0));
    let patch =
        |time: Timestamp| json!({ "snapshot": { "expireTime": time }, "updateMask": "expireTime" });
    let change =
        |cloud: &mut Cloud, millis| ask(cloud, Method::PATCH, SNAPSHOT, patch(at(millis)), 10);
    assert_eq!(change(&mut cloud, 5).expect_err("past").status, 400);
    assert_eq!(
        change(&mut cloud, 900_000_000).expect_err("late").status,
        400
    );
    json_of(change(&mut cloud, 60_000));
    publish(&mut cloud, "aaaa", "", 100);
    assert_eq!(
        cloud.pubsub.retained("projects/p/snapshots/before").count(),
        1
    );
    cloud.advance(at(60_000));
    publish(&mut cloud, "bbbb", "", 60_000);
    assert_eq!(
        cloud.pubsub.retained("projects/p/snapshots/before").count(),
        0
    );
    let gone = ask(&mut cloud, Method::GET, SNAPSHOT, Value::Null, 60_000);
    assert_eq!(gone.expect_err("expired").status, 404);
}

#[test]
fn a_detached_subscription_gets_nothing() {
    let mut cloud = pulled_cloud(json!({ "retainAckedMessages": true }));
    publish(&mut cloud, "aaaa", "", 10);
    post(
        &mut cloud,
        &format!("{SUBSCRIPTION}:detach"),
        Value::Null,
        20,
    );
    publish(&mut cloud, "bbbb", "", 30);
    let body = json!({ "maxMessages": 1 });
    let path = format!("{SUBSCRIPTION}:pull");
    let refused = ask(&mut cloud, Method::POST, &path, body, 40).expect_err("detached");
    assert_eq!(refused.code, "FAILED_PRECONDITION");
    let refused = seek(&mut cloud, json!({ "time": at(0) }), 40).expect_err("detached");
    assert_eq!(refused.code, "FAILED_PRECONDITION");
    assert_eq!(snapshot(&mut cloud, 40).expect_err("detached").status, 400);
    let change = json!({ "subscription": { "labels": { "a": "b" } }, "updateMask": "labels" });
    let shown = json_of(ask(&mut cloud, Method::PATCH, SUBSCRIPTION, change, 50));
    assert_eq!(
        (&shown["detached"], &shown["topic"]),
        (&json!(true), &json!("projects/p/topics/jobs"))
    );
}

#[test]
fn what_is_retained_survives_the_journal() {
    let mut cloud = pulled_cloud(json!({}));
    let change = json!({ "topic": { "messageRetentionDuration": "600s" },
        "updateMask": "messageRetentionDuration" });
    json_of(ask(&mut cloud, Method::PATCH, TOPIC, change, 0));
    json_of(snapshot(&mut cloud, 0));
    publish(&mut cloud, "aaaa", "", 10);
    drain(&mut cloud, 20);
    let mut again = Cloud::new();
    for (from, to) in cloud.tables().into_iter().zip(again.tables()) {
        for (key, row) in from.take_changes() {
            to.restore(&key, row).expect("reads back");
        }
    }
    super::super::restored(&mut again);
    let shown = json_of(ask(&mut again, Method::GET, SUBSCRIPTION, Value::Null, 30));
    assert_eq!(shown["topicMessageRetentionDuration"], "600s");
    seek_to(&mut again, 0, 30);
    assert_eq!(drain(&mut again, 40), "aaaa");
    publish(&mut again, "bbbb", "", 50);
    drain(&mut again, 60);
    let to = json!({ "snapshot": "projects/p/snapshots/before" });
    json_of(seek(&mut again, to, 70));
    assert_eq!(drain(&mut again, 80), "aaaa bbbb");
}
