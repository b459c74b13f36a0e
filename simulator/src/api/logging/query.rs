//! Filters of log entries, in Cloud Logging's query language
//! (<https://cloud.google.com/logging/docs/view/logging-query-language>).
//!
//! Understood: comparisons with `=`, `!=`, `:`, `<`, `<=`, `>` and `>=`, groups
//! of values (`a=(b OR c)`), names of fields in quotes (`labels."a.b"`), text in
//! any field, AND, OR, NOT, `-` and parentheses, severities in their order,
//! letters in any case, `log_id()`. Refused: regular expressions, other
//! functions, comments.

use crate::{ApiError, collection::Filter};
use serde_json::Value;

/// In their order. Source: `LogSeverity` in Google's API.
const SEVERITIES: [&str; 9] = [
    "default",
    "debug",
    "info",
    "notice",
    "warning",
    "error",
    "critical",
    "alert",
    "emergency",
];

/// Parses a filter; an empty one matches everything.
///
/// # Errors
/// 400 if it is invalid, 501 if it has what is not simulated.
pub(super) fn parse(text: &str) -> Result<Filter, ApiError> {
    let text = &expand_log_ids(text);
    if let Some(what) = unsimulated(text) {
        return Err(ApiError::unimplemented(format!(
            "{what} in filters of log entries are not simulated: {text}"
        )));
    }
    // How the message goes on is unverified.
    let filter = Filter::parse(text, &|| format!("Unparseable filter: {text}"))?;
    Ok(filter.map_values(&comparable))
}

/// Whether a filter of [`parse`] matches a log entry.
pub(super) fn matches(filter: &Filter, entry: &Value) -> bool {
    filter.matches(&comparable_entry(&[], entry))
}

/// `log_id("a/b")` is the end of the name of a log.
fn expand_log_ids(text: &str) -> String {
    let mut parts = text.split("log_id(");
    let mut expanded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (id, rest) = part.split_once(')').unwrap_or((part, ""));
        let id = id.trim().trim_matches('"').replace('/', "%2F");
        expanded.push_str(&format!("logName=\"*/logs/{id}\"{rest}"));
    }
    expanded
}

fn unsimulated(text: &str) -> Option<&'static str> {
    // The parts that are not in quotes.
    let parts: Vec<&str> = text.split('"').step_by(2).collect();
    let has = |sign| parts.iter().any(|part| part.contains(sign));
    let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
    let calls = |part: &&str| part.split('(').rev().skip(1).any(|f| f.ends_with(is_name));
    if has("=~") || has("!~") {
        Some("regular expressions")
    } else if has("--") {
        Some("comments")
    } else if parts.iter().any(calls) {
        Some("functions")
    } else {
        None
    }
}

/// A value in the form in which values are compared: severities as numbers,
/// all else in small letters.
fn comparable(field: &[String], value: &str) -> String {
    let value = value.to_lowercase();
    let index = SEVERITIES.iter().position(|name| *name == value);
    match (field, index) {
        ([field], Some(index)) if field == "severity" => (index * 100).to_string(),
        _ => value,
    }
}

fn comparable_entry(field: &[String], value: &Value) -> Value {
    match value {
        Value::String(text) => comparable(field, text).into(),
        Value::Array(items) => {
            let items = items.iter().map(|item| comparable_entry(field, item));
            items.collect()
        }
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| {
                let field = [field, std::slice::from_ref(name)].concat();
                (name.clone(), comparable_entry(&field, value))
            })
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn entries_match_or_not() {
        let entry = json!({
            "logName": "projects/p/logs/cloudaudit.googleapis.com%2Fsystem_event",
            "severity": "WARNING",
            "timestamp": "2026-11-29T10:00:00Z",
            "labels": { "compute.googleapis.com/name": "vm" },
            "resource": { "type": "gce_instance", "labels": { "zone": "us-central1-a" } },
            "protoPayload": { "methodName": "compute.instances.hostError" },
        });
        for (filter, matched) in [
            ("", true),
            (
                "logName=\"projects/p/logs/cloudaudit.googleapis.com%2Fsystem_event\"",
                true,
            ),
            ("logName:cloudaudit", true),
            ("resource.type=\"GCE_Instance\"", true),
            (
                "resource.type=gce_instance AND\nresource.labels.zone=us-central1-b",
                false,
            ),
            (
                "protoPayload.methodName=(\"compute.instances.preempted\" OR \"compute.instances.hostError\")",
                true,
            ),
            ("NOT protoPayload.methodName:hosterror", false),
            ("-jsonPayload.x=1", true),
            ("severity>=ERROR", false),
            ("severity>=notice", true),
            ("severity=(INFO OR WARNING)", true),
            ("timestamp>=\"2026-11-29T09:00:00Z\"", true),
            ("\"a--b =~ f(x) c.\"", false),
            ("HOSTERROR", true),
            (
                "log_id(\"cloudaudit.googleapis.com/system_event\") AND severity=WARNING",
                true,
            ),
            ("log_id(event)", false),
            ("labels.\"compute.googleapis.com/name\"=vm", true),
            ("labels.\"compute.googleapis.com\".name=vm", false),
        ] {
            let parsed = parse(filter).expect(filter);
            assert_eq!(matches(&parsed, &entry), matched, "{filter}");
        }
    }

    #[test]
    fn what_is_not_simulated_is_refused() {
        for (filter, word) in [
            ("a=~\"b.*\"", "regular expressions"),
            ("a!~b", "regular expressions"),
            ("a=b -- why", "comments"),
            ("sample(insertId, 0.5)", "functions"),
            ("a=b AND source(\"x\")", "functions"),
            ("a=", "Unparseable filter"),
        ] {
            let error = parse(filter).expect_err(filter);
            assert!(error.message.contains(word), "{filter}: {}", error.message);
        }
    }
}
