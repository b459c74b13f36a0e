//! The methods, and the permissions that they require.

use crate::{Idempotency, Method, On, Request, RequiredPermission};
use serde_json::Value;

/// Applies writes to several documents, all or none. A write with a precondition
/// that is retried after it was applied fails because of itself.
pub static COMMIT: Method = Method::post(
    "firestore.projects.databases.documents.commit",
    "/v1/{+database}/documents:commit",
)
.request_fields(&[
    "writes.currentDocument.exists",
    "writes.currentDocument.updateTime",
    "writes.delete",
    "writes.update.fields",
    "writes.update.name",
])
.response_fields(&["writeResults.updateTime"])
.idempotency(Idempotency::If(|r| {
    writes(r).any(|write| !write["currentDocument"].is_null())
}))
.requires(commit_permissions);

/// Reads documents by name.
pub static BATCH_GET: Method = Method::post(
    "firestore.projects.databases.documents.batchGet",
    "/v1/{+database}/documents:batchGet",
)
.request_fields(&["documents"])
.response_fields(&["found.fields", "found.name", "found.updateTime", "missing"])
.idempotency(Idempotency::Always)
.needs(&[("datastore.entities.get", On::Resource)]);

/// Reads the documents that a query matches.
pub static RUN_QUERY: Method = Method::post(
    "firestore.projects.databases.documents.runQuery",
    "/v1/{+parent}:runQuery",
)
.request_fields(&[
    "structuredQuery.from.collectionId",
    "structuredQuery.limit",
    "structuredQuery.orderBy.direction",
    "structuredQuery.orderBy.field.fieldPath",
    "structuredQuery.startAt.before",
    "structuredQuery.startAt.values",
    "structuredQuery.where.compositeFilter.filters",
    "structuredQuery.where.compositeFilter.op",
    "structuredQuery.where.fieldFilter.field.fieldPath",
    "structuredQuery.where.fieldFilter.op",
    "structuredQuery.where.fieldFilter.value",
])
.response_fields(&["document.fields", "document.name", "document.updateTime"])
.idempotency(Idempotency::Always)
.requires(|r| {
    let permissions = ["datastore.entities.get", "datastore.entities.list"];
    permissions
        .map(|permission| on_database(permission, r))
        .into()
});

/// `permission` on the database of the request's path.
pub(super) fn on_database(permission: &'static str, request: &Request) -> RequiredPermission {
    let parameters = ["database", "parent", "name"].map(|name| request.path_value(name));
    let name = parameters.into_iter().find(|value| !value.is_empty());
    let name = name.unwrap_or_default();
    let database: Vec<&str> = name.split('/').take(4).collect();
    RequiredPermission::on(permission, "firestore.googleapis.com", &database.join("/"))
}

fn writes(request: &Request) -> impl Iterator<Item = &Value> {
    let writes = request.body_json()["writes"].as_array();
    writes.into_iter().flatten()
}

/// The permissions that a commit requires, by Firestore's page "Identity and
/// Access Management". That an `updateTime` counts as `exists: true` is
/// unverified.
fn commit_permissions(request: &Request) -> Vec<RequiredPermission> {
    let (create, update, delete) = (
        "datastore.entities.create",
        "datastore.entities.update",
        "datastore.entities.delete",
    );
    let mut required: Vec<RequiredPermission> = writes(request)
        .flat_map(|write| {
            let current = &write["currentDocument"];
            match current["exists"].as_bool() {
                _ if !write["delete"].is_null() => vec![delete],
                Some(false) => vec![create],
                Some(true) => vec![update],
                None if !current["updateTime"].is_null() => vec![update],
                None => vec![create, update],
            }
        })
        .map(|permission| on_database(permission, request))
        .collect();
    required.sort();
    required.dedup();
    required
}
