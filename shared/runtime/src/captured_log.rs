//! The log of a test.

use crate::{CloudLogging, stopped_clock::StoppedClock};
use names::ProjectId;
use serde_json::Value;
use std::{
    io::Write,
    sync::{Arc, Mutex},
};
use tracing_subscriber::layer::SubscriberExt;

/// What was written.
#[derive(Clone, Default)]
struct CapturedLog(Arc<Mutex<Vec<u8>>>);

impl Write for CapturedLog {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("not poisoned").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The lines that are logged meanwhile.
pub(crate) fn logged(log: impl FnOnce()) -> Vec<Value> {
    let sink = CapturedLog::default();
    let project: ProjectId = "demo-project".parse().expect("valid");
    let layer = CloudLogging::new(Box::new(sink.clone()), project, StoppedClock::at(0));
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), log);
    let text = String::from_utf8(sink.0.lock().expect("not poisoned").clone()).expect("text");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
        .collect()
}
