//! `--help` and `--describe`.

use crate::{Function, Settings, environment::read_with_examples};
use gcp::{Request, grants, methods::pubsub};
use names::EnvVar;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::{collections::BTreeMap, fmt::Write};

fn variables<F: Function>() -> impl Iterator<Item = &'static EnvVar> {
    F::VARIABLES.iter().chain(Settings::VARIABLES)
}

/// The table of variables: the function's own, then the runtime's.
pub(crate) fn help<F: Function>() -> String {
    let name = F::NAME;
    let mut text = format!(
        "{name} [--check | --describe | --help]\n\n\
         Serves this function of groundcrew. --check says which variables are missing or\n\
         malformed; --describe prints trigger, identity and permissions as JSON.\n\n"
    );
    let default = |variable: &EnvVar| match variable.default {
        None => "(required)".to_owned(),
        Some(_) if variable.required_on_cloud_run => "(required on Cloud Run)".to_owned(),
        Some("") => "(none)".to_owned(),
        Some(default) => default.to_owned(),
    };
    let widest = |width: fn(&EnvVar, String) -> usize| {
        let widths = variables::<F>().map(|v| width(v, default(v)));
        widths.max().unwrap_or_default()
    };
    let (names, defaults) = (widest(|v, _| v.name.len()), widest(|_, d| d.len()));
    let mut row = |name: &str, default: &str, meaning: &str| {
        writeln!(text, "{name:names$}  {default:defaults$}  {meaning}")
            .expect("a String takes everything");
    };
    row("VARIABLE", "DEFAULT", "MEANING");
    for variable in variables::<F>() {
        row(variable.name, &default(variable), variable.meaning);
    }
    text + &format!(
        "\nExamples:\n  \
         {name} --check && {name}\n  \
         GROUNDCREW_PUSH_AUTH=off PORT=8080 {name}   for everybody on this machine, and nobody else\n"
    )
}

/// Triggers, identity, permissions and variables as JSON. A variable that `values`
/// lack has the value of its example, so that resources have a name.
pub(crate) fn describe<C: DeserializeOwned, F: Function>(
    values: BTreeMap<String, String>,
    calls: impl Fn(&C) -> Vec<Request>,
) -> String {
    let (settings, _) = read_with_examples::<Settings>(values.clone(), Settings::VARIABLES);
    let (config, _) = read_with_examples::<C>(values, F::VARIABLES);
    let settings = settings.unwrap_or_default();
    let mut requests = config.as_ref().map(calls).unwrap_or_default();
    if let Some(topic) = &settings.dead_letter_topic {
        requests.push(Request::new(&pubsub::PUBLISH).path("topic", topic));
    }
    let permissions: Vec<Value> = grants(&requests)
        .into_iter()
        .map(|(scope, permissions)| {
            let mut grant = json!({ "resource": scope.resource, "permissions": permissions });
            if let Some(condition) = scope.condition {
                grant["condition"] = condition.into();
            }
            grant
        })
        .collect();
    let variables: Vec<Value> = variables::<F>()
        .map(|v| {
            let default = v.default.filter(|default| !default.is_empty());
            json!({
                "name": v.name, "required": v.default.is_none(),
                "required_on_cloud_run": v.default.is_none() || v.required_on_cloud_run,
                "default": default,
                "example": v.example, "meaning": v.meaning,
            })
        })
        .collect();
    let about = json!({
        "function": F::NAME,
        "triggers": F::TRIGGERS,
        "identity": F::NAME,
        "permissions": permissions,
        "time_seconds": settings.delivery_timeout(F::TIME).as_secs(),
        "variables": variables,
    });
    format!("{about:#}\n")
}
