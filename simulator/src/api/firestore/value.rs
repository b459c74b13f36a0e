//! Field values: JSON form, order, size.

use super::wire::array;
use crate::{ApiError, base64_field::decode};
use base64::{Engine, prelude::BASE64_STANDARD};
use names::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::{cmp::Ordering, collections::BTreeMap};

/// The fields of a document or a map.
pub(super) type Fields = BTreeMap<String, FieldValue>;

/// A field value. JSON and the journal contain it in the API's form.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(into = "Value", try_from = "Value")]
pub(super) enum FieldValue {
    Null,
    Boolean(bool),
    Integer(i64),
    Double(f64),
    Timestamp(Timestamp),
    String(String),
    Bytes(Vec<u8>),
    Reference(String),
    GeoPoint(f64, f64),
    Array(Vec<Self>),
    Map(Fields),
}

/// Maximum nesting of maps and arrays; Firestore's documented limit.
const MAX_DEPTH: usize = 20;

impl FieldValue {
    /// Reads a value such as `{"stringValue": "…"}`; `at` is its place, for the
    /// error.
    pub(super) fn read(value: &Value, at: &str) -> Result<Self, ApiError> {
        read(value, at, MAX_DEPTH)
    }

    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::Null => json!({ "nullValue": null }),
            Self::Boolean(b) => json!({ "booleanValue": b }),
            Self::Integer(n) => json!({ "integerValue": n.to_string() }),
            Self::Double(n) => json!({ "doubleValue": double(*n) }),
            Self::Timestamp(t) => json!({ "timestampValue": t }),
            Self::String(s) => json!({ "stringValue": s }),
            Self::Bytes(b) => json!({ "bytesValue": BASE64_STANDARD.encode(b) }),
            Self::Reference(name) => json!({ "referenceValue": name }),
            Self::GeoPoint(latitude, longitude) => {
                json!({ "geoPointValue": { "latitude": latitude, "longitude": longitude } })
            }
            Self::Array(values) if values.is_empty() => json!({ "arrayValue": {} }),
            Self::Array(values) => {
                let values: Vec<Value> = values.iter().map(Self::to_json).collect();
                json!({ "arrayValue": { "values": values } })
            }
            Self::Map(fields) if fields.is_empty() => json!({ "mapValue": {} }),
            Self::Map(fields) => json!({ "mapValue": { "fields": fields_json(fields) } }),
        }
    }

    /// The rank of its type in Firestore's order. Integers and doubles are one
    /// type.
    pub(super) fn type_rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Boolean(_) => 1,
            Self::Integer(_) | Self::Double(_) => 2,
            Self::Timestamp(_) => 3,
            Self::String(_) => 4,
            Self::Bytes(_) => 5,
            Self::Reference(_) => 6,
            Self::GeoPoint(..) => 7,
            Self::Array(_) => 8,
            Self::Map(_) => 9,
        }
    }

    pub(super) fn as_array(&self) -> Option<&[Self]> {
        if let Self::Array(values) = self {
            Some(values)
        } else {
            None
        }
    }

    pub(super) fn as_map(&self) -> Option<&Fields> {
        if let Self::Map(fields) = self {
            Some(fields)
        } else {
            None
        }
    }

    pub(super) fn is_number(&self) -> bool {
        matches!(self, Self::Integer(_) | Self::Double(_))
    }

    pub(super) fn is_nan(&self) -> bool {
        matches!(self, Self::Double(n) if n.is_nan())
    }

    /// Compares by Firestore's order of all values: 1 equals 1.0, and NaN
    /// equals itself and precedes all other numbers.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Boolean(a), Self::Boolean(b)) => a.cmp(b),
            (Self::Integer(a), Self::Integer(b)) => a.cmp(b),
            (Self::Double(a), Self::Double(b)) => compare_doubles(*a, *b),
            (Self::Integer(a), Self::Double(b)) => compare_integer_with_double(*a, *b),
            (Self::Double(a), Self::Integer(b)) => compare_integer_with_double(*b, *a).reverse(),
            (Self::Timestamp(a), Self::Timestamp(b)) => a.cmp(b),
            (Self::String(a), Self::String(b)) => a.cmp(b),
            (Self::Bytes(a), Self::Bytes(b)) => a.cmp(b),
            // By segment: a slash sorts before any other character.
            (Self::Reference(a), Self::Reference(b)) => a.split('/').cmp(b.split('/')),
            (Self::GeoPoint(a, x), Self::GeoPoint(b, y)) => {
                compare_doubles(*a, *b).then(compare_doubles(*x, *y))
            }
            (Self::Array(a), Self::Array(b)) => {
                let pairs = a.iter().zip(b).map(|(x, y)| x.compare(y));
                first_difference(pairs).then(a.len().cmp(&b.len()))
            }
            (Self::Map(a), Self::Map(b)) => {
                let pairs = a
                    .iter()
                    .zip(b)
                    .map(|((k, x), (l, y))| k.cmp(l).then(x.compare(y)));
                first_difference(pairs).then(a.len().cmp(&b.len()))
            }
            (a, b) => a.type_rank().cmp(&b.type_rank()),
        }
    }

    /// Whether queries and transforms consider both equal.
    pub(super) fn equals(&self, other: &Self) -> bool {
        self.compare(other) == Ordering::Equal
    }

    /// Size in bytes by Firestore's rules for storage size.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Null | Self::Boolean(_) => 1,
            Self::Integer(_) | Self::Double(_) | Self::Timestamp(_) => 8,
            Self::String(s) => s.len() + 1,
            Self::Bytes(b) => b.len(),
            Self::Reference(name) => name_size(name),
            Self::GeoPoint(..) => 16,
            Self::Array(values) => values.iter().map(Self::size).sum(),
            Self::Map(fields) => fields_size(fields),
        }
    }
}

