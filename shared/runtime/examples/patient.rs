//! A function that takes its time: `wait` milliseconds, after which it writes
//! the event's id into a file. The drain test runs it as a process.

use events::{DecodeError, Envelope};
use gcp::{Class, Classify};
use names::{Duration, EnvVar};
use runtime::{Delivery, Function, Outcome};
use serde::Deserialize;
use std::{fs::OpenOptions, io::Write, path::PathBuf, process::ExitCode};

#[derive(Clone, Deserialize)]
struct Config {
    diary: PathBuf,
}

struct Patient(Config);

#[derive(Deserialize)]
struct Visit {
    wait: u64,
}

impl TryFrom<&Envelope> for Visit {
    type Error = DecodeError;

    fn try_from(envelope: &Envelope) -> Result<Self, DecodeError> {
        envelope.json("visit")
    }
}

#[derive(Debug, thiserror::Error)]
#[error("writing the diary")]
struct Unwritten(#[from] std::io::Error);

impl Classify for Unwritten {
    fn class(&self) -> Class {
        Class::Transient
    }
}

impl Function for Patient {
    const NAME: &'static str = "patient";
    const VARIABLES: &'static [EnvVar] =
        &[EnvVar::required("DIARY", "/tmp/diary", "the file of ids")];
    type Event = Visit;
    type Error = Unwritten;

    async fn handle(&self, visit: Visit, delivery: &Delivery) -> Result<Outcome, Unwritten> {
        tokio::time::sleep(Duration::from_millis(visit.wait)).await;
        let mut diary = OpenOptions::new().append(true).open(&self.0.diary)?;
        let line = format!("{}\n", delivery.envelope.message_id);
        diary.write_all(line.as_bytes())?;
        Ok(Outcome::Done)
    }
}

fn main() -> ExitCode {
    runtime::main(|config: &Config, _| Patient(config.clone()))
}
