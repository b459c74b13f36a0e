//! Deliveries whose decoding is measured: headers and body, as sent.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

/// A request's headers and body.
pub type Delivery = (HeaderMap, Bytes);

/// The trace that every delivery belongs to.
const TRACE: (&str, &str) = (
    "traceparent",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
);
/// The data of [`push`], in JSON.
const DATA: &str = r#"{"name":"train-resnet-2026-11-22","machine":"n2-standard-4"}"#;

/// The 675 bytes that `frameworks.sh` sends: a wrapped push.
#[must_use]
pub fn push() -> Delivery {
    let body = include_str!("../push.json").trim_end();
    (headers(&[TRACE]), body.into())
}

/// A wrapped push of `length` bytes of data, before base64.
#[must_use]
pub fn push_of(length: usize) -> Delivery {
    let data: Vec<u8> = (0..=u8::MAX).cycle().take(length).collect();
    let data = STANDARD.encode(data);
    let body = format!(
        r#"{{"message":{{"data":"{data}","messageId":"7","message_id":"7"}},"subscription":"projects/groundcrew-local/subscriptions/hello"}}"#
    );
    (headers(&[TRACE]), body.into())
}

/// A push without a wrapper, its metadata in headers.
#[must_use]
pub fn unwrapped() -> Delivery {
    let headers = headers(&[
        TRACE,
        ("x-goog-pubsub-message-id", "13378642519073458"),
        ("x-goog-pubsub-publish-time", "2026-11-22T05:30:52.481Z"),
        ("x-goog-pubsub-ordering-key", "train-resnet-2026-11-22"),
        (
            "x-goog-pubsub-subscription-name",
            "projects/groundcrew-local/subscriptions/hello",
        ),
        ("kind", "job-queued"),
    ]);
    (headers, DATA.into())
}

/// Eventarc's CloudEvent in binary mode: attributes in headers, and the push
/// of [`push`] as its data.
#[must_use]
pub fn cloud_event() -> Delivery {
    let headers = headers(&[
        TRACE,
        ("content-type", "application/json"),
        ("ce-id", "13378642519073458"),
        (
            "ce-source",
            "//pubsub.googleapis.com/projects/groundcrew-local/topics/job-queued",
        ),
        ("ce-specversion", "1.0"),
        ("ce-type", "google.cloud.pubsub.topic.v1.messagePublished"),
        ("ce-time", "2026-11-22T05:30:52.481Z"),
    ]);
    (headers, push().1)
}

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    let header = |&(name, value)| {
        (
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    };
    pairs.iter().map(header).collect()
}
