//! Aggregations of the documents that a query finds.

use super::{
    document::Document,
    field_path::FieldPath,
    path::{database, path_of_call},
    query::Query,
    value::FieldValue,
    wire::{self, array},
};
use crate::{ApiError, ApiResponse, Call, Cloud};
use serde_json::{Map, Value, json};

/// Google's limit.
const MAX_AGGREGATIONS: usize = 5;

enum Aggregation {
    /// The number of documents, up to a limit.
    Count(Option<usize>),
    Sum(FieldPath),
    Average(FieldPath),
}

impl Aggregation {
    fn read(value: &Value) -> Result<Self, ApiError> {
        let (count, sum, average) = (&value["count"], &value["sum"], &value["avg"]);
        match (count.is_object(), sum.is_object(), average.is_object()) {
            (true, false, false) => up_to(&count["upTo"]).map(Self::Count),
            (false, true, false) => FieldPath::read(&sum["field"]).map(Self::Sum),
            (false, false, true) => FieldPath::read(&average["field"]).map(Self::Average),
            _ => Err(ApiError::invalid(
                "An aggregation has exactly one of count, sum and avg.",
            )),
        }
    }

    const fn field(&self) -> Option<&FieldPath> {
        match self {
            Self::Count(_) => None,
            Self::Sum(path) | Self::Average(path) => Some(path),
        }
    }

    fn result(&self, documents: &[(&str, &Document)]) -> FieldValue {
        let numbers = |path: &FieldPath| -> Vec<FieldValue> {
            let values = documents.iter();
            let values = values.filter_map(|(name, document)| document.get(name, path));
            values.filter(FieldValue::is_number).collect()
        };
        match self {
            Self::Count(limit) => {
                let count = documents.len().min(limit.unwrap_or(usize::MAX));
                FieldValue::Integer(i64::try_from(count).unwrap_or(i64::MAX))
            }
            Self::Sum(path) => sum(&numbers(path)),
            Self::Average(path) => {
                let numbers = numbers(path);
                #[expect(clippy::cast_precision_loss, reason = "an average is a double")]
                match numbers.len() {
                    0 => FieldValue::Null,
                    count => {
                        FieldValue::Double(numbers.iter().map(double).sum::<f64>() / count as f64)
                    }
                }
            }
        }
    }
}

fn up_to(value: &Value) -> Result<Option<usize>, ApiError> {
    match wire::count(value, "count.up_to")? {
        Some(0) => Err(ApiError::invalid(
            "Invalid value at 'count.up_to': 0 is not positive.",
        )),
        limit => Ok(limit),
    }
}

#[expect(clippy::cast_precision_loss, reason = "sums of doubles are doubles")]
fn double(number: &FieldValue) -> f64 {
    if let FieldValue::Integer(n) = number {
        *n as f64
    } else if let FieldValue::Double(n) = number {
        *n
    } else {
        0.0
    }
}

/// An integer if all are and the sum is in its range, else a double.
fn sum(numbers: &[FieldValue]) -> FieldValue {
    let integers = numbers.iter().map(|number| {
        if let FieldValue::Integer(n) = number {
            Some(i128::from(*n))
        } else {
            None
        }
    });
    let sum: Option<i128> = integers.sum();
    match sum.and_then(|sum| i64::try_from(sum).ok()) {
        Some(sum) => FieldValue::Integer(sum),
        None => FieldValue::Double(numbers.iter().map(double).sum()),
    }
}

/// `POST …:runAggregationQuery`. Documents that lack a field of a sum or an
/// average are not counted either, as Google's index does not have them.
pub(super) fn run(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let request = &call.body["structuredAggregationQuery"];
    let body = &request["structuredQuery"];
    let query = Query::read(body)?;
    let given = array(&request["aggregations"], "aggregations")?;
    if !(1..=MAX_AGGREGATIONS).contains(&given.len()) {
        let message = format!("A query has 1 to {MAX_AGGREGATIONS} aggregations.");
        return Err(ApiError::invalid(message));
    }
    let mut aggregations = Vec::new();
    let mut unnamed = 0;
    for one in given {
        let alias = match one["alias"].as_str() {
            Some(alias) if !alias.is_empty() => alias.to_owned(),
            Some(_) | None => {
                unnamed += 1;
                format!("field_{unnamed}")
            }
        };
        if aggregations.iter().any(|(other, _)| *other == alias) {
            let message = format!("Two aggregations have the alias {alias}.");
            return Err(ApiError::invalid(message));
        }
        aggregations.push((alias, Aggregation::read(one)?));
    }
    let (parent, database) = (path_of_call(call), database(call));
    let reading = cloud.firestore.reading(call, &database)?;
    query.check_indexes(&cloud.firestore, &database, call.now)?;
    let mut found = query.find(&cloud.firestore.view(&reading), &parent);
    found.retain(|(name, document)| {
        let mut fields = aggregations.iter().filter_map(|(_, one)| one.field());
        fields.all(|path| document.get(name, path).is_some())
    });
    let results: Map<String, Value> = aggregations
        .iter()
        .map(|(alias, one)| (alias.clone(), one.result(&found).to_json()))
        .collect();
    let mut answers = [json!({ "result": { "aggregateFields": results }, "readTime": reading.at })];
    reading.tell(&mut answers);
    cloud.firestore.record_query(&reading, &parent, body);
    Ok(ApiResponse::Json(json!(answers)))
}
