//! Filters of queries.

use super::{
    document::Document, field_path::FieldPath, index::IndexRequirement, value::FieldValue,
    wire::enum_name,
};
use crate::ApiError;
use serde_json::Value;
use std::cmp::Ordering;

/// Maximum number of values of an `IN` filter.
const MAX_IN_VALUES: usize = 30;

/// The same of a `NOT_IN` filter.
const MAX_NOT_IN_VALUES: usize = 10;

/// Maximum number of conjunctions into which `OR` splits a filter.
const MAX_CONJUNCTIONS: usize = 30;

/// A condition on a field.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    pub(super) path: FieldPath,
    condition: Condition,
}

#[derive(Debug, Clone)]
enum Condition {
    Equal(FieldValue),
    In(Vec<FieldValue>),
    Contains(Vec<FieldValue>),
    NotEqual(FieldValue),
    NotIn(Vec<FieldValue>),
    /// The value, and the accepted results of comparing a field with it.
    Range(FieldValue, &'static [Ordering]),
}

/// Filters that must all pass.
pub(super) type Conjunction = Vec<Filter>;

/// Reads a filter: conjunctions, one of which must pass.
pub(super) fn read(filter: &Value) -> Result<Vec<Conjunction>, ApiError> {
    if filter.is_null() {
        return Ok(vec![Conjunction::new()]);
    }
    let any = read_any(filter)?;
    let negated = |one: &&Filter| matches!(one.condition, Condition::NotIn(_));
    let is_mixed = any.len() > 1 && any.iter().flatten().any(|one| negated(&one));
    let twice = |all: &Conjunction| {
        let unequal = all
            .iter()
            .filter(|one| matches!(one.condition, Condition::NotIn(_) | Condition::NotEqual(_)));
        all.iter().any(|one| negated(&one)) && unequal.count() > 1
    };
    if is_mixed || any.iter().any(twice) {
        return Err(ApiError::invalid(
            "NOT_IN cannot be combined with OR, NOT_EQUAL or another NOT_IN.",
        ));
    }
    Ok(any)
}

fn read_any(filter: &Value) -> Result<Vec<Conjunction>, ApiError> {
    let composite = &filter["compositeFilter"];
    if composite.is_object() {
        let filters = composite["filters"].as_array().into_iter().flatten();
        let filters: Vec<_> = filters.map(read_any).collect::<Result<_, _>>()?;
        let operator = enum_name(&composite["op"], &["OPERATOR_UNSPECIFIED", "AND", "OR"]);
        let any = match operator {
            Some("AND") => {
                let none = vec![Conjunction::new()];
                let together = |left: Vec<Conjunction>, right: Vec<Conjunction>| {
                    // Not more than one too many.
                    let pairs = left.iter().flat_map(|a| right.iter().map(move |b| (a, b)));
                    let pairs = pairs.take(MAX_CONJUNCTIONS + 1);
                    pairs.map(|(a, b)| [&a[..], &b[..]].concat()).collect()
                };
                filters.into_iter().fold(none, together)
            }
            Some("OR") if !filters.is_empty() => filters.concat(),
            _ => return Err(ApiError::invalid("Invalid value at 'composite_filter'.")),
        };
        if any.len() > MAX_CONJUNCTIONS {
            let message = format!("A query has at most {MAX_CONJUNCTIONS} disjunctions.");
            return Err(ApiError::invalid(message));
        }
        return Ok(any);
    }
    let (field, unary) = (&filter["fieldFilter"], &filter["unaryFilter"]);
    let (path, condition) = if field.is_object() {
        let path = FieldPath::read(&field["field"])?;
        let condition = Condition::read(&field["op"], &field["value"], &path)?;
        (path, condition)
    } else if unary.is_object() {
        let words = [
            "OPERATOR_UNSPECIFIED",
            "",
            "IS_NAN",
            "IS_NULL",
            "IS_NOT_NAN",
            "IS_NOT_NULL",
        ];
        let condition = match enum_name(&unary["op"], &words) {
            Some("IS_NULL") => Condition::Equal(FieldValue::Null),
            Some("IS_NAN") => Condition::Equal(FieldValue::Double(f64::NAN)),
            Some("IS_NOT_NULL") => Condition::NotEqual(FieldValue::Null),
            Some("IS_NOT_NAN") => Condition::NotEqual(FieldValue::Double(f64::NAN)),
            _ => return Err(ApiError::invalid("Invalid value at 'unary_filter.op'.")),
        };
        (FieldPath::read(&unary["field"])?, condition)
    } else {
        let message = "A filter has one of compositeFilter, fieldFilter and unaryFilter.";
        return Err(ApiError::invalid(message));
    };
    Ok(vec![vec![Filter { path, condition }]])
}

impl Condition {
    fn read(op: &Value, value: &Value, path: &FieldPath) -> Result<Self, ApiError> {
        use Ordering::{Equal, Greater, Less};
        let words = [
            "OPERATOR_UNSPECIFIED",
            "LESS_THAN",
            "LESS_THAN_OR_EQUAL",
            "GREATER_THAN",
            "GREATER_THAN_OR_EQUAL",
            "EQUAL",
            "NOT_EQUAL",
            "ARRAY_CONTAINS",
            "IN",
            "ARRAY_CONTAINS_ANY",
            "NOT_IN",
        ];
        let invalid = |what: &str| ApiError::invalid(format!("Invalid filter on {path}: {what}."));
        let field_value = FieldValue::read(value, "field_filter.value")?;
        let values = |field_value: &FieldValue, max: usize| {
            let values = field_value
                .as_array()
                .filter(|v| (1..=max).contains(&v.len()));
            values
                .map(<[FieldValue]>::to_vec)
                .ok_or_else(|| invalid(&format!("it takes an array of 1 to {max} values")))
        };
        let condition = match enum_name(op, &words) {
            Some("LESS_THAN") => Self::Range(field_value, &[Less]),
            Some("LESS_THAN_OR_EQUAL") => Self::Range(field_value, &[Less, Equal]),
            Some("GREATER_THAN") => Self::Range(field_value, &[Greater]),
            Some("GREATER_THAN_OR_EQUAL") => Self::Range(field_value, &[Greater, Equal]),
            Some("EQUAL") => Self::Equal(field_value),
            Some("NOT_EQUAL") => Self::NotEqual(field_value),
            Some("ARRAY_CONTAINS") => Self::Contains(vec![field_value]),
            Some("ARRAY_CONTAINS_ANY") => Self::Contains(values(&field_value, MAX_IN_VALUES)?),
            Some("IN") => Self::In(values(&field_value, MAX_IN_VALUES)?),
            Some("NOT_IN") => Self::NotIn(values(&field_value, MAX_NOT_IN_VALUES)?),
            _ => return Err(invalid("unknown operator")),
        };
        if path.is_name()
            && !condition
                .values()
                .iter()
                .all(|v| matches!(v, FieldValue::Reference(_)))
        {
            return Err(invalid("__key__ filter value must be a Key"));
        }
        Ok(condition)
    }

