//! Every form in which an event arrives, valid and invalid.

mod background;
mod bad_input;
mod cloud_events;
mod delivery;
mod mutants;
mod payloads;
mod pubsub;
mod scheduler;

use events::{DecodeError, Envelope, MalformedEvent, decode};

/// Decodes a delivery in the text format of `delivery::read`.
fn each(text: &str) -> Result<Vec<Result<Envelope, MalformedEvent>>, DecodeError> {
    let (headers, body) = delivery::read(text.as_bytes());
    decode(&headers, &body)
}

/// The events of a delivery, or the first fault in it.
fn all(text: &str) -> Result<Vec<Envelope>, DecodeError> {
    let events = each(text)?.into_iter();
    events.map(|event| event.map_err(|e| e.error)).collect()
}

/// The only event of a delivery.
fn one(text: &str) -> Envelope {
    let mut events = all(text).expect("a legal delivery");
    assert_eq!(events.len(), 1);
    events.remove(0)
}

/// The error of an invalid delivery.
fn fault(text: &str) -> String {
    all(text).expect_err("a broken delivery").to_string()
}

fn at(text: &str) -> Option<names::Timestamp> {
    Some(text.parse().expect("a time"))
}
