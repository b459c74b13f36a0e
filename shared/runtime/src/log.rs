//! Logs as Cloud Logging reads them from standard output: one JSON object a
//! line (Cloud Logging, "Structured logging").

mod fields;
mod line;

use crate::panic;
use fields::LogFields;
use line::LogLine;
use names::{Clock, ProjectId};
use std::{
    cell::Cell,
    io::Write,
    sync::{Arc, Mutex, PoisonError},
};
use tracing::{
    Event, Subscriber,
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
/// over outer. `trace`, `span_id` and `trace_sampled` become Cloud Logging's
/// own; `function` becomes a label too. An error is in the form that Error
/// Reporting takes note of, at the place where it was logged, or that the
/// fields `bug.file` and `bug.line` name.
pub struct CloudLogging {
    out: Mutex<Box<dyn Write + Send>>,
    clock: Arc<dyn Clock>,
    /// The prefix of trace names, `projects/{project}/traces/`.
    traces: String,
}

/// Put before the filter, which may say otherwise.
const QUIET: &str = "actix_server=warn,actix_http=off";

/// Starts logging to standard output. `filter` has the syntax of `RUST_LOG`;
/// `project` is the project of the traces. actix-http is silent unless the
/// filter names it: what it reports as an error is a stranger's bad HTTP.
///
/// Does nothing if a subscriber is set already: a binary that wants further
/// layers, such as OpenTelemetry's, sets one with [`CloudLogging`] and those
/// before it calls [`crate::main()`].
pub fn start_logging(filter: &str, project: Option<ProjectId>, clock: Arc<dyn Clock>) {
    let layer = CloudLogging::new(Box::new(std::io::stdout()), project, clock);
    let filter = EnvFilter::builder().parse_lossy(format!("{QUIET},{filter}"));
    // An error means that somebody else has set a subscriber.
    let _ = tracing_subscriber::registry()
        .with(filter)
        .with(layer)
        .try_init();
    panic::watch();
}

impl CloudLogging {
    /// Writes to `out`. Without a project a trace is named by its bare id.
    #[must_use]
    pub fn new(
        out: Box<dyn Write + Send>,
        project: impl Into<Option<ProjectId>>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let traces = |project| format!("projects/{project}/traces/");
        Self {
            out: Mutex::new(out),
            clock,
            traces: project.into().map(traces).unwrap_or_default(),
        }
    }
}

thread_local! {
    /// The last line's buffers, to be used again.
    static REUSED_LINE: Cell<Option<LogLine>> = const { Cell::new(None) };
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for CloudLogging {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = LogFields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<LogFields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut line = REUSED_LINE.take().unwrap_or_default();
        line.begin(event, self.clock.now(), &self.traces);
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(fields) = span.extensions().get::<LogFields>() {
                line.add(fields, &self.traces);
            }
        }
        let text = line.end(event.metadata());
        {
            let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
            // Where would one report that standard output is gone?
            let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        }
        REUSED_LINE.set(Some(line));
    }
}

#[cfg(test)]
#[path = "log_tests.rs"]
mod tests;