    fn values(&self) -> &[FieldValue] {
        match self {
            Self::Equal(value) | Self::NotEqual(value) | Self::Range(value, _) => {
                std::slice::from_ref(value)
            }
            Self::In(values) | Self::NotIn(values) | Self::Contains(values) => values,
        }
    }
}

impl Filter {
    /// Whether it selects more than single values, so that an index must be
    /// sorted by the field.
    pub(super) const fn is_inequality(&self) -> bool {
        match self.condition {
            Condition::Equal(_) | Condition::In(_) | Condition::Contains(_) => false,
            Condition::NotEqual(_) | Condition::NotIn(_) | Condition::Range(..) => true,
        }
    }

    /// Adds what it requires of an index.
    pub(super) fn require(&self, of: &mut IndexRequirement) {
        match self.condition {
            Condition::Contains(_) => of.contains.insert(self.path.clone()),
            Condition::Equal(_) | Condition::In(_) => of.equal.insert(self.path.clone()),
            Condition::NotEqual(_) | Condition::NotIn(_) | Condition::Range(..) => false,
        };
    }

    pub(super) fn passes(&self, name: &str, document: &Document) -> bool {
        let Some(actual) = document.get(name, &self.path) else {
            return false;
        };
        match &self.condition {
            Condition::Equal(value) => actual.equals(value),
            Condition::In(values) => values.iter().any(|value| actual.equals(value)),
            // Null is not equal to anything and not unequal either.
            Condition::NotEqual(value) => {
                !matches!(actual, FieldValue::Null) && !actual.equals(value)
            }
            Condition::NotIn(values) => {
                let excluded =
                    |value: &FieldValue| matches!(value, FieldValue::Null) || actual.equals(value);
                !matches!(actual, FieldValue::Null) && !values.iter().any(excluded)
            }
            Condition::Contains(values) => actual.as_array().is_some_and(|all| {
                values
                    .iter()
                    .any(|v| all.iter().any(|existing| existing.equals(v)))
            }),
            // A range matches values of its own type only, and NaN is no part
            // of a range of numbers.
            Condition::Range(value, pass) => {
                actual.type_rank() == value.type_rank()
                    && actual.is_nan() == value.is_nan()
                    && pass.contains(&actual.compare(value))
            }
        }
    }
}
