//! Delivery of messages.

use super::{super::delivery::MAX_OUTSTANDING, *};
use std::collections::BTreeSet;

#[test]
fn a_push_carries_both_spellings_and_the_identity() {
    let config = json!({
        "pushEndpoint": "http://127.0.0.1:9/push",
        "oidcToken": { "serviceAccountEmail": "push@p.iam.gserviceaccount.com" },
    });
    let mut cloud = cloud(json!({ "pushConfig": config, "ackDeadlineSeconds": 60 }));
    let id = publish(&mut cloud, "aGk", "", 5);
    cloud.advance(at(5));
    let commands = cloud.commands();
    let [
        Command::Push {
            endpoint,
            token,
            headers,
            body,
            deadline_seconds,
            ..
        },
    ] = &commands[..]
    else {
        panic!("{commands:?}")
    };
    assert_eq!(endpoint, "http://127.0.0.1:9/push");
    assert_eq!(*deadline_seconds, 60);
    assert_eq!(
        headers[..],
        [("content-type".to_owned(), "application/json".to_owned())]
    );
    let expected = cloud.id_token(
        "push@p.iam.gserviceaccount.com",
        "http://127.0.0.1:9/push",
        serde_json::Map::new(),
        at(5),
    );
    assert_eq!(
        token.as_ref(),
        Some(&expected),
        "the audience defaults to the endpoint"
    );
    let body: Value = serde_json::from_slice(body).expect("JSON");
    let time = at(5).to_string();
    assert_eq!(
        body,
        json!({
            "message": {
                "data": "aGk=", "attributes": { "n": "aGk" },
                "messageId": id, "message_id": id, "publishTime": time, "publish_time": time,
            },
            "subscription": "projects/p/subscriptions/runner",
        })
    );
}

#[test]
fn unwrapped_pushes_are_raw_data_with_metadata_in_headers() {
    let config = json!({
        "pushEndpoint": "http://127.0.0.1:9/push", "noWrapper": { "writeMetadata": true },
    });
    let mut cloud = cloud(json!({ "pushConfig": config }));
    let id = publish(&mut cloud, "aGk=", "k", 0);
    cloud.advance(at(0));
    let Some(Command::Push { headers, body, .. }) = cloud.commands().pop() else {
        panic!()
    };
    assert_eq!(&body[..], b"hi");
    for (name, value) in [
        (
            "x-goog-pubsub-subscription-name",
            "projects/p/subscriptions/runner",
        ),
        ("x-goog-pubsub-message-id", &id),
        ("x-goog-pubsub-ordering-key", "k"),
        ("n", "aGk="),
    ] {
        assert!(
            headers.contains(&(name.to_owned(), value.to_owned())),
            "{name}"
        );
    }
}

#[test]
fn every_status_acknowledges_or_has_it_redelivered() {
    for (status, over) in [
        (Some(102), true),
        (Some(200), true),
        (Some(201), true),
        (Some(202), true),
        (Some(204), true),
        (Some(203), false),
        (Some(301), false),
        (Some(400), false),
        (Some(500), false),
        (None, false),
    ] {
        let mut cloud = cloud(json!({}));
        publish(&mut cloud, "AA==", "", 0);
        let sent = pushes(&mut cloud, 0);
        cloud.pushed(&sent[0].0, status, at(1));
        assert_eq!(pushes(&mut cloud, 60_000).is_empty(), over, "{status:?}");
    }
}

#[test]
fn redelivery_backs_off_and_doubles_up_to_the_maximum() {
    let google = json!({});
    let policy = json!({ "retryPolicy": { "minimumBackoff": "10s", "maximumBackoff": "30s" } });
    for (more, waits) in [
        (
            google,
            vec![
                100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000,
            ],
        ),
        (policy, vec![10_000, 20_000, 30_000, 30_000]),
    ] {
        let mut cloud = cloud(more);
        publish(&mut cloud, "AA==", "", 0);
        let mut now = 0;
        for wait in waits {
            let sent = pushes(&mut cloud, now);
            assert_eq!(sent.len(), 1, "at {now}");
            assert!(
                sent[0].1.get("deliveryAttempt").is_none(),
                "only with a dead letter policy"
            );
            cloud.pushed(&sent[0].0, Some(503), at(now));
            assert!(pushes(&mut cloud, now + wait - 1).is_empty());
            assert_eq!(cloud.next_due(), Some(at(now + wait)));
            now += wait;
        }
    }
}

