//! Configuration from the environment, with all faults reported together.

use names::EnvVar;
use serde::{
    Deserializer,
    de::{DeserializeOwned, Visitor, value::Error as Stop},
    forward_to_deserialize_any,
};
use std::{cell::RefCell, collections::BTreeMap};
use thiserror::Error;

/// Everything that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", faults.join("\n"))]
pub struct ConfigError {
    /// One fault each, beginning with the variable's name.
    pub faults: Vec<String>,
}

/// Reads `T` from the environment: each field from the variable of its name in
/// upper case. A variable that is blank counts as unset, and one that is unset
/// has its default. `variables` is the list of them: the example of one at fault
/// stands in for it, so that the next fault is found.
///
/// # Errors
/// Every variable that is missing or malformed, with its value: give a secret
/// a type whose errors do not show it.
pub fn read<T: DeserializeOwned>(variables: &[EnvVar]) -> Result<T, ConfigError> {
    read_from(environment(), variables, |_| Vec::new())
}

/// The names of the variables that a struct is read from, in its order: what
/// a test compares a list of [`EnvVar`]s with.
#[must_use]
pub fn variables_of<T: DeserializeOwned>() -> Vec<String> {
    let mut names = Vec::new();
    // Always an error: that the names are known.
    let _ = T::deserialize(FieldNames(&mut names));
    names
}

/// Collects the names of the fields that a struct deserializes.
struct FieldNames<'a>(&'a mut Vec<String>);

impl<'de> Deserializer<'de> for FieldNames<'_> {
    type Error = Stop;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Stop> {
        self.0.extend(fields.iter().map(|name| name.to_uppercase()));
        Err(serde::de::Error::custom("the names are known"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string
        bytes byte_buf option unit unit_struct newtype_struct seq tuple
        tuple_struct map enum identifier ignored_any
    }
}

pub(crate) fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// As [`read()`], from `values`; `check` returns what is wrong with the whole.
///
/// # Errors
/// As [`read()`], and what `check` returns.
pub fn read_from<T: DeserializeOwned>(
    values: impl IntoIterator<Item = (String, String)>,
    variables: &[EnvVar],
    check: impl Fn(&T) -> Vec<String>,
) -> Result<T, ConfigError> {
    let values: BTreeMap<String, String> = values.into_iter().collect();
    let missing = missing_on_cloud_run(&values, variables);
    let (value, mut faults) = read_with_examples(values, variables);
    faults.extend(missing);
    let whole = value.as_ref().map(&check).unwrap_or_default();
    // A fault of an example is not reported again.
    let said = |fault: &String| faults.iter().any(|f: &String| same_variable(f, fault));
    let more: Vec<String> = whole.into_iter().filter(|fault| !said(fault)).collect();
    faults.extend(more);
    match value {
        Some(value) if faults.is_empty() => Ok(value),
        _ => Err(ConfigError { faults }),
    }
}

/// What is missing although Cloud Run, which sets `K_SERVICE`, needs it.
fn missing_on_cloud_run(values: &BTreeMap<String, String>, variables: &[EnvVar]) -> Vec<String> {
    let is_set = |name: &str| values.get(name).is_some_and(|v| !v.trim().is_empty());
    let is_missing = |variable: &&EnvVar| variable.required_on_cloud_run && !is_set(variable.name);
    let missing = variables.iter().filter(is_missing);
    let missing = missing.filter(|_| is_set("K_SERVICE"));
    missing
        .map(|variable| format!("{} is not set: {}", variable.name, variable.meaning))
        .collect()
}

fn same_variable(one: &str, other: &str) -> bool {
    let name = |fault: &str| fault.split([':', ' ']).next().map(str::to_owned);
    name(one) == name(other)
}

/// Reads `T` with an example in place of each variable that is missing or
/// malformed, and says which those are. A default is no fault.
pub(crate) fn read_with_examples<T: DeserializeOwned>(
    values: impl IntoIterator<Item = (String, String)>,
    variables: &[EnvVar],
) -> (Option<T>, Vec<String>) {
    let not_blank = |(name, value): (String, String)| {
        let value = value.trim();
        (!value.is_empty()).then(|| (name, value.to_owned()))
    };
    let defaults = variables
        .iter()
        .filter_map(|variable| Some((variable.name.to_owned(), variable.default?.to_owned())));
    // Of two values of one name the later counts.
    let mut values: BTreeMap<String, String> = defaults
        .chain(values.into_iter().filter_map(not_blank))
        .filter_map(not_blank)
        .collect();
    let mut faulty: BTreeMap<String, String> = BTreeMap::new();
    let (value, more) = loop {
        let (name, fault) = match attempt(&values) {
            Ok(value) => break (Some(value), None),
            Err((Some(name), fault)) => (name, fault),
            Err((None, fault)) => break (None, Some(fault)),
        };
        let known = variables.iter().find(|variable| variable.name == name);
        let again = faulty.contains_key(&name);
        faulty.entry(name.clone()).or_insert(fault);
        match known {
            Some(variable) if !again => values.insert(name, variable.example.to_owned()),
            Some(_) | None => break (None, Some("there may be more faults".to_owned())),
        };
    };
    (value, faulty.into_values().chain(more).collect())
}

/// Reads `T`; the error names the variable at fault, if it is one.
fn attempt<T: DeserializeOwned>(
    variables: &BTreeMap<String, String>,
) -> Result<T, (Option<String>, String)> {
    // envy reads one variable at a time, so the last that it took is at fault.
    let last = RefCell::new(None);
    let mut rest = variables.iter();
    let taken = std::iter::from_fn(|| {
        let next = rest.next();
        last.replace(next.map(|(name, _)| name.clone()));
        next.map(|(name, value)| (name.clone(), value.clone()))
    });
    let error = match envy::from_iter(taken) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    Err(match error {
        envy::Error::MissingValue(name) => {
            let name = name.to_uppercase();
            let fault = format!("{name} is not set");
            (Some(name), fault)
        }
        envy::Error::Custom(fault) => match last.take() {
            Some(name) => {
                let fault = format!("{name}: {fault}");
                (Some(name), fault)
            }
            None => (None, fault),
        },
    })
}
