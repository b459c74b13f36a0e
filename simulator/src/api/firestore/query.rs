//! Structured queries.

use super::{
    Firestore,
    document::Document,
    field_path::FieldPath,
    index::{IndexRequirement, Order},
    indexes,
    path::{check_id, database, path_of_call},
    value::{FieldValue, read_values},
    view::View,
    wire::{count, enum_name},
};
use crate::{ApiError, ApiResponse, Call, Cloud};
use names::Timestamp;
use serde_json::{Value, json};
use std::{cmp::Ordering, collections::BTreeSet};

/// Maximum number of values of an `IN` filter.
const MAX_IN_VALUES: usize = 30;

#[derive(Debug, Clone)]
pub(super) struct Query {
    collection: String,
    /// Whether collections with this ID at any depth are queried.
    pub(super) group: bool,
    filters: Vec<Filter>,
    /// Including the implicit ones: by the fields of inequalities, and by name.
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
    condition: Condition,
}

#[derive(Debug, Clone)]
enum Condition {
    Equal(FieldValue),
    In(Vec<FieldValue>),
    Contains(Vec<FieldValue>),
    NotEqual(FieldValue),
    /// The value, and the accepted results of comparing a field with it.
    Range(FieldValue, &'static [Ordering]),
}

#[derive(Debug, Clone)]
struct Cursor {
    values: Vec<FieldValue>,
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
                "The simulator does not support findNearest.",
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
        let orders = add_implied_orders(orders, &filters)?;
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
            // An empty projection selects all fields.
            select: (!select.is_empty()).then_some(select),
            filters,
            orders,
        })
    }

    /// Checks that there are indexes for this query.
    pub(super) fn check_indexes(
        &self,
        store: &Firestore,
        database: &str,
        now: Timestamp,
    ) -> Result<(), ApiError> {
        let of = (self.collection.as_str(), self.group);
        indexes::check(store, database, of, &self.requirement(), now)
    }

    /// What an index must provide for this query.
    fn requirement(&self) -> IndexRequirement {
        let mut requirement = IndexRequirement::default();
        for Filter { path, condition } in &self.filters {
            match condition {
                Condition::Contains(_) => requirement.contains.insert(path.clone()),
                Condition::Equal(_) | Condition::In(_) => requirement.equal.insert(path.clone()),
                Condition::NotEqual(_) | Condition::Range(..) => false,
            };
        }
        let sorts = |order: &&Order| !requirement.equal.contains(&order.path);
        requirement.sort = self.orders.iter().filter(sorts).cloned().collect();
        requirement
    }

    /// Whether it is all of a collection group, ordered by name.
    pub(super) fn is_whole_group(&self) -> bool {
        let [Order { path, descending }] = self.orders.as_slice() else {
            return false;
        };
        let is_part = self.start.is_some() || self.end.is_some() || self.limit.is_some();
        self.group && self.filters.is_empty() && path.is_name() && !descending && !is_part
    }

    /// The documents below `parent` that match.
    pub(super) fn find<'d>(&self, view: &View<'d>, parent: &str) -> Vec<(&'d str, &'d Document)> {
        self.run(match self.group {
            true => view.group(parent, &self.collection),
            false => view.collection(&format!("{parent}/{}", self.collection)),
        })
    }

    /// The matching documents in order, limited to the requested page.
    fn run<'d>(&self, documents: Vec<(&'d str, &'d Document)>) -> Vec<(&'d str, &'d Document)> {
        let mut found: Vec<(Vec<FieldValue>, &str, &Document)> = documents
            .into_iter()
            .filter(|(name, document)| self.filters.iter().all(|f| f.passes(name, document)))
            .filter_map(|(name, document)| {
                // An index does not contain documents that lack one of its
                // fields.
                let keys = self
                    .orders
                    .iter()
                    .map(|order| document.get(name, &order.path));
                Some((keys.collect::<Option<_>>()?, name, document))
            })
            .collect();
        found.sort_by(|(a, ..), (b, ..)| self.compare(a, b));
        found
            .into_iter()
            .filter(|(keys, ..)| {
                let against = |cursor: &Cursor| self.compare(keys, &cursor.values);
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

    /// Compares keys in the query's sort order, up to the shorter one.
    fn compare(&self, a: &[FieldValue], b: &[FieldValue]) -> Ordering {
        let pairs = self.orders.iter().zip(a.iter().zip(b));
        let orders = pairs.map(|(order, (x, y))| match order.descending {
            false => x.compare(y),
            true => y.compare(x),
        });
        orders
            .into_iter()
            .find(|o| *o != Ordering::Equal)
            .unwrap_or(Ordering::Equal)
    }
}

/// Adds the sort orders that Firestore implies: by the fields of inequalities,
/// then by name, in the direction of the last.
fn add_implied_orders(mut orders: Vec<Order>, filters: &[Filter]) -> Result<Vec<Order>, ApiError> {
    let unequal: BTreeSet<&FieldPath> = filters
        .iter()
        .filter(|f| matches!(f.condition, Condition::NotEqual(_) | Condition::Range(..)))
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
        let direction = enum_name(given, &words);
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
    fn read(value: &Value, at: &str, max: usize) -> Result<Option<Self>, ApiError> {
        if value.is_null() {
            return Ok(None);
        }
        let values = read_values(value, at)?;
        if values.is_empty() || values.len() > max {
            let message = format!("Invalid value at '{at}': 1 to {max} values, as in the order.");
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
        match enum_name(&composite["op"], &["OPERATOR_UNSPECIFIED", "AND", "OR"]) {
            Some("AND") => {}
            Some("OR") => {
                return Err(ApiError::unimplemented(
                    "The simulator does not support OR.",
                ));
            }
            _ => return Err(ApiError::invalid("Invalid value at 'composite_filter.op'.")),
        }
        let filters = composite["filters"].as_array().into_iter().flatten();
        return filters
            .into_iter()
            .try_for_each(|filter| read_filters(filter, into));
    }
    let (field, unary) = (&filter["fieldFilter"], &filter["unaryFilter"]);
    let (path, condition) = if field.is_object() {
        let path = read_field(&field["field"])?;
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
        (read_field(&unary["field"])?, condition)
    } else {
        let message = "A filter has one of compositeFilter, fieldFilter and unaryFilter.";
        return Err(ApiError::invalid(message));
    };
    into.push(Filter { path, condition });
    Ok(())
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
        let values = |field_value: &FieldValue| {
            let values = field_value
                .as_array()
                .filter(|v| (1..=MAX_IN_VALUES).contains(&v.len()));
            values
                .map(<[FieldValue]>::to_vec)
                .ok_or_else(|| invalid("it takes an array of 1 to 30 values"))
        };
        let condition = match enum_name(op, &words) {
            Some("LESS_THAN") => Self::Range(field_value, &[Less]),
            Some("LESS_THAN_OR_EQUAL") => Self::Range(field_value, &[Less, Equal]),
            Some("GREATER_THAN") => Self::Range(field_value, &[Greater]),
            Some("GREATER_THAN_OR_EQUAL") => Self::Range(field_value, &[Greater, Equal]),
            Some("EQUAL") => Self::Equal(field_value),
            Some("NOT_EQUAL") => Self::NotEqual(field_value),
            Some("ARRAY_CONTAINS") => Self::Contains(vec![field_value]),
            Some("ARRAY_CONTAINS_ANY") => Self::Contains(values(&field_value)?),
            Some("IN") => Self::In(values(&field_value)?),
            Some("NOT_IN") => {
                return Err(ApiError::unimplemented(
                    "The simulator does not support NOT_IN.",
                ));
            }
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
            Self::In(values) | Self::Contains(values) => values,
        }
    }
}

impl Filter {
    fn passes(&self, name: &str, document: &Document) -> bool {
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

/// `POST …:runQuery`.
pub(super) fn run(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let body = &call.body["structuredQuery"];
    let query = Query::read(body)?;
    let (parent, database) = (path_of_call(call), database(call));
    let reading = cloud.firestore.reading(call, &database)?;
    query.check_indexes(&cloud.firestore, &database, call.now)?;
    let found = query.find(&cloud.firestore.view(&reading), &parent);
    let mut answers: Vec<Value> = found
        .into_iter()
        .map(|(name, document)| {
            let json = document.json(name, query.select.as_deref());
            json!({ "document": json, "readTime": reading.at })
        })
        .collect();
    if answers.is_empty() {
        answers.push(json!({ "readTime": reading.at }));
    }
    reading.tell(&mut answers);
    cloud.firestore.record_query(&reading, &parent, body);
    Ok(ApiResponse::Json(answers.into()))
}