#[test]
fn an_unanswered_push_is_redelivered_after_its_deadline() {
    let mut cloud = cloud(json!({ "ackDeadlineSeconds": 20 }));
    publish(&mut cloud, "AA==", "", 0);
    let first = pushes(&mut cloud, 0);
    assert!(pushes(&mut cloud, 19_999).is_empty());
    let second = pushes(&mut cloud, 20_100);
    assert!(
        second.is_empty(),
        "the backoff counts from when the loss was noticed"
    );
    let second = pushes(&mut cloud, 20_200);
    assert_eq!(second.len(), 1);
    // A late result of the first delivery does not affect the second.
    cloud.pushed(&first[0].0, Some(200), at(20_300));
    cloud.pushed(&second[0].0, Some(500), at(20_300));
    cloud.pushed(&second[0].0, Some(200), at(20_301));
    assert_eq!(pushes(&mut cloud, 21_000).len(), 1);
}

#[test]
fn the_fifth_failure_makes_a_dead_letter() {
    let policy = json!({ "deadLetterTopic": "projects/p/topics/dead", "maxDeliveryAttempts": 5 });
    let mut cloud = cloud(json!({ "deadLetterPolicy": policy }));
    put(&mut cloud, "/v1/projects/p/topics/dead", json!({}));
    let morgue = "/v1/projects/q/subscriptions/morgue";
    put(
        &mut cloud,
        morgue,
        json!({ "topic": "projects/p/topics/dead" }),
    );
    publish(&mut cloud, "AA==", "", 0);
    for attempt in 1..=5 {
        let sent = pushes(&mut cloud, attempt * 60_000);
        assert_eq!(sent[0].1["deliveryAttempt"], attempt);
        cloud.pushed(&sent[0].0, Some(500), at(attempt * 60_000));
    }
    assert!(pushes(&mut cloud, 900_000).is_empty());
    let body = json!({ "maxMessages": 5 });
    let dead = post(&mut cloud, &format!("{morgue}:pull"), body, 900_000);
    let message = &dead["receivedMessages"][0]["message"];
    assert_eq!(message["data"], "AA==");
    assert_eq!(
        message["attributes"],
        json!({
            "n": "AA==",
            "CloudPubSubDeadLetterSourceDeliveryCount": "5",
            "CloudPubSubDeadLetterSourceSubscription": "runner",
            "CloudPubSubDeadLetterSourceSubscriptionProject": "p",
            "CloudPubSubDeadLetterSourceTopicPublishTime": at(0).to_string(),
        })
    );
}

#[test]
fn without_the_dead_letter_topic_delivery_goes_on() {
    let policy = json!({ "deadLetterTopic": "projects/p/topics/absent" });
    let mut cloud = cloud(json!({ "deadLetterPolicy": policy }));
    publish(&mut cloud, "AA==", "", 0);
    for attempt in 1..=7 {
        let sent = pushes(&mut cloud, attempt * 60_000);
        assert_eq!(sent[0].1["deliveryAttempt"], attempt);
        cloud.pushed(&sent[0].0, Some(500), at(attempt * 60_000));
    }
}

