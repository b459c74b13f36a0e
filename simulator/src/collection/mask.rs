//! Changes: which fields of a resource a request replaces.

use super::{kind::Kind, merge::merge, schema::spell};
use crate::{ApiError, Call, discovery::Method};
use serde_json::{Value, json};

/// Which fields an update replaces.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Mask {
    /// These, as paths of fields. What the body does not have is cleared.
    Paths(Vec<Vec<String>>),
    /// Those in the body; objects are merged, null clears.
    Given,
    /// All: the body is the new resource.
    All,
}

/// The field of a request or response that holds the resource, if it is not the
/// resource itself (`{"topic": {…}, "updateMask": "…"}`).
pub(super) fn wrapped_in(kind: &'static Kind, message: Option<&str>) -> Option<&'static str> {
    let facts = kind.facts();
    let message = message.filter(|name| *name != facts.schema_name)?;
    let mut all = facts.document.schema(message).properties.iter();
    let found = all.find(|(_, schema)| schema.reference == Some(facts.schema_name));
    found.map(|(name, _)| *name)
}

impl Mask {
    /// The mask of a request.
    pub(super) fn of(
        kind: &'static Kind,
        method: &'static Method,
        call: &Call,
    ) -> Result<Self, ApiError> {
        let text = match wrapped_in(kind, method.request) {
            // In the query, too, where Ansible and Terraform have it.
            Some(_) => call.body["updateMask"]
                .as_str()
                .or_else(|| call.query("updateMask")),
            None if method.has_query("updateMask") => call.query("updateMask"),
            None if method.http_method == "PATCH" => return Ok(Self::Given),
            None => return Ok(Self::All),
        };
        match text.unwrap_or_default() {
            "" if method.http_method == "PUT" => Ok(Self::All),
            "" => match kind.required_mask {
                Some(message) => Err(ApiError::invalid(message)),
                None if kind.whole_without_mask => Ok(Self::All),
                // https://google.aip.dev/134: without a mask, the populated
                // fields.
                None => Ok(Self::Given),
            },
            "*" => Ok(Self::All),
            text => text
                .split(',')
                .map(|path| check(kind, path.trim()))
                .collect::<Result<_, _>>()
                .map(Self::Paths),
        }
    }

    /// The top-level fields that are replaced by the values in `body`.
    pub(super) fn fields<'a>(&'a self, body: &'a Value) -> Vec<&'a str> {
        match self {
            Self::Paths(paths) => paths.iter().map(|path| path[0].as_str()).collect(),
            Self::Given | Self::All => {
                let fields = body.as_object().into_iter().flatten();
                fields.map(|(name, _)| name.as_str()).collect()
            }
        }
    }

    /// `old` with the fields that the mask selects from `new`. The
    /// `kept` fields stay, unless a merge names them.
    pub(super) fn apply(&self, old: &Value, new: &Value, kept: &[&str]) -> Value {
        match self {
            Self::All => {
                let mut result = new.clone();
                for field in kept {
                    if result[*field].is_null() && !old[*field].is_null() {
                        result[*field] = old[*field].clone();
                    }
                }
                without_nulls(result)
            }
            Self::Given => {
                let mut result = old.clone();
                merge(&mut result, new);
                result
            }
            Self::Paths(paths) => {
                let mut result = old.clone();
                // Those that are output-only are ignored: https://google.aip.dev/203.
                let paths = paths
                    .iter()
                    .filter(|path| !kept.contains(&path[0].as_str()));
                for path in paths {
                    let path: Vec<&str> = path.iter().map(String::as_str).collect();
                    replace(&mut result, new, &path);
                }
                result
            }
        }
    }
}

/// The path as the kind's schema spells it, if it has it.
fn check(kind: &'static Kind, path: &str) -> Result<Vec<String>, ApiError> {
    let facts = kind.facts();
    let inner = path.strip_prefix(kind.mask_prefix).unwrap_or(path);
    let mut fields: Vec<String> = inner.split('.').map(str::to_owned).collect();
    match spell(facts.document, facts.schema, &mut fields) {
        true => Ok(fields),
        false => Err(ApiError::invalid(format!(
            "Invalid update_mask provided in the request: {path}."
        ))),
    }
}

fn replace(into: &mut Value, from: &Value, path: &[&str]) {
    match path {
        [] => {}
        [last] => match (&from[*last], into.as_object_mut()) {
            (Value::Null, Some(fields)) => {
                fields.remove(*last);
            }
            (value, Some(_)) => into[*last] = value.clone(),
            (_, None) => {}
        },
        [first, rest @ ..] => {
            if !into[*first].is_object() {
                into[*first] = json!({});
            }
            replace(&mut into[*first], &from[*first], rest);
        }
    }
}

fn without_nulls(mut value: Value) -> Value {
    if let Some(fields) = value.as_object_mut() {
        let all = std::mem::take(fields).into_iter();
        let set = all.filter(|(_, value)| !value.is_null());
        *fields = set
            .map(|(key, value)| (key, without_nulls(value)))
            .collect();
    }
    value
}
