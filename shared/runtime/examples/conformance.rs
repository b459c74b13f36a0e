//! What functions-framework's conformance suite asks of a function: plain
//! data comes back as it was, a typed request in its answer, a CloudEvent as
//! a CloudEvent.

use bytes::Bytes;
use events::{DecodeError, Envelope, encode};
use gcp::{Class, Classify};
use names::EnvVar;
use runtime::{Delivery, Function, Outcome};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{cell::Cell, process::ExitCode};
use tokio::sync::Notify;

#[derive(Deserialize)]
struct Config {
    /// How many must be in hand before any is answered.
    #[serde(default = "one")]
    company: usize,
}

fn one() -> usize {
    1
}

struct Conformance {
    company: usize,
    arrived: Cell<usize>,
    complete: Notify,
}

enum Request {
    Typed(Value),
    Event(Box<Envelope>),
    Plain(Bytes),
}

impl TryFrom<&Envelope> for Request {
    type Error = DecodeError;

    fn try_from(envelope: &Envelope) -> Result<Self, DecodeError> {
        if envelope.cloud_event.is_some() {
            return Ok(Self::Event(Box::new(envelope.clone())));
        }
        let typed = envelope.json::<Value>("request");
        Ok(
            match typed.ok().filter(|value| value["message"].is_string()) {
                Some(value) => Self::Typed(value),
                None => Self::Plain(envelope.data.clone()),
            },
        )
    }
}

impl Function for Conformance {
    const NAME: &'static str = "conformance";
    const VARIABLES: &'static [EnvVar] = &[EnvVar::with_default(
        "COMPANY",
        "1",
        "how many must be in hand before any is answered",
    )];
    type Event = Request;
    type Error = Unanswerable;

    async fn handle(&self, request: Request, _: &Delivery) -> Result<Outcome, Unanswerable> {
        self.arrived.set(self.arrived.get() + 1);
        self.complete.notify_waiters();
        while self.arrived.get() < self.company {
            self.complete.notified().await;
        }
        let (body, content_type) = match request {
            Request::Typed(value) => {
                let answer = json!({ "payload": value });
                (answer.to_string().into(), "application/json")
            }
            Request::Event(envelope) => {
                let event = encode::structured(&envelope)?;
                (event.into(), "application/cloudevents+json")
            }
            Request::Plain(data) => (data, "application/json"),
        };
        Ok(Outcome::Answer {
            body,
            content_type: content_type.to_owned(),
        })
    }
}

#[derive(Debug, thiserror::Error)]
#[error("writing the event")]
struct Unanswerable(#[from] encode::EncodeError);

impl Classify for Unanswerable {
    fn class(&self) -> Class {
        Class::Invalid
    }
}

fn main() -> ExitCode {
    runtime::main(|config: &Config, _| Conformance {
        company: config.company,
        arrived: Cell::new(0),
        complete: Notify::new(),
    })
}
