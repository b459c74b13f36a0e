//! Field transforms: values of a write that the server computes.

use super::{
    field_path::FieldPath,
    value::{FieldValue, Fields, read_values},
    wire::enum_name,
};
use crate::ApiError;
use names::Timestamp;
use serde_json::Value;
use std::cmp::Ordering;

#[derive(Debug, Clone)]
pub(super) struct Transform {
    path: FieldPath,
    change: TransformKind,
}

#[derive(Debug, Clone)]
enum TransformKind {
    RequestTime,
    Increment(FieldValue),
    Maximum(FieldValue),
    Minimum(FieldValue),
    Append(Vec<FieldValue>),
    Remove(Vec<FieldValue>),
}

impl Transform {
    pub(super) fn read(value: &Value) -> Result<Self, ApiError> {
        let path = FieldPath::parse(value["fieldPath"].as_str().unwrap_or_default())?;
        let invalid =
            |what: &str| ApiError::invalid(format!("Invalid transform of {path}: {what}."));
        let number = |key: &str| {
            let field_value = FieldValue::read(&value[key], key)?;
            if !field_value.is_number() {
                return Err(invalid(&format!("{key} takes a number")));
            }
            Ok(field_value)
        };
        let kinds = value.as_object().into_iter().flatten();
        let mut kinds = kinds
            .map(|(key, _)| key.as_str())
            .filter(|key| *key != "fieldPath");
        let (Some(kind), None) = (kinds.next(), kinds.next()) else {
            return Err(invalid("it takes exactly one kind of change"));
        };
        let change = match kind {
            "setToServerValue" => {
                let names = ["SERVER_VALUE_UNSPECIFIED", "REQUEST_TIME"];
                if enum_name(&value[kind], &names) != Some("REQUEST_TIME") {
                    return Err(invalid("the server value must be REQUEST_TIME"));
                }
                TransformKind::RequestTime
            }
            "increment" => TransformKind::Increment(number(kind)?),
            "maximum" => TransformKind::Maximum(number(kind)?),
            "minimum" => TransformKind::Minimum(number(kind)?),
            "appendMissingElements" => TransformKind::Append(read_values(&value[kind], kind)?),
            "removeAllFromArray" => TransformKind::Remove(read_values(&value[kind], kind)?),
            other => return Err(invalid(&format!("unknown change {other:?}"))),
        };
        Ok(Self { path, change })
    }

    /// Applies the transform and returns its result: the new value, or null for
    /// array transforms.
    pub(super) fn apply(&self, fields: &mut Fields, at: Timestamp) -> FieldValue {
        let old = self.path.get(fields);
        let array = || {
            old.and_then(FieldValue::as_array)
                .unwrap_or_default()
                .to_vec()
        };
        let (new, result) = match &self.change {
            TransformKind::RequestTime => {
                // Google's precision here is one millisecond.
                let micros = at.as_micros();
                let time = Timestamp::from_micros(micros - micros.rem_euclid(1000));
                (FieldValue::Timestamp(time), None)
            }
            TransformKind::Increment(by) => (add(old, by), None),
            TransformKind::Maximum(with) => (max_or_min(old, with, Ordering::Less), None),
            TransformKind::Minimum(with) => (max_or_min(old, with, Ordering::Greater), None),
            TransformKind::Append(values) => {
                let mut all = array();
                for value in values {
                    if !all.iter().any(|existing| existing.equals(value)) {
                        all.push(value.clone());
                    }
                }
                (FieldValue::Array(all), Some(FieldValue::Null))
            }
            TransformKind::Remove(values) => {
                let mut all = array();
                all.retain(|existing| !values.iter().any(|value| value.equals(existing)));
                (FieldValue::Array(all), Some(FieldValue::Null))
            }
        };
        self.path.set(fields, Some(new.clone()));
        result.unwrap_or(new)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a double in the sum makes it one"
)]
fn add(old: Option<&FieldValue>, by: &FieldValue) -> FieldValue {
    match (old, by) {
        (Some(FieldValue::Integer(a)), FieldValue::Integer(b)) => {
            FieldValue::Integer(a.saturating_add(*b))
        }
        (Some(FieldValue::Integer(a)), FieldValue::Double(b)) => FieldValue::Double(*a as f64 + b),
        (Some(FieldValue::Double(a)), FieldValue::Integer(b)) => FieldValue::Double(a + *b as f64),
        (Some(FieldValue::Double(a)), FieldValue::Double(b)) => FieldValue::Double(a + b),
        // A missing value or one that is not a number counts as zero.
        _ => by.clone(),
    }
}

