//! Structured queries: what they select, and in which order.

use super::{
    Firestore,
    document::Document,
    field_path::FieldPath,
    index::{Order, Shape},
    indexes,
    path::{below_documents, check_id, database},
    value::{Datum, read_values},
    wire::{count, refuse_transaction, word},
};
use crate::{Answer, ApiError, Call, Cloud};
use serde_json::{Value, json};
use std::{cmp::Ordering, collections::BTreeSet};

/// Values in an `IN`, at the most.
const MOST_IN: usize = 30;

#[derive(Debug, Clone)]
pub(super) struct Query {
    pub(super) collection: String,
    /// Collections with that id at any depth.
    pub(super) group: bool,
    filters: Vec<Filter>,
    /// With what Firestore adds: the inequality's field, and the name.
    orders: Vec<Order>,
    start: Option<Cursor>,
    end: Option<Cursor>,
    limit: Option<usize>,
    offset: usize,
    select: Option<Vec<FieldPath>>,
}

#[derive(Debug, Clone)]
struct Filter {
    path: FieldPath,
    test: Test,
}

#[derive(Debug, Clone)]
enum Test {
    Equal(Datum),
    In(Vec<Datum>),
    Contains(Vec<Datum>),
    NotEqual(Datum),
    /// The orders of a field against the value that pass.
    Range(Datum, &'static [Ordering]),
}

#[derive(Debug, Clone)]
struct Cursor {
    values: Vec<Datum>,
    before: bool,
}

impl Query {
    pub(super) fn read(query: &Value) -> Result<Self, ApiError> {
        let empty = Vec::new();
        let list = |value: &'_ Value| value.as_array().unwrap_or(&empty).clone();
        let from = list(&query["from"]);
        let [from] = from.as_slice() else {
            return Err(ApiError::invalid(
                "A query takes exactly one collection in 'from'.",
            ));
        };
        if !query["findNearest"].is_null() {
            return Err(ApiError::unimplemented(
                "The simulator does not know findNearest.",
            ));
        }
        let collection = from["collectionId"].as_str().unwrap_or_default().to_owned();
        check_id(&collection)?;
        let mut filters = Vec::new();
        read_filters(&query["where"], &mut filters)?;
        let orders: Vec<Order> = list(&query["orderBy"])
            .iter()
            .map(Order::read)
            .collect::<Result<_, _>>()?;
        let orders = complete(orders, &filters)?;
        let cursor = |key: &str| Cursor::read(&query[key], key, orders.len());
        let fields = |projection: &Value| {
            let fields = list(&projection["fields"]);
            fields.iter().map(read_field).collect::<Result<Vec<_>, _>>()
        };
        let select = fields(&query["select"])?;
        Ok(Self {
            collection,
            group: from["allDescendants"] == true,
            start: cursor("startAt")?,
            end: cursor("endAt")?,
            limit: count(&query["limit"], "limit")?,
            offset: count(&query["offset"], "offset")?.unwrap_or(0),
            // An empty projection is none.
            select: (!select.is_empty()).then_some(select),
            filters,
            orders,
        })
    }

    /// What an index must serve.
    pub(super) fn shape(&self) -> Shape {
        let mut shape = Shape::default();
        for Filter { path, test } in &self.filters {
            match test {
                Test::Contains(_) => shape.contains.insert(path.clone()),
                Test::Equal(_) | Test::In(_) => shape.equal.insert(path.clone()),
                Test::NotEqual(_) | Test::Range(..) => false,
            };
        }
        let sorts = |order: &&Order| !shape.equal.contains(&order.path);
        shape.sort = self.orders.iter().filter(sorts).cloned().collect();
        shape
    }

    /// The documents that match, in order, cut to the page asked for.
    fn run<'d>(&self, documents: Vec<(&'d str, &'d Document)>) -> Vec<(&'d str, &'d Document)> {
        let mut found: Vec<(Vec<Datum>, &str, &Document)> = documents
            .into_iter()
            .filter(|(name, document)| self.filters.iter().all(|f| f.passes(name, document)))
            .filter_map(|(name, document)| {
                // What lacks a field of the order is in no index of it.
                let keys = self
                    .orders
                    .iter()
                    .map(|order| document.get(name, &order.path));
                Some((keys.collect::<Option<_>>()?, name, document))
            })
            .collect();
        found.sort_by(|(a, ..), (b, ..)| self.order(a, b));
        found
            .into_iter()
            .filter(|(keys, ..)| {
                let against = |cursor: &Cursor| self.order(keys, &cursor.values);
                let begun = self
                    .start
                    .as_ref()
                    .is_none_or(|cursor| match against(cursor) {
                        Ordering::Less => false,
                        Ordering::Equal => cursor.before,
                        Ordering::Greater => true,
                    });
                let ended = self
                    .end
                    .as_ref()
                    .is_some_and(|cursor| match against(cursor) {
                        Ordering::Less => false,
                        Ordering::Equal => cursor.before,
                        Ordering::Greater => true,
                    });
                begun && !ended
            })
            .skip(self.offset)
            .take(self.limit.unwrap_or(usize::MAX))
            .map(|(_, name, document)| (name, document))
            .collect()
    }