#[test]
fn messages_with_one_key_come_one_after_the_other() {
    let mut cloud = cloud(json!({ "enableMessageOrdering": true }));
    for (data, key) in [
        ("AAAA", "a"),
        ("AAAB", "a"),
        ("BBBB", "b"),
        ("CCCC", ""),
        ("CCCD", ""),
    ] {
        publish(&mut cloud, data, key, 0);
    }
    let sent = pushes(&mut cloud, 0);
    assert_eq!(datas(&sent), ["AAAA", "BBBB", "CCCC", "CCCD"]);
    // A failed message holds back the next with the same ordering key.
    cloud.pushed(&sent[0].0, Some(500), at(0));
    cloud.pushed(&sent[1].0, Some(200), at(0));
    assert!(pushes(&mut cloud, 99).is_empty());
    let again = pushes(&mut cloud, 100);
    assert_eq!(datas(&again), ["AAAA"]);
    cloud.pushed(&again[0].0, Some(200), at(101));
    assert_eq!(datas(&pushes(&mut cloud, 101)), ["AAAB"]);
}

#[test]
fn an_ordered_line_is_pulled_one_by_one() {
    let mut cloud = pulled_cloud(json!({ "enableMessageOrdering": true }));
    publish(&mut cloud, "AAAA", "a", 0);
    publish(&mut cloud, "AAAB", "a", 0);
    let first = pull(&mut cloud, 0);
    assert_eq!(first.len(), 1);
    assert!(pull(&mut cloud, 1).is_empty(), "the first is still out");
    ack(&mut cloud, &first[0]["ackId"], 1);
    assert_eq!(pull(&mut cloud, 1)[0]["message"]["data"], "AAAB");
}

#[test]
fn outstanding_pushes_are_limited() {
    for ordered in [false, true] {
        let mut cloud = cloud(json!({ "enableMessageOrdering": ordered }));
        let keys = |n: usize| {
            if ordered {
                format!("key{}", n / 2)
            } else {
                String::new()
            }
        };
        let all = 3 * MAX_OUTSTANDING;
        for n in 0..all {
            publish(&mut cloud, "AA==", &keys(n), 0);
        }
        let mut out = pushes(&mut cloud, 0);
        assert_eq!(out.len(), MAX_OUTSTANDING);
        let mut done = BTreeSet::new();
        while let Some((delivery, _)) = out.pop() {
            cloud.pushed(&delivery, Some(200), at(1));
            assert!(done.insert(delivery));
            out.extend(pushes(&mut cloud, 1));
            assert!(out.len() <= MAX_OUTSTANDING);
        }
        assert_eq!(done.len(), all, "ordered: {ordered}");
    }
}

#[test]
fn messages_expire_after_their_retention() {
    let more = json!({ "messageRetentionDuration": "600s" });
    let mut pushing = cloud(more.clone());
    publish(&mut pushing, "AA==", "", 0);
    assert!(pushes(&mut pushing, 600_000).is_empty());
    let mut pulling = pulled_cloud(more);
    publish(&mut pulling, "AA==", "", 0);
    publish(&mut pulling, "BA==", "", 10_000);
    assert_eq!(pull(&mut pulling, 600_000)[0]["message"]["data"], "BA==");
}

#[test]
fn filters_keep_messages_away() {
    let mut cloud = cloud(json!({ "filter": "attributes.n = \"AAAA\"" }));
    publish(&mut cloud, "AAAA", "", 0);
    publish(&mut cloud, "BBBB", "", 0);
    assert_eq!(datas(&pushes(&mut cloud, 0)), ["AAAA"]);
}

#[test]
fn a_lease_ends_is_extended_and_is_given_back() {
    let mut cloud = pulled_cloud(json!({ "ackDeadlineSeconds": 10 }));
    publish(&mut cloud, "AA==", "", 0);
    let first = pull(&mut cloud, 0);
    assert!(pull(&mut cloud, 9_999).is_empty());
    let modify = |cloud: &mut Cloud, ack_id: &Value, seconds: u32, millis| {
        let body = json!({ "ackIds": [ack_id], "ackDeadlineSeconds": seconds });
        post(
            cloud,
            &format!("{SUBSCRIPTION}:modifyAckDeadline"),
            body,
            millis,
        );
    };
    modify(&mut cloud, &first[0]["ackId"], 30, 9_999);
    assert!(pull(&mut cloud, 39_998).is_empty());
    let second = pull(&mut cloud, 39_999);
    assert_eq!(second.len(), 1, "the lease has ended");
    modify(&mut cloud, &second[0]["ackId"], 0, 40_000);
    let third = pull(&mut cloud, 40_000);
    assert_eq!(third.len(), 1, "it was given back");
    // An ack of an earlier delivery is ignored; that of the last may be
    // repeated.
    ack(&mut cloud, &first[0]["ackId"], 40_001);
    ack(&mut cloud, &third[0]["ackId"], 40_001);
    ack(&mut cloud, &third[0]["ackId"], 40_002);
    assert!(pull(&mut cloud, 900_000).is_empty());
    let forged = json!({ "ackIds": ["no"] });
    let path = format!("{SUBSCRIPTION}:acknowledge");
    let error = ask(&mut cloud, Method::POST, &path, forged, 0).expect_err("forged");
    assert_eq!(error.status, 400);
}

