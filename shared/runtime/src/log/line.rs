//! One line of the log.

use super::fields::{LogFields, quote, write};
use names::Timestamp;
use std::ops::Range;
use tracing::{Event, Level, Metadata};

/// The type that makes Error Reporting take note of a line (Error Reporting,
/// "Format errors in logs").
pub(super) const REPORTED: &str =
    "type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent";

/// Keys that the line itself uses; event fields of these names are left out.
const RESERVED: [&str; 6] = [
    "severity",
    "timestamp",
    "message",
    "context",
    "bug.file",
    "bug.line",
];

/// A line being written; its buffers are reused for the next.
#[derive(Default)]
pub(super) struct LogLine {
    json: String,
    own: LogFields,
    /// Names of the fields written so far.
    names: Vec<&'static str>,
    /// The range of `json` that holds the value of `function`.
    function: Option<Range<usize>>,
}

impl LogLine {
    pub(super) fn begin(&mut self, event: &Event<'_>, now: Timestamp, traces: &str) {
        self.json.clear();
        self.own.clear();
        self.names.clear();
        self.names.extend(RESERVED);
        self.function = None;
        event.record(&mut self.own);
        let severity = match *event.metadata().level() {
            Level::ERROR => "ERROR",
            Level::WARN => "WARNING",
            Level::INFO => "INFO",
            Level::DEBUG | Level::TRACE => "DEBUG",
        };
        let begin = format_args!(r#"{{"severity":"{severity}","timestamp":"{now}","message":"#);
        write(&mut self.json, begin);
        match self.own.get("message") {
            Some(message) => self.json.push_str(message),
            None => quote(&mut self.json, format_args!("{}", event.metadata().name())),
        }
        let own = std::mem::take(&mut self.own);
        self.add(&own, traces);
        self.own = own;
    }

    /// Adds the fields that the line does not have yet.
    pub(super) fn add(&mut self, fields: &LogFields, traces: &str) {
        for (name, value) in fields.iter() {
            if self.names.contains(&name) {
                continue;
            }
            self.names.push(name);
            let json = &mut self.json;
            match name {
                "trace" => {
                    let id = value.trim_matches('"');
                    let trace = format_args!(r#","logging.googleapis.com/trace":"{traces}{id}""#);
                    write(json, trace);
                }
                "span_id" => {
                    write(
                        json,
                        format_args!(r#","logging.googleapis.com/spanId":{value}"#),
                    );
                }
                "trace_sampled" => {
                    let sampled =
                        format_args!(r#","logging.googleapis.com/trace_sampled":{value}"#);
                    write(json, sampled);
                }
                _ => {
                    json.push_str(",\"");
                    // Field names are identifiers, dots and the like.
                    json.push_str(name);
                    json.push_str("\":");
                    let start = json.len();
                    json.push_str(value);
                    if name == "function" {
                        self.function = Some(start..json.len());
                    }
                }
            }
        }
    }

    /// The whole line.
    pub(super) fn end(&mut self, meta: &Metadata<'_>) -> &str {
        let function = self.function.clone().map(|at| self.json[at].to_owned());
        let json = &mut self.json;
        if let Some(function) = &function {
            let labels =
                format_args!(r#","logging.googleapis.com/labels":{{"function":{function}}}"#);
            write(json, labels);
        }
        let file = meta.file().unwrap_or_default();
        let line = meta.line().unwrap_or_default();
        if *meta.level() == Level::ERROR {
            write(
                json,
                format_args!(r#","@type":"{REPORTED}","context":{{"reportLocation":{{"filePath":"#),
            );
            match self.own.get("bug.file") {
                Some(file) => json.push_str(file),
                None => quote(json, format_args!("{file}")),
            }
            json.push_str(r#","lineNumber":"#);
            match self.own.get("bug.line") {
                Some(line) => json.push_str(line),
                None => write(json, line),
            }
            json.push_str(r#","functionName":"#);
            quote(json, format_args!("{}", meta.target()));
            json.push_str("}}");
            if let Some(function) = &function {
                write(
                    json,
                    format_args!(r#","serviceContext":{{"service":{function}}}"#),
                );
            }
        }
        json.push_str(r#","logging.googleapis.com/sourceLocation":{"file":"#);
        quote(json, format_args!("{file}"));
        write(json, format_args!(r#","line":"{line}","function":"#));
        quote(json, format_args!("{}", meta.target()));
        json.push_str("}}\n");
        json
    }
}