    /// Compares keys in the query's order, as far as both go.
    fn order(&self, a: &[Datum], b: &[Datum]) -> Ordering {
        let pairs = self.orders.iter().zip(a.iter().zip(b));
        let orders = pairs.map(|(order, (x, y))| match order.descending {
            false => x.order(y),
            true => y.order(x),
        });
        orders
            .into_iter()
            .find(|o| *o != Ordering::Equal)
            .unwrap_or(Ordering::Equal)
    }
}

/// Adds the orders that Firestore implies: by the fields of inequalities, then
/// by name, in the direction of the last.
fn complete(mut orders: Vec<Order>, filters: &[Filter]) -> Result<Vec<Order>, ApiError> {
    let unequal: BTreeSet<&FieldPath> = filters
        .iter()
        .filter(|f| matches!(f.test, Test::NotEqual(_) | Test::Range(..)))
        .map(|f| &f.path)
        .collect();
    if let (Some(field), Some(first)) = (unequal.first(), orders.first())
        && !unequal.contains(&first.path)
    {
        return Err(ApiError::invalid(format!(
            "inequality filter property and first sort order must be the same: {field} and {}",
            first.path
        )));
    }
    let descending = orders.last().is_some_and(|order| order.descending);
    let name = FieldPath::parse("__name__")?;
    for path in unequal.into_iter().chain([&name]) {
        if orders.iter().all(|order| order.path != *path) {
            orders.push(Order {
                path: path.clone(),
                descending,
            });
        }
    }
    Ok(orders)
}

fn read_field(reference: &Value) -> Result<FieldPath, ApiError> {
    FieldPath::parse(reference["fieldPath"].as_str().unwrap_or_default())
}

impl Order {
    fn read(value: &Value) -> Result<Self, ApiError> {
        let words = ["DIRECTION_UNSPECIFIED", "ASCENDING", "DESCENDING"];
        let given = &value["direction"];
        let direction = word(given, &words);
        if direction.is_none() && !given.is_null() {
            return Err(ApiError::invalid("Invalid value at 'order_by.direction'."));
        }
        Ok(Self {
            path: read_field(&value["field"])?,
            descending: direction == Some("DESCENDING"),
        })
    }
}

impl Cursor {
    fn read(value: &Value, at: &str, most: usize) -> Result<Option<Self>, ApiError> {
        if value.is_null() {
            return Ok(None);
        }
        let values = read_values(value, at)?;
        if values.is_empty() || values.len() > most {
            let message = format!("Invalid value at '{at}': 1 to {most} values, as in the order.");
            return Err(ApiError::invalid(message));
        }
        let before = value["before"] == true;
        Ok(Some(Self { values, before }))
    }
}

fn read_filters(filter: &Value, into: &mut Vec<Filter>) -> Result<(), ApiError> {
    if filter.is_null() {
        return Ok(());
    }
    let composite = &filter["compositeFilter"];
    if composite.is_object() {
        match word(&composite["op"], &["OPERATOR_UNSPECIFIED", "AND", "OR"]) {
            Some("AND") => {}
            Some("OR") => return Err(ApiError::unimplemented("The simulator does not know OR.")),
            _ => return Err(ApiError::invalid("Invalid value at 'composite_filter.op'.")),
        }
        let filters = composite["filters"].as_array().into_iter().flatten();
        return filters
            .into_iter()
            .try_for_each(|filter| read_filters(filter, into));
    }
    let (field, unary) = (&filter["fieldFilter"], &filter["unaryFilter"]);
    let (path, test) = if field.is_object() {
        let path = read_field(&field["field"])?;
        let test = Test::read(&field["op"], &field["value"], &path)?;
        (path, test)
    } else if unary.is_object() {
        let words = [
            "OPERATOR_UNSPECIFIED",
            "",
            "IS_NAN",
            "IS_NULL",
            "IS_NOT_NAN",
            "IS_NOT_NULL",
        ];
        let test = match word(&unary["op"], &words) {
            Some("IS_NULL") => Test::Equal(Datum::Null),
            Some("IS_NAN") => Test::Equal(Datum::Double(f64::NAN)),
            Some("IS_NOT_NULL") => Test::NotEqual(Datum::Null),
            Some("IS_NOT_NAN") => Test::NotEqual(Datum::Double(f64::NAN)),
            _ => return Err(ApiError::invalid("Invalid value at 'unary_filter.op'.")),
        };
        (read_field(&unary["field"])?, test)
    } else {
        let message = "A filter has one of compositeFilter, fieldFilter and unaryFilter.";
        return Err(ApiError::invalid(message));
    };
    into.push(Filter { path, test });
    Ok(())
}

