//! Reads of documents, by name and by collection.

use super::{
    Firestore,
    document::Document,
    mask::{mask, query_mask},
    path::{check_document, database, path_of_call},
    query::Query,
    view::View,
};
use crate::{ApiError, ApiResponse, Call, Cloud};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// `GET …/documents/{document}`.
pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let (name, database) = (path_of_call(call), database(call));
    check_document(&name, &database)?;
    let mask = query_mask(call, "mask")?;
    let store = &mut cloud.firestore;
    let reading = store.reading(call, &database)?;
    store.record_documents(&reading, [name.as_str()].into_iter());
    let found = store.view(&reading).get(&name);
    let missing = || ApiError::not_found(format!("Document \"{name}\" not found."));
    let document = found.ok_or_else(missing)?;
    Ok(ApiResponse::Json(document.json(&name, mask.as_deref())))
}

/// `GET …/documents/{collection}`.
pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let mask = query_mask(call, "mask")?;
    let max = call.query_u64("pageSize")?.unwrap_or(0);
    let max = if max == 0 {
        300
    } else {
        usize::try_from(max).unwrap_or(usize::MAX)
    };
    let (collection, database) = (path_of_call(call), database(call));
    let store = &mut cloud.firestore;
    let reading = store.reading(call, &database)?;
    let found = listed(store, &store.view(&reading), call, &collection)?;
    // By name, the token is the last ID; otherwise, how many have been listed.
    let token = call.query("pageToken").unwrap_or_default();
    let (by_name, offset) = match order(call) {
        Some(_) => ("", token.parse().unwrap_or(0)),
        None => (token, 0),
    };
    let id = |name: &str| name[collection.len() + 1..].to_owned();
    let mut found = found
        .into_iter()
        .skip(offset)
        .filter(|(name, _)| id(name).as_str() > by_name);
    let page: Vec<_> = found.by_ref().take(max).collect();
    let mut body = json!({});
    if let (Some(_), Some((last, _))) = (found.next(), page.last()) {
        body["nextPageToken"] = match order(call) {
            Some(_) => (offset + page.len()).to_string().into(),
            None => id(last).into(),
        };
    }
    if !page.is_empty() {
        let json = page.iter().map(|(name, document)| match document {
            Some(document) => document.json(name, mask.as_deref()),
            None => json!({ "name": name }),
        });
        body["documents"] = json.collect();
    }
    let names: Vec<String> = page.into_iter().map(|(name, _)| name.to_owned()).collect();
    store.record_documents(&reading, names.iter().map(String::as_str));
    Ok(ApiResponse::Json(body))
}

/// The order that a list asks for, unless it is that of names.
fn order(call: &Call) -> Option<&str> {
    call.query("orderBy").filter(|order| *order != "__name__")
}

/// All of a list. Missing documents have others below them.
fn listed<'a>(
    store: &Firestore,
    view: &View<'a>,
    call: &Call,
    collection: &str,
) -> Result<Vec<(&'a str, Option<&'a Document>)>, ApiError> {
    let shows_missing = call
        .query("showMissing")
        .is_some_and(|v| v.eq_ignore_ascii_case("true"));
    let there = |found: Vec<(&'a str, &'a Document)>| {
        let found = found.into_iter();
        found
            .map(|(name, document)| (name, Some(document)))
            .collect()
    };
    match (order(call), shows_missing) {
        (None, false) => Ok(there(view.collection(collection))),
        (None, true) => {
            let prefix = format!("{collection}/");
            let mut all = BTreeMap::new();
            for (name, document) in view.below(&prefix, |_| true) {
                match name[prefix.len()..].split_once('/') {
                    None => drop(all.insert(name, Some(document))),
                    Some((id, _)) => {
                        all.entry(&name[..prefix.len() + id.len()]).or_insert(None);
                    }
                }
            }
            Ok(all.into_iter().collect())
        }
        (Some(order), false) => {
            let (parent, id) = collection.rsplit_once('/').unwrap_or_default();
            let fields = order.split(',').map(|field| {
                let field = field.trim();
                let (path, direction) = field.split_once(' ').unwrap_or((field, ""));
                let descending = direction.trim().eq_ignore_ascii_case("desc");
                let direction = if descending {
                    "DESCENDING"
                } else {
                    "ASCENDING"
                };
                json!({ "field": { "fieldPath": path }, "direction": direction })
            });
            let fields: Vec<Value> = fields.collect();
            let query = json!({ "from": [{ "collectionId": id }], "orderBy": fields });
            let query = Query::read(&query)?;
            query.check_indexes(store, &database(call), call.now)?;
            Ok(there(query.find(view, parent)))
        }
        (Some(_), true) => Err(ApiError::invalid(
            "A list that shows missing documents cannot be ordered.",
        )),
    }
}

/// `POST …/documents:batchGet`.
pub(super) fn batch_get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let database = database(call);
    let mask = mask(&call.body["mask"])?;
    let names = call.body["documents"].as_array().into_iter().flatten();
    let names: Vec<&str> = names
        .map(|name| name.as_str().unwrap_or_default())
        .collect();
    names
        .iter()
        .try_for_each(|name| check_document(name, &database))?;
    let store = &mut cloud.firestore;
    let reading = store.reading(call, &database)?;
    let view = store.view(&reading);
    let answers = names.iter().map(|name| match view.get(name) {
        Some(found) => {
            json!({ "found": found.json(name, mask.as_deref()), "readTime": reading.at })
        }
        None => json!({ "missing": name, "readTime": reading.at }),
    });
    let mut answers: Vec<Value> = answers.collect();
    reading.tell(&mut answers);
    store.record_documents(&reading, names.into_iter());
    Ok(ApiResponse::Json(answers.into()))
}
