//! Which records, in which order.

use crate::{
    Entry, Error, Record,
    document::{StoredRecord, unreadable},
};
use gcp::methods::firestore::Document;
use names::Timestamp;
use serde_json::{Value, json};

/// Firestore's limit of `IN` (its page "Query and filter data").
const MAX_STATES: usize = 30;

/// Which records of a collection, in which order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    /// Only those in one of these states, at most 30; none: in any.
    pub states: Vec<String>,
    /// Only those due at this time or before; not with `newest_first`.
    pub due_by: Option<Timestamp>,
    /// Latest created first; else earliest due first, after those never due.
    pub newest_first: bool,
    /// The page size; at least 1.
    pub limit: u32,
    /// Where the page begins: after this record; from the start if `None`.
    pub after: Option<Cursor>,
}

/// A place in the answer to a query, for the same query's next page.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor(Vec<Value>);

/// A part of the answer to a query.
#[derive(Debug)]
pub struct Page<R: Record> {
    /// The records that match, in the order of the query.
    pub entries: Vec<Entry<R>>,
    /// Those that match but cannot be read ([`Error::Unreadable`]): one of
    /// them must not hide the others.
    pub unreadable: Vec<Error>,
    /// Where the next page begins; `None` if there is none.
    pub next: Option<Cursor>,
}

impl Query {
    fn order(&self) -> (&'static str, &'static str) {
        if self.newest_first {
            ("created", "DESCENDING")
        } else {
            ("due", "ASCENDING")
        }
    }

    /// Firestore's `StructuredQuery`, or what is wrong with this one.
    pub(crate) fn structured(&self, collection: &str) -> Result<Value, String> {
        if self.limit == 0 {
            return Err("a query with the limit 0".to_owned());
        }
        if self.states.len() > MAX_STATES {
            let states = self.states.len();
            return Err(format!("{states} states in a query, at most {MAX_STATES}"));
        }
        if self.newest_first && self.due_by.is_some() {
            return Err("a query by due time, yet newest first".to_owned());
        }
        let filter = |field: &str, op: &str, value: Value| json!({ "fieldFilter": { "field": { "fieldPath": field }, "op": op, "value": value } });
        let text = |state: &String| json!({ "stringValue": state });
        let mut filters = Vec::new();
        match self.states.as_slice() {
            [] => {}
            [state] => filters.push(filter("state", "EQUAL", text(state))),
            states => {
                let states: Vec<Value> = states.iter().map(text).collect();
                let states = json!({ "arrayValue": { "values": states } });
                filters.push(filter("state", "IN", states));
            }
        }
        if let Some(by) = self.due_by {
            let by = json!({ "timestampValue": by });
            // Firestore compares within one type: null is never due.
            filters.push(filter("due", "LESS_THAN_OR_EQUAL", by));
        }
        let (field, direction) = self.order();
        let mut query = json!({
            "from": [{ "collectionId": collection }],
            // The name too, so that a cursor is exact among equal times.
            "orderBy": [
                { "field": { "fieldPath": field }, "direction": direction },
                { "field": { "fieldPath": "__name__" }, "direction": direction },
            ],
            "limit": self.limit,
        });
        match filters.len() {
            0 => {}
            1 => query["where"] = filters.remove(0),
            _ => {
                query["where"] = json!({ "compositeFilter": { "op": "AND", "filters": filters } });
            }
        }
        if let Some(Cursor(values)) = &self.after {
            query["startAt"] = json!({ "values": values, "before": false });
        }
        Ok(query)
    }

    /// The page that Firestore's answer is.
    pub(crate) fn page<R: Record>(&self, documents: &[Document]) -> Page<R> {
        let mut page = Page {
            entries: Vec::new(),
            unreadable: Vec::new(),
            next: None,
        };
        for document in documents {
            match read(document) {
                Ok(entry) => page.entries.push(entry),
                Err(error) => page.unreadable.push(error),
            }
        }
        let full = usize::try_from(self.limit).is_ok_and(|limit| documents.len() >= limit);
        if let Some(last) = documents.last().filter(|_| full) {
            let at = last.fields.get(self.order().0).cloned();
            let at = at.unwrap_or_else(|| json!({ "nullValue": null }));
            page.next = Some(Cursor(vec![at, json!({ "referenceValue": last.name })]));
        }
        page
    }
}

fn read<R: Record>(document: &Document) -> Result<Entry<R>, Error> {
    let (_, id) = document
        .name
        .rsplit_once('/')
        .ok_or_else(|| unreadable(&document.name, "not the name of a document"))?;
    let key = format!("{}/{id}", R::COLLECTION);
    let id = id
        .parse()
        .map_err(|_| unreadable(&key, "the id is malformed"))?;
    StoredRecord::read(&key, document)?.entry(&id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Direction, INDEXES};

    fn query(states: &[&str], due_by: Option<i64>, newest_first: bool) -> Query {
        Query {
            states: states.iter().map(ToString::to_string).collect(),
            due_by: due_by.map(Timestamp::from_seconds),
            newest_first,
            limit: 2,
            after: None,
        }
    }

    #[test]
    fn a_query_has_firestores_json_form() {
        let mut query = query(&["Running", "Waiting"], Some(60), false);
        query.after = Some(Cursor(vec![json!({ "nullValue": null })]));
        let filter = |field: &str, op: &str, value: Value| json!({ "fieldFilter": { "field": { "fieldPath": field }, "op": op, "value": value } });
        let states = json!([{ "stringValue": "Running" }, { "stringValue": "Waiting" }]);
        assert_eq!(
            query.structured("jobs").expect("valid"),
            json!({
                "from": [{ "collectionId": "jobs" }],
                "where": { "compositeFilter": { "op": "AND", "filters": [
                    filter("state", "IN", json!({ "arrayValue": { "values": states } })),
                    filter("due", "LESS_THAN_OR_EQUAL", json!({ "timestampValue": "1970-01-01T00:01:00Z" })),
                ] } },
                "orderBy": [
                    { "field": { "fieldPath": "due" }, "direction": "ASCENDING" },
                    { "field": { "fieldPath": "__name__" }, "direction": "ASCENDING" },
                ],
                "limit": 2,
                "startAt": { "values": [{ "nullValue": null }], "before": false },
            })
        );
    }

    #[test]
    fn a_query_that_no_index_serves_is_refused() {
        let many: Vec<&str> = vec!["a"; 31];
        for query in [
            query(&[], Some(1), true),
            query(&many, None, true),
            Query::default(),
        ] {
            assert!(query.structured("jobs").is_err(), "{query:?}");
        }
    }

    /// A filter on one field and an order by another need a composite index;
    /// one field alone is indexed by itself.
    #[test]
    fn the_declared_indexes_are_those_that_queries_need() {
        let mut needed = Vec::new();
        for states in [&[][..], &["a"], &["a", "b"]] {
            for (due_by, newest_first) in [(None, false), (Some(1), false), (None, true)] {
                let query = query(states, due_by, newest_first);
                let structured = query.structured("jobs").expect("valid").to_string();
                if !structured.contains("\"state\"") {
                    continue;
                }
                let direction = match query.order() {
                    (field, "ASCENDING") => (field, Direction::Ascending),
                    (field, _) => (field, Direction::Descending),
                };
                let fields = vec![("state", Direction::Ascending), direction];
                if !needed.contains(&fields) {
                    needed.push(fields);
                }
            }
        }
        let declared: Vec<_> = INDEXES.iter().map(|index| index.fields.to_vec()).collect();
        assert_eq!(declared, needed);
    }
}
