//! Pub/Sub's push, wrapped and unwrapped.

use crate::{at, one};
use bytes::Bytes;
use events::{Envelope, decode};
use http::HeaderMap;
use std::collections::BTreeMap;

fn push(message: &str) -> Envelope {
    one(&format!("\n{{\"message\":{{{message}}}}}"))
}

#[test]
fn a_wrapped_push_is_decoded_completely() {
    let event = one(r#"content-type: application/json
traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01

{"message":{"data":"eyJhIjoxfQ==","attributes":{"k":"v","googclient_traceparent":"other"},
 "messageId":"7","message_id":"7","publishTime":"2026-11-22T05:30:52.5Z",
 "publish_time":"2026-11-22T05:30:52.5Z","orderingKey":"o"},
 "subscription":"projects/p/subscriptions/s","deliveryAttempt":3,"new":{"field":[1]}}"#);
    let attributes = [("k", "v"), ("googclient_traceparent", "other")];
    let expected = Envelope {
        message_id: "7".into(),
        publish_time: at("2026-11-22T05:30:52.5Z"),
        data: Bytes::from_static(br#"{"a":1}"#),
        attributes: BTreeMap::from(attributes.map(|(k, v)| (k.into(), v.into()))),
        subscription: Some("projects/p/subscriptions/s".into()),
        delivery_attempt: Some(3),
        ordering_key: Some("o".into()),
        trace: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
        cloud_event: None,
    };
    assert_eq!(event, expected);
    assert_eq!(event.subscription_id(), Some("s"));
}

#[test]
fn camel_and_snake_case_are_accepted() {
    for message in [
        r#""data":"","messageId":"7","publishTime":"2026-11-22T05:30:52Z""#,
        r#""data":"","message_id":"7","publish_time":"2026-11-22T05:30:52Z""#,
        r#""data":"","message_id":"7","messageId":null,"publish_time":"2026-11-22T05:30:52Z""#,
    ] {
        let event = push(message);
        assert_eq!(event.message_id, "7", "{message}");
        assert_eq!(event.publish_time, at("2026-11-22T05:30:52Z"), "{message}");
    }
}

#[test]
fn data_or_attributes_may_be_missing_or_null() {
    let event = push(r#""messageId":"7","data":null,"attributes":{"k":"v"},"orderingKey":null"#);
    assert_eq!((event.data.len(), event.attributes.len()), (0, 1));
    let event = push(r#""messageId":"7","data":"","attributes":null"#);
    assert_eq!((event.data.len(), event.attributes.len()), (0, 0));
    assert_eq!(event.ordering_key, None);
}

#[test]
fn base64_is_read_in_every_alphabet_with_and_without_padding() {
    for text in ["-_8=", "-_8", "+/8=", "+/8", "+\\/8"] {
        let event = push(&format!(r#""messageId":"7","data":"{text}""#));
        assert_eq!(event.data, &[0xfb, 0xff][..], "{text}");
    }
}

#[test]
fn the_delivery_attempt_is_a_number_or_text() {
    for (text, attempt) in [("5", Some(5)), (r#""5""#, Some(5)), ("null", None)] {
        let event = one(&format!(
            "\n{{\"message\":{{\"messageId\":\"7\",\"data\":\"\"}},\"deliveryAttempt\":{text}}}"
        ));
        assert_eq!(event.delivery_attempt, attempt, "{text}");
    }
}

#[test]
fn without_the_header_the_trace_comes_from_the_message() {
    let event = push(r#""messageId":"7","attributes":{"googclient_traceparent":"t"}"#);
    assert_eq!(event.trace.as_deref(), Some("t"));
}

const UNWRAPPED: &str = "content-type: text/plain
x-goog-pubsub-subscription-name: projects/p/subscriptions/s
x-goog-pubsub-message-id: 7
x-goog-pubsub-publish-time: 2026-11-22T05:30:52Z
x-goog-pubsub-ordering-key: o
State: new
state: newer
googclient_traceparent: t
";

#[test]
fn an_unwrapped_push_is_decoded_completely() {
    let event = one(&format!("{UNWRAPPED}\n{{\"message\":{{}}}}"));
    let attributes = [
        ("content-type", "text/plain"),
        ("googclient_traceparent", "t"),
        ("state", "new, newer"),
    ];
    let expected = Envelope {
        message_id: "7".into(),
        publish_time: at("2026-11-22T05:30:52Z"),
        data: Bytes::from_static(br#"{"message":{}}"#),
        attributes: BTreeMap::from(attributes.map(|(k, v)| (k.into(), v.into()))),
        subscription: Some("projects/p/subscriptions/s".into()),
        delivery_attempt: None,
        ordering_key: Some("o".into()),
        trace: Some("t".into()),
        cloud_event: None,
    };
    assert_eq!(event, expected);
}

#[test]
fn an_unwrapped_push_may_have_attributes_only() {
    assert_eq!(one(UNWRAPPED).data, "");
    assert_eq!(one(UNWRAPPED).attributes["state"], "new, newer");
}

#[test]
fn headers_of_the_request_are_not_attributes() {
    let request = "host: h
user-agent: APIs-Google
authorization: Bearer secret
x-serverless-authorization: Bearer secret
x-goog-iap-jwt-assertion: secret
proxy-authorization: secret
cookie: secret
x-api-key: secret
x-goog-pubsub-authorization: secret
x-forwarded-for: 10.0.0.1
forwarded: for=10.0.0.1
content-length: 4
traceparent: t2
x-cloud-trace-context: t3
";
    let event = one(&format!("{request}{UNWRAPPED}\ndata"));
    let names: Vec<_> = event.attributes.keys().map(String::as_str).collect();
    assert_eq!(names, ["content-type", "googclient_traceparent", "state"]);
    assert_eq!(event.trace.as_deref(), Some("t2"));
    assert!(!format!("{event:?}").contains("secret"));
}

#[test]
fn a_body_in_no_known_form_is_kept_as_data() {
    for body in [
        "text",
        "{",
        "[1]",
        "{}",
        r#"{"message":"hello"}"#,
        r#"{"eventType":"com.example.sold","eventId":"1","resource":"r","data":{}}"#,
        r#"{"context":{"eventType":"x"},"data":{}}"#,
        r#"{"a":1,"a":2}"#,
    ] {
        let event = one(&format!("\n{body}"));
        let expected = Envelope {
            data: body.as_bytes().to_vec().into(),
            ..Envelope::default()
        };
        assert_eq!(event, expected, "{body}");
    }
}

#[test]
fn raw_data_is_not_copied() {
    let body = Bytes::from(vec![7; 1 << 16]);
    let events = decode(&HeaderMap::new(), &body).expect("data");
    let event = events[0].as_ref().expect("raw data");
    assert_eq!(event.data.as_ptr(), body.as_ptr());
}
