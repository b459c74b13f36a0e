//! A complete function in one file: it logs a greeting for each event.
//!
//! `GROUNDCREW_PUSH_AUTH=off GREETING=hello cargo run -p runtime --example hello`,
//! then POST an event in any form, such as `{"name": "Ada"}`.

use events::{DecodeError, Envelope};
use gcp::{Class, Classify};
use names::EnvVar;
use runtime::{Delivery, Function, Outcome};
use serde::Deserialize;
use std::{convert::Infallible, process::ExitCode};

#[derive(Deserialize)]
struct Config {
    greeting: String,
}

struct Hello(String);

#[derive(Deserialize)]
struct Guest {
    name: String,
}

impl TryFrom<&Envelope> for Guest {
    type Error = DecodeError;

    fn try_from(envelope: &Envelope) -> Result<Self, DecodeError> {
        envelope.json("guest")
    }
}

impl Function for Hello {
    const NAME: &'static str = "hello";
    const VARIABLES: &'static [EnvVar] = &[EnvVar::required(
        "GREETING",
        "good morning",
        "what guests are told",
    )];
    type Event = Guest;
    type Error = Never;

    async fn handle(&self, guest: Guest, _: &Delivery) -> Result<Outcome, Never> {
        tracing::info!(guest.name = guest.name, "{}", self.0);
        Ok(Outcome::Done)
    }
}

/// Greeting cannot fail; a function that can has one variant per way.
#[derive(Debug, thiserror::Error)]
#[error("never")]
struct Never(Infallible);

impl Classify for Never {
    fn class(&self) -> Class {
        match self.0 {}
    }
}

fn main() -> ExitCode {
    runtime::main(|config: &Config, _| Hello(config.greeting.clone()))
}
