//! Conditions of bindings, in CEL.
//!
//! `request.time`, `timestamp(…)` and `duration(…)` are numbers of
//! microseconds. Comparison and addition are as in CEL, but there are no
//! methods (`getHours`). A condition that uses one, or fails to evaluate for
//! another reason, grants nothing.

use crate::iam::Resource;
use cel::{Context, Env, ExecutionError, Program, Value, extractors::This};
use names::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

/// A condition of a binding (`google.type.Expr`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Condition {
    pub(crate) expression: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) description: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) location: String,
    #[serde(skip)]
    compiled: Compiled,
}

/// The compiled expression. It is ignored when conditions are compared.
#[derive(Debug, Clone, Default)]
struct Compiled(OnceLock<Option<Arc<Program>>>);

impl PartialEq for Compiled {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Condition {
    pub(crate) fn new(expression: &str) -> Self {
        Self {
            expression: expression.to_owned(),
            title: "seeded".to_owned(),
            ..Self::default()
        }
    }

    /// Whether the expression is valid.
    pub(crate) fn compiles(&self) -> bool {
        self.program().is_some()
    }

    fn program(&self) -> Option<&Arc<Program>> {
        let compile = || Program::compile(&self.expression).ok().map(Arc::new);
        self.compiled.0.get_or_init(compile).as_ref()
    }

    /// Whether the condition is true for `resource` at `now`.
    pub(crate) fn holds(&self, resource: &Resource, now: Timestamp) -> bool {
        let evaluate = || {
            let context = context(resource, now).ok()?;
            self.program()?.execute(&context).ok()
        };
        evaluate() == Some(Value::Bool(true))
    }
}

fn context(
    resource: &Resource,
    now: Timestamp,
) -> Result<Context<'static, 'static>, cel::DeclarationError> {
    // Building the standard functions takes longer than evaluating with them.
    static STANDARD: OnceLock<Arc<Env>> = OnceLock::new();
    let standard = STANDARD.get_or_init(|| Arc::new(Env::stdlib()));
    let mut context = Context::with_env(Arc::clone(standard));
    let kind = format!("{}/{}", resource.service, resource.kind);
    let attributes: HashMap<&str, Value> = HashMap::from([
        ("name", resource.name.clone().into()),
        ("service", resource.service.into()),
        ("type", kind.into()),
    ]);
    context.add_variable_from_value("resource", attributes);
    let request: HashMap<&str, Value> = HashMap::from([("time", now.as_micros().into())]);
    context.add_variable_from_value("request", request);
    context.add_function("timestamp", timestamp)?;
    context.add_function("duration", duration)?;
    context.add_function("extract", extract)?;
    Ok(context)
}

fn timestamp(text: Arc<String>) -> Result<i64, ExecutionError> {
    let at: Result<Timestamp, _> = text.parse();
    at.map(Timestamp::as_micros)
        .map_err(|e| ExecutionError::function_error("timestamp", e))
}

/// Parses `"90s"` or `"1.5h"`: a number and one of the units h, m, s.
fn duration(text: Arc<String>) -> Result<i64, ExecutionError> {
    let invalid =
        || ExecutionError::function_error("duration", format!("{text:?} is not a duration"));
    let unit = text.chars().last().ok_or_else(invalid)?;
    let micros = match unit {
        'h' => 3_600_000_000.0,
        'm' => 60_000_000.0,
        's' => 1_000_000.0,
        _ => return Err(invalid()),
    };
    let count: f64 = text[..text.len() - 1].parse().map_err(|_| invalid())?;
    #[expect(clippy::cast_possible_truncation, reason = "`as` saturates")]
    Ok((count * micros) as i64)
}

/// IAM's own function: `"a/b/c".extract("a/{x}/")` is `b`; the empty string if
/// nothing matches.
fn extract(This(text): This<Arc<String>>, template: Arc<String>) -> Result<Value, ExecutionError> {
    let parts = template.split_once('{').and_then(|(before, rest)| {
        let (_, after) = rest.split_once('}')?;
        Some((before, after))
    });
    let Some((before, after)) = parts else {
        return Err(ExecutionError::function_error(
            "extract",
            "the template has no {…}",
        ));
    };
    let found = text
        .split_once(before)
        .map(|(_, rest)| rest)
        .and_then(|rest| match after {
            "" => Some(rest),
            _ => rest.split_once(after).map(|(found, _)| found),
        });
    Ok(found.unwrap_or_default().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_hold_fail_or_break() {
        let name = "projects/_/buckets/b/objects/jobs/j1/exit.json";
        let object = Resource::new("storage.googleapis.com", "Object", name);
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().expect("valid");
        for (expression, holds) in [
            (
                "resource.name.startsWith('projects/_/buckets/b/objects/jobs/j1/')",
                true,
            ),
            (
                "resource.name.startsWith('projects/_/buckets/b/objects/jobs/j2/')",
                false,
            ),
            (
                "resource.name.endsWith('.json') && resource.service == 'storage.googleapis.com'",
                true,
            ),
            ("resource.type == 'storage.googleapis.com/Object'", true),
            (
                "resource.type != 'storage.googleapis.com/Object' || false",
                false,
            ),
            ("resource.name.extract('/jobs/{job}/') == 'j1'", true),
            (
                "resource.name.extract('buckets/b/{rest}') == 'objects/jobs/j1/exit.json'",
                true,
            ),
            ("resource.name.extract('nowhere/{job}/') == ''", true),
            ("resource.name.extract('no braces') == ''", false),
            ("request.time < timestamp('2026-11-22T12:00:01Z')", true),
            ("request.time < timestamp('2026-11-22T12:00:00Z')", false),
            (
                "request.time < timestamp('2026-11-22T11:00:00Z') + duration('2h')",
                true,
            ),
            ("request.time < timestamp('tomorrow')", false),
            ("request.time.getHours('Europe/Berlin') == 13", false),
            ("resource.labels.team == 'x'", false),
            ("'true'", false),
            ("1 +", false),
        ] {
            assert_eq!(
                Condition::new(expression).holds(&object, now),
                holds,
                "{expression}"
            );
        }
        assert!(!Condition::new("1 +").compiles());
    }
}
