//! Partial responses: the query parameter `fields` selects fields of the response,
//! as `items/name,items/labels` or `items(name,labels)`, with `*` for every key of
//! an object. Pure.
//!
//! Google refuses a field that the response's schema lacks; here it is merely
//! absent.

use crate::ApiError;
use serde_json::Value;
use std::collections::BTreeMap;

/// The selected keys, and what is selected below each: everything, if empty.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct FieldMask(BTreeMap<String, Self>);

impl FieldMask {
    /// Parses the parameter's value.
    ///
    /// # Errors
    /// 400 if it is malformed.
    pub(crate) fn parse(fields: &str) -> Result<Self, ApiError> {
        let mut rest = fields;
        parse(&mut rest)
            .filter(|_| rest.is_empty())
            .ok_or_else(|| ApiError::invalid(format!("Invalid field selection {fields}")))
    }

    /// Removes from `response` what is not selected.
    pub(crate) fn select(&self, response: &mut Value) {
        if self.0.is_empty() {
            return;
        }
        if let Value::Array(items) = response {
            items.iter_mut().for_each(|item| self.select(item));
        }
        if let Value::Object(fields) = response {
            fields.retain(|key, value| {
                let below = self.0.get(key).or_else(|| self.0.get("*"));
                if let Some(below) = below {
                    below.select(value);
                }
                below.is_some()
            });
        }
    }
}

/// Parses a list of paths up to its end or a closing parenthesis.
fn parse(text: &mut &str) -> Option<FieldMask> {
    let mut mask = FieldMask::default();
    loop {
        path(text, &mut mask)?;
        match text.strip_prefix(',') {
            Some(rest) => *text = rest,
            None => return Some(mask),
        }
    }
}

/// Parses a path, and what is selected below it.
fn path(text: &mut &str, mask: &mut FieldMask) -> Option<()> {
    let end = text.find(['/', '(', ')', ',']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() {
        return None;
    }
    *text = rest;
    let below = mask.0.entry(name.to_owned()).or_default();
    if let Some(rest) = text.strip_prefix('/') {
        *text = rest;
        return path(text, below);
    }
    if let Some(rest) = text.strip_prefix('(') {
        *text = rest;
        below.0.extend(parse(text)?.0);
        *text = text.strip_prefix(')')?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn selected(fields: &str) -> Value {
        let machine = json!({ "name": "m", "id": "7", "disks": [{ "size": 10, "kind": "d" }] });
        let mut response = json!({
            "items": { "zones/a": { "instances": [machine] }, "zones/b": { "warning": { "code": "X" } } },
            "nextPageToken": "t",
        });
        FieldMask::parse(fields)
            .expect("valid")
            .select(&mut response);
        response
    }

    #[test]
    fn fields_are_selected_in_objects_and_lists() {
        assert_eq!(selected("nextPageToken"), json!({ "nextPageToken": "t" }));
        let name =
            json!({ "items": { "zones/a": { "instances": [{ "name": "m" }] }, "zones/b": {} } });
        assert_eq!(selected("items/*/instances/name"), name);
        let both = json!({
            "items": { "zones/a": { "instances": [{ "name": "m", "disks": [{ "size": 10 }] }] },
                       "zones/b": { "warning": { "code": "X" } } },
        });
        for fields in [
            "items/*(instances(name,disks/size),warning)",
            "items/*/instances(name,disks(size)),items/*/warning/code",
        ] {
            assert_eq!(selected(fields), both, "{fields}");
        }
        assert_eq!(selected("nothing"), json!({}));
    }

    #[test]
    fn a_malformed_selection_is_refused() {
        for fields in [",", "a,", "a(", "a(b", "a(b))", "a//b", "(a)", "/a"] {
            let refused = FieldMask::parse(fields).expect_err(fields);
            assert_eq!(refused.status, 400, "{fields}");
        }
    }
}
