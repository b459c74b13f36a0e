//! JSON values as YAML. Pure.

use serde_json::Value;
use std::fmt::Write;

/// `value` as a YAML document, keys in alphabetical order.
pub(super) fn render(value: &Value) -> String {
    let mut text = String::new();
    put(&mut text, value, 0, false);
    text
}

/// Writes `value`; `inline` if the line has begun.
fn put(text: &mut String, value: &Value, indent: usize, inline: bool) {
    let pad = |text: &mut String, first: bool| {
        if !(first && inline) {
            text.push_str(&" ".repeat(indent));
        }
    };
    match value {
        Value::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                pad(text, index == 0);
                text.push_str("- ");
                put(text, item, indent + 2, true);
            }
        }
        Value::Object(fields) if !fields.is_empty() => {
            // The map's own order depends on serde_json's features.
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            for (index, (name, field)) in fields.into_iter().enumerate() {
                pad(text, index == 0);
                let _ = write!(text, "{name}:");
                let nested = match field {
                    Value::Array(items) => !items.is_empty(),
                    Value::Object(fields) => !fields.is_empty(),
                    Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
                };
                text.push(if nested { '\n' } else { ' ' });
                let deeper = indent + if field.is_array() { 0 } else { 2 };
                put(text, field, deeper, !nested);
            }
        }
        // A JSON scalar is a YAML scalar; so are `[]` and `{}`.
        Value::Array(_)
        | Value::Object(_)
        | Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_) => {
            let _ = writeln!(text, "{value}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nested_values_are_indented() {
        let value = json!([
            { "name": "a", "labels": {}, "env": [{ "name": "X", "value": "1" }, { "name": "Y" }] },
            { "push": { "deep": { "on": true } }, "after": 2 },
        ]);
        let expected = "\
- env:
  - name: \"X\"
    value: \"1\"
  - name: \"Y\"
  labels: {}
  name: \"a\"
- after: 2
  push:
    deep:
      on: true
";
        assert_eq!(render(&value), expected);
    }
}
