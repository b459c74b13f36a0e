//! Invalid deliveries: each is an error that names the faulty field.

use crate::{each, fault, one};
use events::{DecodeError, Envelope, MalformedEvent, decode};
use http::{HeaderMap, HeaderValue};

#[track_caller]
fn names(text: &str, parts: &[&str]) {
    let fault = fault(text);
    for part in parts {
        assert!(fault.contains(part), "{part:?} is not in {fault:?}");
    }
}

fn bytes(body: &[u8]) -> Result<Vec<Result<Envelope, MalformedEvent>>, DecodeError> {
    decode(&HeaderMap::new(), &body.to_vec().into())
}

#[test]
fn an_empty_body_is_an_error() {
    names("", &["request body", "empty"]);
    names("content-type: application/json\n\n \n", &["empty"]);
}

#[test]
fn a_message_that_is_not_an_object_is_an_error() {
    for (value, kind) in [
        ("null", "null"),
        ("[]", "sequence"),
        (r#"["",{},"7","7","","",""]"#, "sequence"),
    ] {
        names(
            &format!("\n{{\"message\":{value}}}"),
            &["push body: message: invalid type", kind],
        );
    }
    let text = "\n{\"message\":\"m\",\"subscription\":\"s\"}";
    names(text, &["push body: message: invalid type", "an object"]);
}

#[test]
fn a_message_with_invalid_fields_is_an_error() {
    for (message, parts) in [
        (r#"{}"#, &["message.data", "attributes"][..]),
        (r#"{"data":""}"#, &["message.messageId is missing"]),
        (
            r#"{"data":"","messageId":""}"#,
            &["message.messageId is missing"],
        ),
        (r#"{"data":"","messageId":7}"#, &["message.messageId"]),
        (
            r#"{"data":"","messageId":"7","publishTime":"noon"}"#,
            &["message.publishTime"],
        ),
        (
            r#"{"data":"a","messageId":"7"}"#,
            &["message.data", "Invalid input length"],
        ),
        (
            r#"{"data":"+_8=","messageId":"7"}"#,
            &["message.data", "Invalid symbol 43"],
        ),
        (
            r#"{"data":"§","messageId":"7"}"#,
            &["message.data", "Invalid symbol"],
        ),
        (
            r#"{"data":{},"messageId":"7"}"#,
            &["message.data", "base64"],
        ),
        (
            r#"{"attributes":{"k":1},"messageId":"7"}"#,
            &["message.attributes.k", "integer"],
        ),
        (
            r#"{"attributes":["k"],"messageId":"7"}"#,
            &["message.attributes", "an object"],
        ),
        (
            r#"{"attributes":{"k":"1","k":"2"},"messageId":"7"}"#,
            &["message.attributes", "duplicate key \"k\""],
        ),
        (
            r#"{"messageId":"7","messageId":"8"}"#,
            &["message", "duplicate field `messageId`"],
        ),
        (
            r#"{"data":"\ud800","messageId":"7"}"#,
            &["message.data", "hex escape"],
        ),
    ] {
        names(&format!("\n{{\"message\":{message}}}"), parts);
    }
}

#[test]
fn a_delivery_attempt_that_is_not_a_number_is_an_error() {
    for attempt in [
        "-1",
        "1e999",
        "99999999999999999999999999",
        "4294967296",
        r#""many""#,
        "[]",
        "1.5",
    ] {
        let text = format!(
            "\n{{\"message\":{{\"data\":\"\",\"messageId\":\"7\"}},\"deliveryAttempt\":{attempt}}}"
        );
        names(&text, &["push body", "deliveryAttempt"]);
    }
}

#[test]
fn a_truncated_push_is_an_error() {
    let whole = r#"{"message":{"data":"eyJhIjoxfQ==","attributes":{"k":"v"},"messageId":"7"},"subscription":"s"}"#;
    assert_eq!(one(&format!("\n{whole}")).message_id, "7");
    for end in r#"{"message""#.len()..whole.len() {
        names(&format!("\n{}", &whole[..end]), &["push body"]);
    }
    names(
        &format!("\n{whole}{whole}"),
        &["push body", "trailing characters"],
    );
    // Before its name can be seen, only the sender can say that it is broken.
    names(
        "content-type: application/json\n\n{\"mess",
        &["request body", "EOF"],
    );
}

#[test]
fn text_that_is_not_utf8_is_an_error() {
    let fault =
        bytes(b"{\"message\":{\"data\":\"\",\"messageId\":\"\xff\"}}").expect_err("not UTF-8");
    assert!(
        fault.reason.contains("message.messageId: invalid unicode"),
        "{fault}"
    );
    let fault = bytes(b"{\"message\":{\"messageId\":\"7\",\"attributes\":{\"\xff\":\"\"}}}");
    assert!(
        fault
            .expect_err("not UTF-8")
            .reason
            .contains("message.attributes")
    );
    assert!(bytes(b"\xff\xfe").is_ok(), "data may be anything");
}

#[test]
fn deeply_nested_json_does_not_overflow_the_stack() {
    let deep = 100_000;
    let open = |text: &str| text.repeat(deep);
    names(
        &format!("\n{{\"message\":{}", open("[")),
        &["push body: message"],
    );
    names(
        &format!("\n{{\"message\":{}", open("{\"message\":")),
        &["push body: message"],
    );
    let data = format!("{}{}", open("["), "]".repeat(deep));
    // Data is not looked into, so it may be as deep as it likes.
    let event = one(&format!(
        "content-type: application/cloudevents+json\n\n{{\"specversion\":\"1.0\",\"id\":\"7\",\"source\":\"/s\",\"type\":\"t\",\"data\":{data}}}"
    ));
    assert_eq!(event.data, data);
}

const STRUCTURED: &str = "content-type: application/cloudevents+json\n\n";

#[test]
fn an_invalid_cloud_event_is_an_error() {
    for (event, parts) in [
        ("", &["cloud event", "EOF"][..]),
        ("[]", &["cloud event", "an object"]),
        ("{}", &["cloud event: specversion is missing"]),
        (r#"{"specversion":"0.3"}"#, &["specversion: \"0.3\""]),
        (r#"{"specversion":1.0}"#, &["specversion: is not a string"]),
        (r#"{"specversion":"1.0","id":""}"#, &["id is missing"]),
        (
            r#"{"specversion":"1.0","id":"7","id":"8"}"#,
            &["duplicate key \"id\""],
        ),
        (
            r#"{"specversion":"1.0","id":"7","source":"/s"}"#,
            &["type is missing"],
        ),
        (
            r#"{"specversion":"1.0","id":"7","source":"/s","type":"t","time":"noon"}"#,
            &["time: "],
        ),
        (
            r#"{"specversion":"1.0","id":"7","source":"/s","type":"t","e":{}}"#,
            &["e: is neither text"],
        ),
        (
            r#"{"specversion":"1.0","id":"7","source":"/s","type":"t","data_base64":"§"}"#,
            &["data_base64: Invalid"],
        ),
        (
            r#"{"specversion":"1.0","id":"7","source":"/s","type":"t","data_base64":"","data":1}"#,
            &["both"],
        ),
    ] {
        names(&format!("{STRUCTURED}{event}"), parts);
    }
    names(
        "content-type: application/cloudevents+avro\n\nx",
        &["cloudevents+avro is not JSON"],
    );
    names(
        "content-type: application/cloudevents\n\nx",
        &["is not JSON"],
    );
}

#[test]
fn a_bad_event_of_a_batch_is_an_error_of_its_own() {
    const BATCH: &str = "content-type: application/cloudevents-batch+json\n\n";
    let good = r#"{"specversion":"1.0","id":"7","source":"/s","type":"t"}"#;
    names(&format!("{BATCH}[]"), &["event batch: is empty"]);
    names(&format!("{BATCH}{good}"), &["event batch", "a sequence"]);
    names(
        &format!("{BATCH}[{good},7]"),
        &["event batch: [1]", "an object"],
    );
    let message = good.replace(
        r#""t""#,
        r#""google.cloud.pubsub.topic.v1.messagePublished""#,
    );
    let message = message.replace('}', r#","data":{"message":{"data":"§"}}}"#);
    names(
        &format!("{BATCH}[{good},{message}]"),
        &["cloud event data: [1].message.data: Invalid symbol"],
    );
    names(
        &format!("{BATCH}[{good},{{}}]"),
        &["cloud event: [1].specversion is missing"],
    );
    let bad = r#"{"id": "no more"}"#;
    let events = each(&format!("{BATCH}[{bad},{good},7]")).expect("a batch");
    let texts: Vec<_> = events
        .iter()
        .map(|event| match event {
            Ok(envelope) => envelope.message_id.as_str(),
            Err(malformed) => std::str::from_utf8(&malformed.text).expect("JSON"),
        })
        .collect();
    assert_eq!(texts, [bad, "7", "7"]);
    let broken: Vec<_> = events.iter().map(Result::is_err).collect();
    assert_eq!(broken, [true, false, true]);
}

#[test]
fn a_compressed_body_is_refused_for_that_reason() {
    for coding in ["gzip", "br", "GZIP", "identity\ncontent-encoding: deflate"] {
        names(
            &format!("content-encoding: {coding}\n\n\u{1f}\u{8b}"),
            &["request headers: content-encoding: ", "is not supported"],
        );
    }
    one("content-encoding: identity\n\n7");
}

#[test]
fn invalid_headers_are_an_error() {
    let binary = "ce-specversion: 1.0\nce-id: 7\nce-source: /s\nce-type: t\n";
    assert_eq!(one(binary).message_id, "7");
    names("ce-specversion: 1.0\n", &["ce-id is missing"]);
    names("ce-type: t\n", &["ce-specversion is missing"]);
    names(&format!("{binary}ce-time: noon\n"), &["ce-time: "]);
    names(
        &format!("{binary}ce-id: 8\n"),
        &["request headers: ce-id: duplicate header"],
    );
    names(
        &format!("{binary}ce-data: 8\n"),
        &["request headers: ce-data"],
    );
    names(
        &format!("{binary}ce-subject: %FF\n"),
        &["ce-subject: percent-decoded, it is not UTF-8"],
    );
    names(
        "x-goog-pubsub-publish-time: noon\n\nx",
        &["x-goog-pubsub-publish-time: "],
    );
    names(
        "x-goog-pubsub-delivery-attempt: x\n\nx",
        &["x-goog-pubsub-delivery-attempt: \"x\""],
    );

    let odd = HeaderValue::from_bytes(b"\xff").expect("a header");
    for name in ["ce-id", "x-goog-pubsub-message-id", "state"] {
        let mut headers = HeaderMap::new();
        headers.insert("ce-type", HeaderValue::from_static("t"));
        if name == "state" {
            headers.insert("x-cloudscheduler", HeaderValue::from_static("true"));
            headers.remove("ce-type");
        } else if name.starts_with("x-") {
            headers.remove("ce-type");
        }
        headers.insert(name, odd.clone());
        let fault = decode(&headers, &"x".into()).expect_err("not UTF-8");
        assert!(
            fault
                .to_string()
                .contains(&format!("{name}: invalid utf-8")),
            "{fault}"
        );
    }
}
