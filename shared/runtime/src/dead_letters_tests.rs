use super::*;
use serde_json::Value;

const CAUSE: Cause<'static> = Cause {
    function: "hello",
    kind: Rejection::Invalid,
    reason: "no such guest",
    now: Timestamp::from_seconds(0),
};

fn of_event(envelope: &Envelope, cause: &Cause<'_>) -> BTreeMap<String, String> {
    attributes(event_attributes(envelope), cause)
}

#[test]
fn a_record_stays_within_the_limits_of_pubsub() {
    let mut envelope = Envelope {
        message_id: "7".into(),
        ..Envelope::default()
    };
    for i in 0..120 {
        envelope.attributes.insert(format!("a{i:03}"), "v".into());
    }
    let trace = "googclient_traceparent".to_owned();
    envelope.attributes.insert(trace, "t".into());
    let reason = &"§".repeat(2000);
    let all = of_event(&envelope, &Cause { reason, ..CAUSE });
    assert_eq!(all.len(), 100);
    assert_eq!(all["groundcrew-message-id"], "7");
    assert_eq!(all["a000"], "v");
    assert!(all.values().all(|value| value.len() <= 1024));
    assert!(all.keys().all(|name| !name.starts_with("goog")));

    envelope
        .attributes
        .retain(|name, _| name.starts_with("goog"));
    let all = of_event(&envelope, &CAUSE);
    assert_eq!(all["original-googclient_traceparent"], "t");
}

#[test]
fn a_cloud_event_keeps_its_attributes() {
    let event = events::CloudEvent {
        id: "7".into(),
        source: "//storage".into(),
        kind: "finalized".into(),
        extensions: [("bucket".to_owned(), "b".to_owned())].into(),
        ..events::CloudEvent::default()
    };
    let envelope = Envelope {
        cloud_event: Some(event),
        ..Envelope::default()
    };
    let all = of_event(&envelope, &CAUSE);
    for (name, value) in [
        ("ce-id", "7"),
        ("ce-source", "//storage"),
        ("ce-type", "finalized"),
        ("ce-bucket", "b"),
        ("ce-specversion", "1.0"),
    ] {
        assert_eq!(all[name], value, "{name}");
    }
}

#[test]
fn a_body_is_recorded_with_its_headers_but_not_its_token() {
    let mut headers = HeaderMap::new();
    for (name, value) in [("ce-id", "7"), ("authorization", "Bearer secret")] {
        headers.insert(name, value.parse().expect("a value"));
    }
    let about = request_attributes(&headers, &Bytes::from("{"), Some(UnreadLength::Over(9)));
    let all = attributes(about, &CAUSE);
    assert_eq!(all["ce-id"], "7");
    assert_eq!(all["groundcrew-length"], "over 9");
    assert!(!format!("{all:?}").contains("secret"), "{all:?}");
}

#[test]
fn the_lines_of_a_record_are_short_and_make_a_message() {
    let data: Bytes = (0..1 << 20).map(|i: u32| i.to_le_bytes()[0]).collect();
    let message = Message {
        data: data.clone(),
        attributes: (0..100)
            .map(|i| (format!("a{i}"), "\u{1}".repeat(MAX_VALUE)))
            .collect(),
    };
    let lines = lines(&message, &CAUSE);
    let mut whole = Vec::new();
    for (i, line) in lines.lines().enumerate() {
        assert!(line.len() < 250_000, "{}", line.len());
        let line: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(line["record.part"], i + 1);
        assert_eq!(line["record.parts"], lines.lines().count());
        let piece = line["record.data"].as_str().expect("text");
        whole.extend(STANDARD.decode(piece).expect("base64"));
    }
    let whole: Value = serde_json::from_slice(&whole).expect("JSON");
    assert_eq!(whole["data"], STANDARD.encode(&data));
    assert_eq!(whole["attributes"]["a99"], "\u{1}".repeat(MAX_VALUE));
}
