use super::*;
use crate::captured_log::logged;
use serde_json::json;

#[test]
fn a_log_line_has_the_fields_of_cloud_logging() {
    let lines = logged(|| {
        let span = tracing::info_span!(
            "delivery",
            function = "hello",
            trace = "abc",
            span_id = "def",
            trace_sampled = true,
            tries = 1,
            event.age_ms = tracing::field::Empty
        );
        span.record("event.age_ms", 7);
        span.in_scope(|| {
            tracing::info_span!("inner", tries = 2, deep = -1).in_scope(|| {
                tracing::warn!(job.id = "train", half = 0.5, "say \"{}\"\n\u{1}", "so");
                tracing::info!(tries = 3, nan = f64::NAN, "again");
            });
        });
    });
    let [warning, info] = lines.as_slice() else {
        panic!("two lines, not {lines:?}");
    };
    for (name, value) in [
        ("severity", json!("WARNING")),
        ("message", json!("say \"so\"\n\u{1}")),
        ("timestamp", json!("1970-01-01T00:00:00Z")),
        ("job.id", json!("train")),
        ("half", json!(0.5)),
        ("tries", json!(2)),
        ("deep", json!(-1)),
        ("event.age_ms", json!(7)),
        (
            "logging.googleapis.com/trace",
            json!("projects/demo-project/traces/abc"),
        ),
        ("logging.googleapis.com/spanId", json!("def")),
        ("logging.googleapis.com/trace_sampled", json!(true)),
        (
            "logging.googleapis.com/labels",
            json!({"function": "hello"}),
        ),
    ] {
        assert_eq!(warning[name], value, "{name}");
    }
    assert!(warning["logging.googleapis.com/sourceLocation"]["line"].is_string());
    assert!(warning.get("@type").is_none());
    assert_eq!((&info["tries"], &info["nan"]), (&json!(3), &json!("NaN")));
    assert_eq!(info["severity"], "INFO");
}

#[test]
fn an_error_has_its_source_location() {
    let lines = logged(|| {
        let span = tracing::info_span!("delivery", function = "hello");
        span.in_scope(|| tracing::error!("worse"));
        tracing::error!(bug.file = "src/guest.rs", bug.line = 7, "worst");
    });
    for line in &lines {
        assert_eq!(line["severity"], "ERROR");
        assert_eq!(line["@type"], line::REPORTED);
    }
    let place = |i: usize| &lines[i]["context"]["reportLocation"];
    assert_eq!(place(0)["filePath"], file!());
    assert!(place(0)["lineNumber"].is_u64());
    assert_eq!(lines[0]["serviceContext"]["service"], "hello");
    assert_eq!(place(1)["filePath"], "src/guest.rs");
    assert_eq!(place(1)["lineNumber"], 7);
}
