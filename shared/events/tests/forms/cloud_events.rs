//! CloudEvents, decoded and encoded.

use crate::{all, at, fault, one};
use events::{CloudEvent, Envelope, encode};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const BINARY: &str = r#"ce-specversion: 1.0
ce-id: 7
ce-source: //storage.googleapis.com/projects/_/buckets/b
ce-type: google.cloud.storage.object.v1.finalized
ce-subject: objects/a%20%E2%82%AC%25.txt
ce-time: 2026-11-22T05:30:52Z
ce-dataschema: https://example.com/s
ce-bucket: "b \"quoted\""
ce-traceparent: t
content-type: application/json; charset=utf-8
authorization: Bearer secret
"#;

fn expected() -> CloudEvent {
    let extensions = [("bucket", "b \"quoted\""), ("traceparent", "t")];
    CloudEvent {
        id: "7".into(),
        source: "//storage.googleapis.com/projects/_/buckets/b".into(),
        kind: "google.cloud.storage.object.v1.finalized".into(),
        subject: Some("objects/a €%.txt".into()),
        time: at("2026-11-22T05:30:52Z"),
        data_content_type: Some("application/json; charset=utf-8".into()),
        data_schema: Some("https://example.com/s".into()),
        extensions: BTreeMap::from(extensions.map(|(k, v)| (k.into(), v.into()))),
    }
}

#[test]
fn a_binary_event_is_decoded_completely() {
    let event = one(&format!("{BINARY}\n{{\"size\":\"352\"}}"));
    let expected = Envelope {
        message_id: "7".into(),
        publish_time: at("2026-11-22T05:30:52Z"),
        data: r#"{"size":"352"}"#.into(),
        trace: Some("t".into()),
        cloud_event: Some(expected()),
        ..Envelope::default()
    };
    assert_eq!(event, expected);
    assert_eq!(one(BINARY).data, "", "without a body");
}

const ATTRIBUTES: &str =
    r#""specversion":"1.0","id":"7","source":"/s","type":"t","time":"2026-11-22T05:30:52Z""#;

fn structured(rest: &str) -> Envelope {
    one(&format!(
        "Content-Type: Application/CloudEvents+JSON; charset=utf-8\n\n{{{ATTRIBUTES}{rest}}}"
    ))
}

