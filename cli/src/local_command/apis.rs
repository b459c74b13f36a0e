//! `groundcrew local apis`: what is simulated, beside what Google has.

use crate::out;
use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    process::ExitCode,
};

/// What `groundcrew generate` writes.
#[derive(Deserialize)]
struct GoogleApis<'a> {
    source: &'a str,
    /// By name and version, `pubsub.v1`.
    #[serde(borrow)]
    apis: BTreeMap<&'a str, GoogleApi<'a>>,
}

/// A discovery document.
#[derive(Deserialize)]
struct GoogleApi<'a> {
    revision: &'a str,
    /// `POST /v1/…` by ID.
    #[serde(borrow)]
    methods: BTreeMap<&'a str, &'a str>,
}

/// An API, as it is printed.
#[derive(Debug, Serialize)]
struct SimulatedApi<'a> {
    name: &'a str,
    /// Of Google's discovery document.
    revision: &'a str,
    simulated: usize,
    total: usize,
    methods: Vec<SimulatedMethod<'a>>,
}

#[derive(Debug, Serialize)]
struct SimulatedMethod<'a> {
    id: &'a str,
    /// `POST /v1/…`
    http: &'a str,
    simulated: bool,
}

fn google() -> GoogleApis<'static> {
    let text = include_str!("../../data/google-methods.json");
    serde_json::from_str(text).expect("a test has read the table")
}

fn apis<'a>(google: &'a GoogleApis<'a>) -> Vec<SimulatedApi<'a>> {
    let simulated: BTreeSet<(String, &str)> = simulator::simulated_methods().collect();
    let apis = google.apis.iter().map(|(name, api)| {
        let methods = api.methods.iter().map(|(id, http)| SimulatedMethod {
            id,
            http,
            simulated: simulated.contains(&((*name).to_owned(), *id)),
        });
        let methods: Vec<_> = methods.collect();
        SimulatedApi {
            name,
            revision: api.revision,
            simulated: methods.iter().filter(|method| method.simulated).count(),
            total: methods.len(),
            methods,
        }
    });
    apis.collect()
}

/// `groundcrew local apis`
pub(crate) fn run(asked: Option<&str>, json: bool) -> Result<ExitCode> {
    let google = google();
    let all = apis(&google);
    let is_asked = |api: &&SimulatedApi<'_>| {
        let name = api.name.split('.').next();
        asked.is_none_or(|asked| asked == api.name || Some(asked) == name)
    };
    let shown: Vec<&SimulatedApi<'_>> = all.iter().filter(is_asked).collect();
    if shown.is_empty() {
        let names: Vec<&str> = all.iter().map(|api| api.name).collect();
        bail!(
            "the local cloud does not have {}: it has {}",
            asked.unwrap_or_default(),
            names.join(", ")
        );
    }
    if json {
        out::json(&json!({ "source": google.source, "apis": shown }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut rows = Vec::new();
    for api in shown {
        let count = format!("{} of {} methods", api.simulated, api.total);
        rows.push(vec![api.name.to_owned(), count]);
        if asked.is_some() {
            let is_there = |method: &SimulatedMethod<'_>| match method.simulated {
                true => "yes".to_owned(),
                false => "no".to_owned(),
            };
            let methods = api.methods.iter();
            rows.extend(methods.map(|m| vec![m.id.to_owned(), is_there(m), m.http.to_owned()]));
        }
    }
    out::text(&out::table(&rows))?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_that_is_simulated_is_one_of_googles() {
        let google = google();
        let counted: usize = apis(&google).iter().map(|api| api.simulated).sum();
        let simulated: BTreeSet<_> = simulator::simulated_methods().collect();
        for (document, id) in &simulated {
            let api = google.apis.get(document.as_str());
            assert!(api.is_some_and(|api| api.methods.contains_key(id)), "{id}");
        }
        assert_eq!(counted, simulated.len());
    }
}