/// Size of a document name: each segment plus one byte, plus 16.
pub(super) fn name_size(name: &str) -> usize {
    let path = name
        .split_once("/documents/")
        .map_or(name, |(_, path)| path);
    path.split('/').map(|part| part.len() + 1).sum::<usize>() + 16
}

pub(super) fn fields_size(fields: &Fields) -> usize {
    fields
        .iter()
        .map(|(key, value)| key.len() + 1 + value.size())
        .sum()
}

pub(super) fn fields_json(fields: &Fields) -> Value {
    let all = fields
        .iter()
        .map(|(key, value)| (key.clone(), value.to_json()));
    Value::Object(all.collect())
}

/// Reads the `fields` of a document.
pub(super) fn read_fields(value: &Value, at: &str) -> Result<Fields, ApiError> {
    read_map(value, at, MAX_DEPTH)
}

fn double(n: f64) -> Value {
    match n {
        n if n.is_nan() => "NaN".into(),
        n if n.is_infinite() => if n > 0.0 { "Infinity" } else { "-Infinity" }.into(),
        n => n.into(),
    }
}

fn compare_doubles(a: f64, b: f64) -> Ordering {
    // If not comparable, at least one is NaN, which sorts first.
    a.partial_cmp(&b)
        .unwrap_or_else(|| b.is_nan().cmp(&a.is_nan()))
}

fn compare_integer_with_double(a: i64, b: f64) -> Ordering {
    #[expect(clippy::cast_precision_loss, reason = "what is lost is compared next")]
    let rough = compare_doubles(a as f64, b);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "equal to an i64 to within 2^10"
    )]
    rough.then_with(|| i128::from(a).cmp(&(b as i128)))
}

fn first_difference(mut orders: impl Iterator<Item = Ordering>) -> Ordering {
    orders
        .find(|o| *o != Ordering::Equal)
        .unwrap_or(Ordering::Equal)
}