#[test]
fn a_structured_event_is_decoded_completely() {
    let event = structured(r#","subject":"s","count":5,"sure":true,"none":null,"data":{"n":1.50}"#);
    assert_eq!(event.message_id, "7");
    assert_eq!(event.data, r#"{"n":1.50}"#);
    let about = event.cloud_event.expect("an event");
    assert_eq!(about.subject.as_deref(), Some("s"));
    let extensions = [("count", "5"), ("sure", "true")];
    let extensions = BTreeMap::from(extensions.map(|(k, v)| (k.into(), v.into())));
    assert_eq!(about.extensions, extensions);
}

#[test]
fn structured_data_follows_its_media_type() {
    for (rest, data) in [
        ("", &b""[..]),
        (r#","data":"text""#, br#""text""#),
        (
            r#","datacontenttype":"text/json","data":"text""#,
            br#""text""#,
        ),
        (r#","datacontenttype":"a/b+json","data":null"#, b"null"),
        (r#","datacontenttype":"text/plain","data":"a\nb""#, b"a\nb"),
        (r#","datacontenttype":"text/plain","data":[1]"#, b"[1]"),
        (r#","data_base64":"-_8""#, &[0xfb, 0xff]),
        (
            r#","data_base64":null,"data":12345678901234567890123"#,
            b"12345678901234567890123",
        ),
    ] {
        assert_eq!(structured(rest).data, data, "{rest}");
    }
}

#[test]
fn a_batch_gives_every_event_its_own_id() {
    let event =
        |id: u32| format!(r#"{{"specversion":"1.0","id":"{id}","source":"/s","type":"t"}}"#);
    let batch = format!(
        "content-type: application/cloudevents-batch+json
x-goog-pubsub-message-id: 9
x-goog-pubsub-subscription-name: projects/p/subscriptions/s
traceparent: t

[{},{}]",
        event(1),
        event(2)
    );
    let events = all(&batch).expect("a batch");
    let ids: Vec<_> = events
        .iter()
        .map(|event| event.message_id.as_str())
        .collect();
    assert_eq!(ids, ["1", "2"]);
    for event in &events {
        assert_eq!(event.trace.as_deref(), Some("t"));
        assert_eq!(event.subscription_id(), Some("s"));
    }
}

#[test]
fn a_pubsub_message_may_contain_a_cloud_event() {
    let event = one(&format!(
        "{BINARY}x-goog-pubsub-message-id: 9\nmore: m\n\n{{}}"
    ));
    assert_eq!(event.message_id, "9");
    assert_eq!(event.attributes["more"], "m");
    assert_eq!(event.cloud_event, Some(expected()));
}

const EVENTARC: &str = "ce-specversion: 1.0
ce-id: 7
ce-source: //pubsub.googleapis.com/projects/p/topics/t
ce-type: google.cloud.pubsub.topic.v1.messagePublished
ce-time: 2026-11-22T05:30:52Z
content-type: application/json
";

#[test]
fn the_message_in_an_eventarc_event_is_unwrapped() {
    let event = one(&format!(
        r#"{EVENTARC}
{{"message":{{"data":"aGk","attributes":{{"k":"v"}},"messageId":"8","message_id":"8",
"publishTime":"2026-11-22T05:00:00Z","orderingKey":"o"}},"deliveryAttempt":"2",
"subscription":"projects/p/subscriptions/s"}}"#
    ));
    assert_eq!(
        (event.message_id.as_str(), &event.data[..]),
        ("8", &b"hi"[..])
    );
    assert_eq!(event.publish_time, at("2026-11-22T05:00:00Z"));
    assert_eq!(event.attributes["k"], "v");
    assert_eq!(event.ordering_key.as_deref(), Some("o"));
    assert_eq!(event.delivery_attempt, Some(2));
    assert_eq!(event.subscription_id(), Some("s"));
    let about = event.cloud_event.expect("an event");
    assert_eq!(about.source, "//pubsub.googleapis.com/projects/p/topics/t");
}

#[test]
fn fields_missing_in_an_eventarc_message_come_from_the_event() {
    let event = one(&format!(r#"{EVENTARC}{}{{"message":{{"data":""}}}}"#, "\n"));
    assert_eq!(event.message_id, "7");
    assert_eq!(event.publish_time, at("2026-11-22T05:30:52Z"));
    assert!(fault(EVENTARC).contains("EOF"));
}

/// The conformance suite's "event in, event out", with its message in its form.
#[test]
fn a_pubsub_event_is_encoded_as_received() {
    let whole = json!({
        "specversion": "1.0",
        "type": "google.cloud.pubsub.topic.v1.messagePublished",
        "source": "//pubsub.googleapis.com/projects/p/topics/t",
        "id": "7",
        "time": "2020-09-29T11:32:00.123Z",
        "datacontenttype": "application/json",
        "data": {
            "subscription": "projects/p/subscriptions/s",
            "message": {
                "@type": "type.googleapis.com/google.pubsub.v1.PubsubMessage",
                "messageId": "7",
                "publishTime": "2020-09-29T11:32:00.123Z",
                "attributes": {"k": "v"},
                "data": "AQIDBA=="
            }
        }
    });
    let event = one(&format!(
        "content-type: application/cloudevents+json\n\n{whole}"
    ));
    assert_eq!(event.data, &[1, 2, 3, 4][..]);
    let text = encode::structured(&event).expect("an event");
    assert_eq!(serde_json::from_slice::<Value>(&text).expect("JSON"), whole);
    let (headers, body) = encode::binary(&event).expect("an event");
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(
        serde_json::from_slice::<Value>(&body).expect("JSON"),
        whole["data"]
    );
}

#[test]
fn binary_values_are_escaped() {
    let event = one(BINARY);
    let (headers, _) = encode::binary(&event).expect("an event");
    assert_eq!(headers["ce-subject"], "objects/a%20%E2%82%AC%25.txt");
    assert_eq!(headers["ce-bucket"], "b%20%22quoted%22");
    assert_eq!(headers["ce-specversion"], "1.0");
    assert_eq!(headers["content-type"], "application/json; charset=utf-8");
    assert_eq!(headers.len(), 10);
}

#[test]
fn data_is_encoded_byte_for_byte() {
    for data in [" {} ", "{", "", "\u{0}"] {
        let mut event = one(BINARY);
        event.data = data.into();
        let text = encode::structured(&event).expect("an event");
        let text = String::from_utf8(text).expect("JSON");
        let again = one(&format!(
            "content-type: application/cloudevents+json\n\n{text}"
        ));
        assert_eq!(again.data, data);
    }
}

#[test]
fn an_event_that_cannot_be_encoded_is_an_error() {
    use encode::EncodeError;
    let with = |name: &str| {
        let mut event = one(BINARY);
        let about = event.cloud_event.as_mut().expect("an event");
        about.extensions.insert(name.into(), "v".into());
        event
    };
    assert_eq!(
        encode::structured(&Envelope::default()),
        Err(EncodeError::NoCloudEvent)
    );
    for name in ["data", "id", "datacontenttype"] {
        assert_eq!(
            encode::binary(&with(name)),
            Err(EncodeError::ExtensionName(name.into()))
        );
        assert_eq!(
            encode::structured(&with(name)),
            Err(EncodeError::ExtensionName(name.into()))
        );
    }
    for name in ["a b", "Upper"] {
        assert_eq!(
            encode::binary(&with(name)),
            Err(EncodeError::ExtensionName(name.into()))
        );
    }
    let mut event = one(BINARY);
    for i in 0..40_000 {
        let about = event.cloud_event.as_mut().expect("an event");
        about.extensions.insert(format!("e{i}"), "v".into());
    }
    assert_eq!(encode::binary(&event), Err(EncodeError::TooManyExtensions));
    let mut event = one(BINARY);
    let media = "application/cloudevents+json";
    event
        .cloud_event
        .as_mut()
        .expect("an event")
        .data_content_type = Some(media.into());
    assert_eq!(
        encode::binary(&event),
        Err(EncodeError::MediaType(media.into()))
    );
}
