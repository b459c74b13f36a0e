//! Logs as Cloud Logging reads them from standard output: one JSON object a
//! line (Cloud Logging, "Structured logging").

use names::{Clock, ProjectId};
use serde_json::{Map, Value, json};
use std::{
    io::Write,
    sync::{Arc, Mutex, PoisonError},
};
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    EnvFilter, Layer,
    layer::{Context, SubscriberExt},
    registry::LookupSpan,
    util::SubscriberInitExt,
};

/// A tracing layer that writes JSON for Cloud Logging.
///
/// Fields keep their names. An event has the fields of its spans too, inner
/// over outer; the fields `trace` and `span_id` become Cloud Logging's own.
pub struct CloudLogging {
    out: Mutex<Box<dyn Write + Send>>,
    clock: Arc<dyn Clock>,
    project: ProjectId,
}

/// The type that makes Error Reporting take note of a line.
const REPORTED: &str =
    "type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent";

/// Logs to standard output from now on, what `filter` lets through (the
/// syntax of `RUST_LOG`); `project` is whose traces the lines belong to.
/// Does nothing if logging has been started before.
pub fn start_logging(filter: &str, project: &ProjectId, clock: Arc<dyn Clock>) {
    let layer = CloudLogging::new(Box::new(std::io::stdout()), project.clone(), clock);
    let filter = EnvFilter::builder().parse_lossy(filter);
    // An error means that `local` has started it for another function.
    let _ = tracing_subscriber::registry()
        .with(filter)
        .with(layer)
        .try_init();
}

impl CloudLogging {
    /// Writes to `out`.
    #[must_use]
    pub fn new(out: Box<dyn Write + Send>, project: ProjectId, clock: Arc<dyn Clock>) -> Self {
        Self {
            out: Mutex::new(out),
            clock,
            project,
        }
    }
}

/// The fields of a span or an event.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn set(&mut self, field: &Field, value: Value) {
        self.0.insert(field.name().to_owned(), value);
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.set(field, format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field, value.into());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.set(field, crate::chain(value).into());
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for CloudLogging {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut line = Fields::default();
        for span in context
            .event_scope(event)
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .iter()
            .rev()
        {
            if let Some(fields) = span.extensions().get::<Fields>() {
                line.0.extend(fields.0.clone());
            }
        }
        event.record(&mut line);
        let mut line = line.0;
        let meta = event.metadata();
        let own = |name: &str| format!("logging.googleapis.com/{name}");
        if let Some(Value::String(trace)) = line.remove("trace") {
            let trace = format!("projects/{}/traces/{trace}", self.project);
            line.insert(own("trace"), trace.into());
        }
        if let Some(span) = line.remove("span_id") {
            line.insert(own("spanId"), span);
        }
        if let Some(function) = line.get("function") {
            let labels = json!({ "function": function });
            line.insert(own("labels"), labels);
        }
        let level = *meta.level();
        if level == Level::ERROR {
            line.insert("@type".into(), REPORTED.into());
        }
        line.insert("severity".into(), severity(level).into());
        line.insert("timestamp".into(), self.clock.now().to_string().into());
        line.entry("message").or_insert_with(|| meta.name().into());
        line.insert(
            own("sourceLocation"),
            json!({
                "file": meta.file().unwrap_or_default(),
                "line": meta.line().unwrap_or_default().to_string(),
                "function": meta.target(),
            }),
        );
        let mut text = Value::Object(line).to_string();
        text.push('\n');
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        // Where would one report that standard output is gone?
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
}

fn severity(level: Level) -> &'static str {
    match level {
        Level::ERROR => "ERROR",
        Level::WARN => "WARNING",
        Level::INFO => "INFO",
        Level::DEBUG | Level::TRACE => "DEBUG",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::StoppedClock;

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

    #[test]
    fn a_line_is_what_cloud_logging_reads() {
        let sink = Sink::default();
        let project = "demo-project".parse().expect("valid");
        let layer = CloudLogging::new(Box::new(sink.clone()), project, StoppedClock::at(0));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let span = tracing::info_span!(
                "delivery",
                function = "hello",
                trace = "abc",
                event.age_ms = tracing::field::Empty
            );
            span.record("event.age_ms", 7);
            span.in_scope(|| tracing::warn!(job.id = "train", tries = 3, "say \"{}\"", "so"));
            tracing::error!("worse");
        });
        let text = String::from_utf8(sink.0.lock().expect("not poisoned").clone()).expect("text");
        let lines: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        let [warned, failed] = lines.as_slice() else {
            panic!("two lines, not {text}");
        };
        for (name, value) in [
            ("severity", json!("WARNING")),
            ("message", json!("say \"so\"")),
            ("timestamp", json!("1970-01-01T00:00:00Z")),
            ("job.id", json!("train")),
            ("tries", json!(3)),
            ("event.age_ms", json!(7)),
            (
                "logging.googleapis.com/trace",
                json!("projects/demo-project/traces/abc"),
            ),
            (
                "logging.googleapis.com/labels",
                json!({"function": "hello"}),
            ),
        ] {
            assert_eq!(warned[name], value, "{name}");
        }
        assert_eq!(failed["severity"], "ERROR");
        assert_eq!(failed["@type"], REPORTED);
        assert!(failed["logging.googleapis.com/sourceLocation"]["line"].is_string());
    }
}
