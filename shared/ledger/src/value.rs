//! JSON as Firestore's values, and back, without loss.
//!
//! Firestore keeps no array directly within an array: the inner one is kept as
//! a map with the one key `[]`, and an object of that shape is refused there.

use serde_json::{Map, Number, Value, json};

/// The key that an array within an array is kept under.
const NESTED: &str = "[]";

/// `json` in Firestore's form, or what cannot be kept of it, and where.
pub(crate) fn to_firestore(json: &Value) -> Result<Value, String> {
    Ok(match json {
        Value::Null => json!({ "nullValue": null }),
        Value::Bool(b) => json!({ "booleanValue": b }),
        Value::Number(n) => match (n.as_i64(), n.as_f64()) {
            (Some(i), _) => json!({ "integerValue": i.to_string() }),
            (None, Some(f)) if n.is_f64() => json!({ "doubleValue": f }),
            _ => return Err(format!(": {n} is beyond a signed 64-bit integer")),
        },
        Value::String(s) => json!({ "stringValue": s }),
        Value::Array(items) => {
            let values: Vec<Value> = items
                .iter()
                .enumerate()
                .map(|(i, item)| element(item).map_err(|e| format!("[{i}]{e}")))
                .collect::<Result<_, _>>()?;
            json!({ "arrayValue": { "values": values } })
        }
        Value::Object(fields) => json!({ "mapValue": { "fields": to_fields(fields)? } }),
    })
}

/// The members of an object, each in Firestore's form.
pub(crate) fn to_fields(object: &Map<String, Value>) -> Result<Map<String, Value>, String> {
    let field = |(key, value): (&String, &Value)| match to_firestore(value) {
        Ok(value) => Ok((key.clone(), value)),
        Err(e) => Err(format!(".{key}{e}")),
    };
    object.iter().map(field).collect()
}

fn element(json: &Value) -> Result<Value, String> {
    match json {
        Value::Array(_) => {
            let inner = to_firestore(json)?;
            Ok(json!({ "mapValue": { "fields": { NESTED: inner } } }))
        }
        Value::Object(fields) if fields.len() == 1 && fields.contains_key(NESTED) => Err(format!(
            ": an object with the one key {NESTED:?} cannot be kept in an array"
        )),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            to_firestore(json)
        }
    }
}

/// A value of Firestore's as JSON, or what is wrong with it, and where.
pub(crate) fn from_firestore(value: &Value) -> Result<Value, String> {
    let object = value.as_object().filter(|object| object.len() == 1);
    let Some((kind, inner)) = object.and_then(|object| object.iter().next()) else {
        return Err(": not a value of Firestore's".to_owned());
    };
    let wrong = || format!(": {kind} {inner} is not one that the ledger writes");
    Ok(match kind.as_str() {
        "nullValue" => Value::Null,
        "booleanValue" if inner.is_boolean() => inner.clone(),
        "stringValue" | "timestampValue" if inner.is_string() => inner.clone(),
        "integerValue" => {
            let text = inner.as_str().map(str::parse::<i64>);
            let number = text.and_then(Result::ok).or_else(|| inner.as_i64());
            number.ok_or_else(wrong)?.into()
        }
        "doubleValue" => {
            let number = inner.as_f64().and_then(Number::from_f64);
            Value::Number(number.ok_or_else(wrong)?)
        }
        // An empty array or map has no `values` or `fields` at all.
        "arrayValue" => {
            let items = inner["values"].as_array().into_iter().flatten();
            let item = |(i, item)| from_element(item).map_err(|e| format!("[{i}]{e}"));
            Value::Array(items.enumerate().map(item).collect::<Result<_, _>>()?)
        }
        "mapValue" => Value::Object(from_fields(inner["fields"].as_object())?),
        _ => return Err(wrong()),
    })
}

fn from_fields(fields: Option<&Map<String, Value>>) -> Result<Map<String, Value>, String> {
    let field = |(key, value): (&String, &Value)| match from_firestore(value) {
        Ok(value) => Ok((key.clone(), value)),
        Err(e) => Err(format!(".{key}{e}")),
    };
    fields.into_iter().flatten().map(field).collect()
}