fn read(value: &Value, at: &str, depth: usize) -> Result<FieldValue, ApiError> {
    let invalid = |what: &str| ApiError::invalid(format!("Invalid value at '{at}': {what}."));
    if depth == 0 {
        return Err(invalid(
            "maps and arrays are nested more than 20 levels deep",
        ));
    }
    let mut kinds = value.as_object().into_iter().flatten();
    let (Some((kind, value)), None) = (kinds.next(), kinds.next()) else {
        return Err(invalid(
            "a value has exactly one of nullValue, stringValue and so on",
        ));
    };
    let text = || value.as_str().ok_or_else(|| invalid("it must be a string"));
    Ok(match kind.as_str() {
        "nullValue" => FieldValue::Null,
        "booleanValue" => FieldValue::Boolean(
            value
                .as_bool()
                .ok_or_else(|| invalid("it must be true or false"))?,
        ),
        "integerValue" => {
            let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
            FieldValue::Integer(number.ok_or_else(|| invalid("it must be a 64-bit integer"))?)
        }
        "doubleValue" => {
            let named = |text: &str| match text {
                "NaN" => Some(f64::NAN),
                "Infinity" => Some(f64::INFINITY),
                "-Infinity" => Some(f64::NEG_INFINITY),
                number => number.parse().ok(),
            };
            let number = value.as_f64().or_else(|| named(value.as_str()?));
            FieldValue::Double(number.ok_or_else(|| invalid("it must be a number"))?)
        }
        "timestampValue" => FieldValue::Timestamp(
            text()?
                .parse()
                .map_err(|_| invalid("it must be a time as in RFC 3339"))?,
        ),
        "stringValue" => FieldValue::String(text()?.to_owned()),
        "bytesValue" => {
            FieldValue::Bytes(decode(text()?).ok_or_else(|| invalid("it must be base64"))?)
        }
        "referenceValue" => FieldValue::Reference(text()?.to_owned()),
        "geoPointValue" => {
            let number = |key| value[key].as_f64().unwrap_or(0.0);
            let (latitude, longitude) = (number("latitude"), number("longitude"));
            if latitude.abs() > 90.0 || longitude.abs() > 180.0 {
                return Err(invalid("latitude is at most 90, longitude 180"));
            }
            FieldValue::GeoPoint(latitude, longitude)
        }
        "arrayValue" => FieldValue::Array(read_array(value, at, depth - 1)?),
        "mapValue" => FieldValue::Map(read_map(&value["fields"], at, depth - 1)?),
        other => return Err(invalid(&format!("unknown kind of value {other:?}"))),
    })
}

fn read_map(value: &Value, at: &str, depth: usize) -> Result<Fields, ApiError> {
    let empty = Map::new();
    let map = if value.is_null() {
        Some(&empty)
    } else {
        value.as_object()
    };
    let map = map.ok_or_else(|| {
        ApiError::invalid(format!("Invalid value at '{at}': it must be an object."))
    })?;
    map.iter()
        .map(|(key, value)| {
            let is_reserved = key.len() >= 4 && key.starts_with("__") && key.ends_with("__");
            if key.is_empty() || key.len() > 1500 || is_reserved {
                return Err(ApiError::invalid(format!(
                    "Invalid value at '{at}': the field name {key:?} is empty, too long or reserved."
                )));
            }
            Ok((key.clone(), read(value, &format!("{at}.{key}"), depth)?))
        })
        .collect()
}

fn read_array(value: &Value, at: &str, depth: usize) -> Result<Vec<FieldValue>, ApiError> {
    let values = array(&value["values"], at)?;
    let values = values.iter().map(|value| {
        let field_value = read(value, at, depth)?;
        if field_value.as_array().is_some() {
            return Err(ApiError::invalid(format!(
                "Invalid value at '{at}': Cannot convert an array value in an array value."
            )));
        }
        Ok(field_value)
    });
    values.collect()
}

/// The values of an `ArrayValue`.
pub(super) fn read_values(value: &Value, at: &str) -> Result<Vec<FieldValue>, ApiError> {
    read_array(value, at, MAX_DEPTH)
}

impl From<FieldValue> for Value {
    fn from(field_value: FieldValue) -> Self {
        field_value.to_json()
    }
}

