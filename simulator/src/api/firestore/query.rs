//! Structured queries.

use super::{
    Firestore,
    document::Document,
    field_path::FieldPath,
    filter::{self, Conjunction, Filter},
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

#[derive(Debug, Clone)]
pub(super) struct Query {
    collection: String,
    /// Whether collections with this ID at any depth are queried.
    pub(super) group: bool,
    /// One of these must pass.
    filters: Vec<Conjunction>,
    /// Including the implicit ones: by the fields of inequalities, and by name.
    orders: Vec<Order>,
    start: Option<Cursor>,
    end: Option<Cursor>,
    limit: Option<usize>,
    offset: usize,
    select: Option<Vec<FieldPath>>,
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
        let filters = filter::read(&query["where"])?;
        let orders: Vec<Order> = list(&query["orderBy"])
            .iter()
            .map(Order::read)
            .collect::<Result<_, _>>()?;
        let orders = add_implied_orders(orders, &filters)?;
        let cursor = |key: &str| Cursor::read(&query[key], key, orders.len());
        let fields = |projection: &Value| {
            let fields = list(&projection["fields"]);
            fields
                .iter()
                .map(FieldPath::read)
                .collect::<Result<Vec<_>, _>>()
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
        let mut each = self.filters.iter();
        each.try_for_each(|filters| {
            indexes::check(store, database, of, &self.requirement(filters), now)
        })
    }

    /// What an index must provide for some of the filters.
    fn requirement(&self, filters: &[Filter]) -> IndexRequirement {
        let mut requirement = IndexRequirement::default();
        for filter in filters {
            filter.require(&mut requirement);
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
        self.group
            && self.filters.iter().all(Vec::is_empty)
            && path.is_name()
            && !descending
            && !is_part
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
            .filter(|(name, document)| {
                let passes = |all: &Conjunction| all.iter().all(|f| f.passes(name, document));
                self.filters.iter().any(passes)
            })
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
/// then by name, in the direction of the last. What `OR` connects implies none by
/// fields, as documents may lack them; unverified.
fn add_implied_orders(
    mut orders: Vec<Order>,
    filters: &[Conjunction],
) -> Result<Vec<Order>, ApiError> {
    let filters = match filters {
        [all] => all.as_slice(),
        _ => &[],
    };
    let unequal: BTreeSet<&FieldPath> = filters
        .iter()
        .filter(|filter| filter.is_inequality())
        .map(|filter| &filter.path)
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

impl Order {
    fn read(value: &Value) -> Result<Self, ApiError> {
        let words = ["DIRECTION_UNSPECIFIED", "ASCENDING", "DESCENDING"];
        let given = &value["direction"];
        let direction = enum_name(given, &words);
        if direction.is_none() && !given.is_null() {
            return Err(ApiError::invalid("Invalid value at 'order_by.direction'."));
        }
        Ok(Self {
            path: FieldPath::read(&value["field"])?,
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