fn from_element(value: &Value) -> Result<Value, String> {
    let fields = value["mapValue"]["fields"].as_object();
    match fields.and_then(|fields| fields.get(NESTED)) {
        Some(inner) if fields.is_some_and(|fields| fields.len() == 1) => from_firestore(inner),
        _ => from_firestore(value),
    }
}

/// The size of fields in Firestore's form, in bytes as Firestore counts them
/// for a document (its page "Storage size calculations"), without its name.
pub(crate) fn size(fields: &Map<String, Value>) -> usize {
    let field = |(key, value): (&String, &Value)| key.len() + 1 + size_of(value);
    fields.iter().map(field).sum()
}

fn size_of(value: &Value) -> usize {
    let Some((kind, inner)) = value.as_object().and_then(|object| object.iter().next()) else {
        return 0;
    };
    match kind.as_str() {
        "integerValue" | "doubleValue" | "timestampValue" => 8,
        "stringValue" => inner.as_str().map_or(0, |text| text.len() + 1),
        "arrayValue" => {
            let items = inner["values"].as_array();
            items.into_iter().flatten().map(size_of).sum()
        }
        "mapValue" => inner["fields"].as_object().map_or(0, size),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_unchanged_by_writing_and_reading() {
        for json in [
            json!(null),
            json!(true),
            json!(0),
            json!(i64::MIN),
            json!(i64::MAX),
            json!(0.1),
            json!(1.0),
            json!(1e300),
            json!(""),
            json!("2026-11-22T07:42:31Z"),
            json!([]),
            json!({}),
            json!([[], [[1], []], {}]),
            json!({ "[]": [1] }),
            json!({ "a.b": { "c`d": [null, { "e": [] }] } }),
        ] {
            let there = to_firestore(&json).expect("it can be kept");
            // As text too, which is how it travels.
            let there: Value = serde_json::from_str(&there.to_string()).expect("JSON");
            assert_eq!(from_firestore(&there).expect("readable"), json);
        }
    }

    #[test]
    fn nested_arrays_are_wrapped_in_maps() {
        let there = to_firestore(&json!([["a"]])).expect("it can be kept");
        let inner = json!({ "arrayValue": { "values": [{ "stringValue": "a" }] } });
        assert_eq!(
            there,
            json!({ "arrayValue": { "values": [{ "mapValue": { "fields": { "[]": inner } } }] } })
        );
    }

    #[test]
    fn a_value_that_cannot_be_stored_is_named_with_its_path() {
        for (json, says) in [
            (json!({ "a": [1, u64::MAX] }), ".a[1]: 18446744073709551615"),
            (json!([{ "[]": [] }]), "[0]: an object with the one key"),
        ] {
            let error = to_firestore(&json).expect_err("it cannot");
            assert!(error.starts_with(says), "{error}");
        }
    }

    #[test]
    fn a_value_that_the_ledger_did_not_write_is_named_with_its_path() {
        for (value, says) in [
            (json!(1), ": not a value"),
            (json!({ "integerValue": "1.5" }), ": integerValue"),
            (json!({ "doubleValue": "NaN" }), ": doubleValue"),
            (json!({ "bytesValue": "AA==" }), ": bytesValue"),
            (
                json!({ "mapValue": { "fields": { "a": { "booleanValue": 1 } } } }),
                ".a: booleanValue",
            ),
        ] {
            let error = from_firestore(&value).expect_err("unreadable");
            assert!(error.starts_with(says), "{error}");
        }
    }

    #[test]
    fn sizes_are_computed_as_firestore_does() {
        let object = json!({ "name": "abc", "n": 1, "list": [null, { "k": true }] });
        let fields = to_fields(object.as_object().expect("an object")).expect("can be kept");
        assert_eq!(size(&fields), (5 + 4) + (2 + 8) + (5 + 1 + (2 + 1)));
    }
}
