use super::*;
use crate::{CloudLogging, stopped_clock::StoppedClock};
use serde_json::Value;
use std::{
    io::Write,
    sync::{Arc, Mutex},
};
use tracing_subscriber::layer::SubscriberExt;

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("not poisoned").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The one line of a delivery that ended so.
fn reported(end: &End) -> Value {
    let sink = Sink::default();
    let layer = CloudLogging::new(Box::new(sink.clone()), None, StoppedClock::at(0));
    let log = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(log, || end.report(7));
    let line = sink.0.lock().expect("not poisoned");
    serde_json::from_slice(&line).expect("one line of JSON")
}

#[test]
fn the_line_of_a_delivery_says_how_it_ended_and_why() {
    let why = || "no quota".to_owned();
    let panic = Panic {
        message: why(),
        location: None,
    };
    for (end, severity, outcome, message) in [
        (
            End::Ignored(why()),
            "INFO",
            "ignored",
            "nothing to do: no quota",
        ),
        (
            End::Retry("transient", why(), None),
            "WARNING",
            "transient",
            "to be delivered again: no quota",
        ),
        (
            End::Recorded(Rejection::Denied, why()),
            "WARNING",
            "denied",
            "recorded as denied: no quota",
        ),
        (
            End::NotRecorded(Rejection::Denied, why()),
            "WARNING",
            "denied",
            "denied, and could not be recorded: no quota",
        ),
        (End::Bug(why()), "ERROR", "bug", "defect: no quota"),
        (
            End::Panicked(panic),
            "ERROR",
            "bug",
            "defect: panic: no quota",
        ),
    ] {
        let line = reported(&end);
        assert_eq!(line["severity"], severity, "{line}");
        assert_eq!(line["outcome"], outcome, "{line}");
        assert_eq!(line["reason"], "no quota", "{line}");
        assert_eq!(line["message"], message, "{line}");
        assert_eq!(line["duration_ms"], 7, "{line}");
    }
    let line = reported(&End::Done);
    assert_eq!(line["outcome"], "done", "{line}");
    assert_eq!(line.get("reason"), None, "{line}");
}