impl TryFrom<Value> for FieldValue {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        Self::read(&value, "value").map_err(|e| e.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_ordered_across_types() {
        // Ascending; within one line all are the same.
        let table = [
            json!([{ "nullValue": null }, { "nullValue": "NULL_VALUE" }]),
            json!([{ "booleanValue": false }]),
            json!([{ "booleanValue": true }]),
            json!([{ "doubleValue": "NaN" }]),
            json!([{ "doubleValue": "-Infinity" }]),
            json!([{ "integerValue": "-3" }]),
            json!([{ "integerValue": "0" }, { "doubleValue": -0.0 }]),
            json!([{ "integerValue": "1" }, { "doubleValue": 1.0 }, { "integerValue": 1 }]),
            json!([{ "doubleValue": 1.5 }]),
            json!([{ "integerValue": "9007199254740992" }, { "doubleValue": 9_007_199_254_740_992.0 }]),
            json!([{ "integerValue": "9007199254740993" }]),
            json!([{ "integerValue": "9223372036854775807" }]),
            json!([{ "doubleValue": 9_223_372_036_854_775_808.0 }]),
            json!([{ "timestampValue": "2026-01-01T00:00:00Z" }]),
            json!([{ "timestampValue": "2026-01-01T00:00:00.000001Z" }]),
            json!([{ "stringValue": "" }]),
            json!([{ "stringValue": "a" }]),
            json!([{ "stringValue": "é" }]),
            json!([{ "bytesValue": "AA==" }]),
            json!([{ "referenceValue": "projects/p/databases/d/documents/c/a" }]),
            json!([{ "referenceValue": "projects/p/databases/d/documents/c/a/s/x" }]),
            json!([{ "referenceValue": "projects/p/databases/d/documents/c/a-b" }]),
            json!([{ "geoPointValue": { "latitude": 1, "longitude": 2 } }]),
            json!([{ "arrayValue": {} }]),
            json!([{ "arrayValue": { "values": [{ "integerValue": "1" }] } }]),
            json!([{ "arrayValue": { "values": [{ "integerValue": "1" }, { "nullValue": null }] } }]),
            json!([{ "mapValue": {} }]),
            json!([{ "mapValue": { "fields": { "a": { "integerValue": "1" } } } }]),
            json!([{ "mapValue": { "fields": { "a": { "integerValue": "1" }, "b": { "nullValue": null } } } }]),
            json!([{ "mapValue": { "fields": { "b": { "integerValue": "0" } } } }]),
        ];
        let lines: Vec<Vec<FieldValue>> = table
            .iter()
            .map(|line| line.as_array().expect("a line").iter())
            .map(|line| {
                line.map(|v| FieldValue::read(v, "x").expect("valid"))
                    .collect()
            })
            .collect();
        for (i, left) in lines.iter().enumerate() {
            for (j, right) in lines.iter().enumerate() {
                for (a, b) in left.iter().zip(right.iter().rev()) {
                    assert_eq!(a.compare(b), i.cmp(&j), "{a:?} and {b:?}");
                }
            }
        }
    }

    #[test]
    fn values_are_read_and_written_alike() {
        for value in [
            json!({ "integerValue": "9223372036854775807" }),
            json!({ "doubleValue": "NaN" }),
            json!({ "doubleValue": 0.5 }),
            json!({ "timestampValue": "2026-11-22T05:30:52.520869Z" }),
            json!({ "bytesValue": "AP8=" }),
            json!({ "geoPointValue": { "latitude": 1.5, "longitude": -2.5 } }),
            json!({ "arrayValue": { "values": [{ "mapValue": { "fields": { "a b": { "nullValue": null } } } }] } }),
            json!({ "mapValue": {} }),
        ] {
            assert_eq!(
                FieldValue::read(&value, "x").expect("valid").to_json(),
                value
            );
        }
    }

    #[test]
    fn a_bad_value_is_refused_with_its_place() {
        let mut depth = json!({ "nullValue": null });
        for _ in 0..21 {
            depth = json!({ "mapValue": { "fields": { "m": depth } } });
        }
        for value in [
            json!(null),
            json!(3),
            json!({}),
            json!({ "stringValue": "a", "nullValue": null }),
            json!({ "integerValue": "1.5" }),
            json!({ "integerValue": "9223372036854775808" }),
            json!({ "timestampValue": "yesterday" }),
            json!({ "bytesValue": "?" }),
            json!({ "colourValue": "red" }),
            json!({ "arrayValue": { "values": [{ "arrayValue": {} }] } }),
            json!({ "mapValue": { "fields": { "__id__": { "nullValue": null } } } }),
            json!({ "geoPointValue": { "latitude": 91 } }),
            depth,
        ] {
            let error = FieldValue::read(&value, "fields.x").expect_err("invalid");
            assert_eq!(error.status, 400);
            assert!(error.message.contains("fields.x"), "{}", error.message);
        }
    }
}
