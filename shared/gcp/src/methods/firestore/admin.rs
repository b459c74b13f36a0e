//! Databases and indexes.

use super::methods::{CREATE_DATABASE, CREATE_INDEX};
use crate::Request;
use names::{DatabaseName, Region};
use serde_json::{Value, json};

/// A request for [`CREATE_DATABASE`], in native mode and with delete protection.
/// It returns an operation; 409 if the database already exists.
#[must_use]
pub fn create_database_request(database: &DatabaseName, location: &Region) -> Request {
    Request::new(&CREATE_DATABASE)
        .path("parent", format!("projects/{}", database.project()))
        .query("databaseId", database.id())
        .json(&json!({
            "locationId": location,
            "type": "FIRESTORE_NATIVE",
            "deleteProtectionState": "DELETE_PROTECTION_ENABLED",
        }))
}

/// A request for [`CREATE_INDEX`] over `fields`, each with `ASCENDING` or
/// `DESCENDING`. It returns an operation; 409 if the index already exists.
#[must_use]
pub fn create_index_request(
    database: &DatabaseName,
    collection: &str,
    fields: &[(&str, &str)],
) -> Request {
    let field = |(path, order): &(&str, &str)| json!({ "fieldPath": path, "order": order });
    let fields: Vec<Value> = fields.iter().map(field).collect();
    let parent = format!("{database}/collectionGroups/{collection}");
    Request::new(&CREATE_INDEX)
        .path("parent", parent)
        .json(&json!({ "queryScope": "COLLECTION", "fields": fields }))
}