/// Returns `with` if the old value compares as `side` to it or is not a number.
/// NaN always wins; of equal values, the old one stays.
fn max_or_min(old: Option<&FieldValue>, with: &FieldValue, side: Ordering) -> FieldValue {
    match old {
        Some(old @ (FieldValue::Integer(_) | FieldValue::Double(_)))
            if old.is_nan() || (!with.is_nan() && old.compare(with) != side) =>
        {
            old.clone()
        }
        Some(_) | None => with.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_transform() {
        let int = |n: i64| json!({ "integerValue": n.to_string() });
        let double = |n: f64| json!({ "doubleValue": n });
        let array = |values: Value| json!({ "arrayValue": { "values": values } });
        let null = json!({ "nullValue": null });
        // Field, change, field after, result.
        let table = [
            (int(2), json!({ "increment": int(3) }), int(5), int(5)),
            (
                int(2),
                json!({ "increment": double(0.5) }),
                double(2.5),
                double(2.5),
            ),
            (
                int(i64::MAX),
                json!({ "increment": int(1) }),
                int(i64::MAX),
                int(i64::MAX),
            ),
            (null.clone(), json!({ "increment": int(3) }), int(3), int(3)),
            (int(2), json!({ "maximum": int(3) }), int(3), int(3)),
            (int(4), json!({ "maximum": int(3) }), int(4), int(4)),
            (int(3), json!({ "maximum": double(3.0) }), int(3), int(3)),
            (
                int(3),
                json!({ "minimum": double(2.5) }),
                double(2.5),
                double(2.5),
            ),
            (
                int(3),
                json!({ "minimum": { "doubleValue": "NaN" } }),
                json!({ "doubleValue": "NaN" }),
                json!({ "doubleValue": "NaN" }),
            ),
            (null.clone(), json!({ "minimum": int(3) }), int(3), int(3)),
            (
                array(json!([int(1), int(2)])),
                json!({ "appendMissingElements": { "values": [double(2.0), int(3), int(3)] } }),
                array(json!([int(1), int(2), int(3)])),
                null.clone(),
            ),
            (
                array(json!([int(1), int(2), int(1)])),
                json!({ "removeAllFromArray": { "values": [int(1)] } }),
                array(json!([int(2)])),
                null.clone(),
            ),
            (
                null.clone(),
                json!({ "setToServerValue": 1 }),
                json!({ "timestampValue": "1970-01-01T00:00:01.234Z" }),
                json!({ "timestampValue": "1970-01-01T00:00:01.234Z" }),
            ),
        ];
        for (field, mut change, after, result) in table {
            change["fieldPath"] = "a.b".into();
            let transform = Transform::read(&change).expect("valid");
            let mut fields = Fields::new();
            let path = FieldPath::parse("a.b").expect("valid");
            path.set(
                &mut fields,
                Some(FieldValue::read(&field, "x").expect("valid")),
            );
            let got = transform.apply(&mut fields, Timestamp::from_micros(1_234_567));
            assert_eq!(got.to_json(), result, "{change}");
            let now = path.get(&fields).expect("still there");
            assert_eq!(now.to_json(), after, "{change}");
        }
    }

    #[test]
    fn a_bad_transform_is_refused() {
        for change in [
            json!(null),
            json!({ "fieldPath": "a" }),
            json!({ "fieldPath": "a", "increment": { "stringValue": "1" } }),
            json!({ "fieldPath": "a", "setToServerValue": "TOMORROW" }),
            json!({ "fieldPath": "a-b", "increment": { "integerValue": "1" } }),
            json!({ "fieldPath": "a", "double": { "integerValue": "1" } }),
        ] {
            assert_eq!(
                Transform::read(&change).expect_err("invalid").status,
                400,
                "{change}"
            );
        }
    }
}
