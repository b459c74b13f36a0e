//! The `filter`, `maxResults` and `pageToken` parameters of Compute Engine's
//! list methods.

use crate::{ApiError, Call};
use base64::{Engine, prelude::BASE64_URL_SAFE};
use serde_json::{Value, json};

/// One condition: field path, operator, value.
type Term = (Vec<String>, Operator, String);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    Unequal,
    Has,
}

/// Conditions that must all be true: `labels.a=b`, `(name=x) (status!=y)`,
/// `labels.a:*`, joined by AND or juxtaposed. OR, NOT and regular expressions
/// (`eq`, `ne`) are refused.
#[derive(Debug, Default)]
pub(super) struct Filter(Vec<Term>);

impl Filter {
    pub(super) fn parse(text: &str) -> Result<Self, ApiError> {
        let invalid_value = || {
            let message = format!(
                "Invalid value for field 'filter': '{text}'. Invalid list filter expression."
            );
            ApiError::invalid(message)
        };
        let mut terms = Vec::new();
        let mut rest = text.trim_matches([' ', '(', ')']);
        while !rest.is_empty() {
            let at = rest.find(['=', ':', '!']).ok_or_else(invalid_value)?;
            let field = rest[..at].trim();
            let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '"');
            if field.is_empty() || !field.chars().all(plain) {
                return Err(invalid_value());
            }
            let (operator, after) = match &rest[at..] {
                tail if tail.starts_with("!=") => (Operator::Unequal, &tail[2..]),
                tail if tail.starts_with('=') => (Operator::Equal, &tail[1..]),
                tail if tail.starts_with(':') => (Operator::Has, &tail[1..]),
                _ => return Err(invalid_value()),
            };
            let after = after.trim_start();
            let (value, after) = match after.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').ok_or_else(invalid_value)?,
                None => after.split_at(after.find([' ', '(', ')']).unwrap_or(after.len())),
            };
            let path = field
                .split('.')
                .map(|part| part.trim_matches('"').to_owned())
                .collect();
            terms.push((path, operator, value.to_owned()));
            rest = after.trim_start_matches([' ', '(', ')']);
            rest = rest
                .strip_prefix("AND")
                .map_or(rest, |r| r.trim_start_matches([' ', '(']));
        }
        Ok(Self(terms))
    }

    pub(super) fn matches(&self, resource: &Value) -> bool {
        self.0.iter().all(|(path, operator, wanted)| {
            let found = path
                .iter()
                .try_fold(resource, |value, part| value.get(part));
            let text = found.map(|value| match value.as_str() {
                Some(text) => text.to_owned(),
                None => value.to_string(),
            });
            match operator {
                Operator::Equal => text.as_ref() == Some(wanted),
                Operator::Unequal => text.as_ref() != Some(wanted),
                Operator::Has => text.is_some_and(|t| wanted == "*" || t.contains(wanted)),
            }
        })
    }
}

/// One page of a list.
pub(super) struct Page {
    pub(super) items: Vec<(String, Value)>,
    pub(super) next: Option<String>,
}

impl Page {
    /// The page that `call` requests. `rows` are sorted by key.
    pub(super) fn for_call(
        call: &Call,
        rows: impl Iterator<Item = (String, Value)>,
    ) -> Result<Self, ApiError> {
        let filter = call
            .query("filter")
            .map(Filter::parse)
            .transpose()?
            .unwrap_or_default();
        let max = match call.query_u64("maxResults")? {
            Some(max @ 1..=500) => usize::try_from(max).expect("at most 500"),
            None | Some(0) => 500,
            Some(more) => {
                let message = format!(
                    "Invalid value for field 'maxResults': '{more}'. Must be between 0 and 500."
                );
                return Err(ApiError::invalid(message));
            }
        };
        if let Some(order) = call.query("orderBy").filter(|order| *order != "name") {
            return Err(ApiError::unimplemented(format!("orderBy={order}")));
        }
        let after = call.query("pageToken").map(after).transpose()?;
        let mut items: Vec<(String, Value)> = rows
            .filter(|(key, _)| after.as_ref().is_none_or(|after| key > after))
            .filter(|(_, row)| filter.matches(row))
            .take(max + 1)
            .collect();
        let more = items.len() > max;
        items.truncate(max);
        let last = items.last().filter(|_| more);
        let next = last.map(|(key, _)| BASE64_URL_SAFE.encode(key));
        Ok(Self { items, next })
    }

    /// A list resource. As Google does, it omits `items` if there are none.
    pub(super) fn json(self, kind: &str, absolute_url: &str, id: &str) -> Value {
        let mut json = json!({ "kind": kind, "id": id, "selfLink": absolute_url });
        if !self.items.is_empty() {
            json["items"] = self.items.into_iter().map(|(_, item)| item).collect();
        }
        if let Some(next) = self.next {
            json["nextPageToken"] = next.into();
        }
        json
    }
}

fn after(token: &str) -> Result<String, ApiError> {
    let bytes = BASE64_URL_SAFE.decode(token).ok();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| {
            ApiError::invalid(format!("Invalid value for field 'pageToken': '{token}'."))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_holds_or_not() {
        let machine = json!({"name": "vm-1", "status": "RUNNING", "cpus": 4,
            "labels": {"owner": "me", "a-b": ""}});
        for (filter, matches) in [
            ("labels.owner=me", true),
            ("labels.owner=you", false),
            ("labels.owner:*", true),
            ("labels.a-b:*", true),
            ("labels.other:*", false),
            ("labels.other=*", false),
            ("name=vm-1 AND status=RUNNING", true),
            ("(labels.owner=me) (status = \"RUNNING\")", true),
            ("(labels.owner=me) AND (status!=RUNNING)", false),
            ("labels.other!=x", true),
            ("name:vm", true),
            ("cpus=4", true),
        ] {
            let parsed = Filter::parse(filter).expect(filter);
            assert_eq!(parsed.matches(&machine), matches, "{filter}");
        }
        for filter in [
            "name",
            "a=b OR c=d",
            "NOT a=b",
            "a=\"b",
            "=b",
            "a eq b",
            "a>b",
            "a!b",
        ] {
            assert!(Filter::parse(filter).is_err(), "{filter}");
        }
    }
}
