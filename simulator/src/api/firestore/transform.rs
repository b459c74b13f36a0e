//! Field transforms: what a write leaves to the server.

use super::{
    field_path::FieldPath,
    value::{Datum, Fields, read_values},
    wire::word,
};
use crate::ApiError;
use names::Timestamp;
use serde_json::Value;
use std::cmp::Ordering;

#[derive(Debug, Clone)]
pub(super) struct Transform {
    path: FieldPath,
    change: Change,
}

#[derive(Debug, Clone)]
enum Change {
    RequestTime,
    Increment(Datum),
    Maximum(Datum),
    Minimum(Datum),
    Append(Vec<Datum>),
    Remove(Vec<Datum>),
}

impl Transform {
    pub(super) fn read(value: &Value) -> Result<Self, ApiError> {
        let path = FieldPath::parse(value["fieldPath"].as_str().unwrap_or_default())?;
        let bad = |what: &str| ApiError::invalid(format!("Invalid transform of {path}: {what}."));
        let number = |key: &str| {
            let datum = Datum::read(&value[key], key)?;
            if !datum.is_number() {
                return Err(bad(&format!("{key} takes a number")));
            }
            Ok(datum)
        };
        let kinds = value.as_object().into_iter().flatten();
        let mut kinds = kinds
            .map(|(key, _)| key.as_str())
            .filter(|key| *key != "fieldPath");
        let (Some(kind), None) = (kinds.next(), kinds.next()) else {
            return Err(bad("it takes exactly one kind of change"));
        };
        let change = match kind {
            "setToServerValue" => {
                let names = ["SERVER_VALUE_UNSPECIFIED", "REQUEST_TIME"];
                if word(&value[kind], &names) != Some("REQUEST_TIME") {
                    return Err(bad("the server value must be REQUEST_TIME"));
                }
                Change::RequestTime
            }
            "increment" => Change::Increment(number(kind)?),
            "maximum" => Change::Maximum(number(kind)?),
            "minimum" => Change::Minimum(number(kind)?),
            "appendMissingElements" => Change::Append(read_values(&value[kind], kind)?),
            "removeAllFromArray" => Change::Remove(read_values(&value[kind], kind)?),
            other => return Err(bad(&format!("unknown change {other:?}"))),
        };
        Ok(Self { path, change })
    }

    /// Changes the field and gives the transform's result: the new value, or
    /// null for the array changes.
    pub(super) fn apply(&self, fields: &mut Fields, at: Timestamp) -> Datum {
        let old = self.path.get(fields);
        let array = || old.and_then(Datum::as_array).unwrap_or_default().to_vec();
        let (new, result) = match &self.change {
            Change::RequestTime => {
                // Google's precision here is a millisecond.
                let micros = at.as_micros();
                let time = Timestamp::from_micros(micros - micros.rem_euclid(1000));
                (Datum::Timestamp(time), None)
            }
            Change::Increment(by) => (sum(old, by), None),
            Change::Maximum(with) => (extreme(old, with, Ordering::Less), None),
            Change::Minimum(with) => (extreme(old, with, Ordering::Greater), None),
            Change::Append(values) => {
                let mut all = array();
                for value in values {
                    if !all.iter().any(|there| there.same(value)) {
                        all.push(value.clone());
                    }
                }
                (Datum::Array(all), Some(Datum::Null))
            }
            Change::Remove(values) => {
                let mut all = array();
                all.retain(|there| !values.iter().any(|value| value.same(there)));
                (Datum::Array(all), Some(Datum::Null))
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
fn sum(old: Option<&Datum>, by: &Datum) -> Datum {
    match (old, by) {
        (Some(Datum::Integer(a)), Datum::Integer(b)) => Datum::Integer(a.saturating_add(*b)),
        (Some(Datum::Integer(a)), Datum::Double(b)) => Datum::Double(*a as f64 + b),
        (Some(Datum::Double(a)), Datum::Integer(b)) => Datum::Double(a + *b as f64),
        (Some(Datum::Double(a)), Datum::Double(b)) => Datum::Double(a + b),
        // What is no number counts as none.
        _ => by.clone(),
    }
}

/// `with` if the old value is on its `side` or no number. NaN wins either way;
/// of two that are the same, the old one stays.
fn extreme(old: Option<&Datum>, with: &Datum, side: Ordering) -> Datum {
    match old {
        Some(old @ (Datum::Integer(_) | Datum::Double(_)))
            if old.is_nan() || (!with.is_nan() && old.order(with) != side) =>
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
            path.set(&mut fields, Some(Datum::read(&field, "x").expect("valid")));
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