impl Test {
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
        let bad = |what: &str| ApiError::invalid(format!("Invalid filter on {path}: {what}."));
        let datum = Datum::read(value, "field_filter.value")?;
        let values = |datum: &Datum| {
            let values = datum
                .as_array()
                .filter(|v| (1..=MOST_IN).contains(&v.len()));
            values
                .map(<[Datum]>::to_vec)
                .ok_or_else(|| bad("it takes an array of 1 to 30 values"))
        };
        let test = match word(op, &words) {
            Some("LESS_THAN") => Self::Range(datum, &[Less]),
            Some("LESS_THAN_OR_EQUAL") => Self::Range(datum, &[Less, Equal]),
            Some("GREATER_THAN") => Self::Range(datum, &[Greater]),
            Some("GREATER_THAN_OR_EQUAL") => Self::Range(datum, &[Greater, Equal]),
            Some("EQUAL") => Self::Equal(datum),
            Some("NOT_EQUAL") => Self::NotEqual(datum),
            Some("ARRAY_CONTAINS") => Self::Contains(vec![datum]),
            Some("ARRAY_CONTAINS_ANY") => Self::Contains(values(&datum)?),
            Some("IN") => Self::In(values(&datum)?),
            Some("NOT_IN") => {
                return Err(ApiError::unimplemented(
                    "The simulator does not know NOT_IN.",
                ));
            }
            _ => return Err(bad("unknown operator")),
        };
        if path.is_name()
            && !test
                .values()
                .iter()
                .all(|v| matches!(v, Datum::Reference(_)))
        {
            return Err(bad("__key__ filter value must be a Key"));
        }
        Ok(test)
    }

    fn values(&self) -> &[Datum] {
        match self {
            Self::Equal(value) | Self::NotEqual(value) | Self::Range(value, _) => {
                std::slice::from_ref(value)
            }
            Self::In(values) | Self::Contains(values) => values,
        }
    }
}

impl Filter {
    fn passes(&self, name: &str, document: &Document) -> bool {
        let Some(is) = document.get(name, &self.path) else {
            return false;
        };
        match &self.test {
            Test::Equal(value) => is.same(value),
            Test::In(values) => values.iter().any(|value| is.same(value)),
            // Null is never unequal to anything.
            Test::NotEqual(value) => !matches!(is, Datum::Null) && !is.same(value),
            Test::Contains(values) => is
                .as_array()
                .is_some_and(|all| values.iter().any(|v| all.iter().any(|there| there.same(v)))),
            // A range never leaves its type, nor are numbers in one with NaN.
            Test::Range(value, pass) => {
                is.rank() == value.rank()
                    && is.is_nan() == value.is_nan()
                    && pass.contains(&is.order(value))
            }
        }
    }
}

impl Firestore {
    fn query(&self, parent: &str, query: &Query) -> Vec<(&str, &Document)> {
        let Query {
            collection, group, ..
        } = query;
        query.run(match group {
            true => self.group(parent, collection),
            false => self.collection(&format!("{parent}/{collection}")),
        })
    }
}

/// `POST …:runQuery`.
pub(super) fn run(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    refuse_transaction(call)?;
    let database = database(call);
    let at = cloud.firestore.read_time(&database, call.now)?;
    let query = Query::read(&call.body["structuredQuery"])?;
    let (collection, group) = (&query.collection, query.group);
    indexes::check(
        &cloud.firestore,
        &database,
        collection,
        group,
        &query.shape(),
    )?;
    let found = cloud.firestore.query(&below_documents(call), &query);
    let mut answers: Vec<Value> = found
        .into_iter()
        .map(|(name, document)| {
            let shown = document.json(name, query.select.as_deref());
            json!({ "document": shown, "readTime": at })
        })
        .collect();
    if answers.is_empty() {
        answers.push(json!({ "readTime": at }));
    }
    Ok(Answer::Json(answers.into()))
}