#[test]
fn a_late_ack_counts_until_the_next_delivery() {
    let mut cloud = pulled_cloud(json!({}));
    publish(&mut cloud, "AA==", "", 0);
    let first = pull(&mut cloud, 0);
    cloud.advance(at(10_000));
    ack(&mut cloud, &first[0]["ackId"], 10_000);
    assert!(pull(&mut cloud, 10_001).is_empty());
}

#[test]
fn a_pull_without_messages_waits() {
    let mut cloud = pulled_cloud(json!({}));
    let path = format!("{SUBSCRIPTION}:pull");
    let answer = ask(
        &mut cloud,
        Method::POST,
        &path,
        json!({ "maxMessages": 1 }),
        0,
    );
    assert!(matches!(answer, Ok(ApiResponse::WaitUntil(until)) if until == at(30_000)));
}

#[test]
fn a_restored_cloud_redelivers_outstanding_pushes_and_keeps_counting() {
    let mut old = cloud(json!({ "enableMessageOrdering": true }));
    publish(&mut old, "AAAA", "k", 0);
    publish(&mut old, "AAAB", "k", 0);
    publish(&mut old, "DDDD", "", 0);
    let sent = pushes(&mut old, 0);
    assert_eq!(datas(&sent), ["AAAA", "DDDD"]);
    cloud_acks(&mut old, &sent[1].0);

    let mut new = Cloud::new();
    for (from, to) in old.tables().into_iter().zip(new.tables()) {
        assert_eq!(from.name(), to.name());
        // In reverse: the order in the journal differs from that of
        // publication.
        for (key, row) in from.take_changes().into_iter().rev() {
            to.restore(&key, row).expect("reads back");
        }
        assert!(to.take_changes().is_empty());
    }
    crate::api::pubsub::restored(&mut new);
    let again = pushes(&mut new, 5_000);
    assert_eq!(
        datas(&again),
        ["AAAA"],
        "the head of the line only; what was acked is gone"
    );
    cloud_acks(&mut new, &again[0].0);
    assert_eq!(datas(&pushes(&mut new, 5_000)), ["AAAB"]);
    assert_eq!(publish(&mut new, "EEEE", "", 5_000), "4");
}

fn cloud_acks(cloud: &mut Cloud, delivery: &str) {
    cloud.pushed(delivery, Some(200), at(0));
}

#[test]
fn a_subscription_changes_between_push_and_pull() {
    let mut cloud = pulled_cloud(json!({}));
    publish(&mut cloud, "AA==", "", 0);
    assert!(pushes(&mut cloud, 0).is_empty());
    let path = format!("{SUBSCRIPTION}:modifyPushConfig");
    let config = json!({ "pushConfig": { "pushEndpoint": "http://127.0.0.1:9/" } });
    post(&mut cloud, &path, config, 1);
    let sent = pushes(&mut cloud, 1);
    assert_eq!(sent.len(), 1);
    post(&mut cloud, &path, json!({}), 2);
    cloud.pushed(&sent[0].0, Some(500), at(2));
    assert!(pushes(&mut cloud, 60_000).is_empty());
    assert_eq!(pull(&mut cloud, 60_000).len(), 1);
}
