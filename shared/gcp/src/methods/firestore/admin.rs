//! Databases, composite indexes, and settings of fields.

use super::methods::on_database;
use crate::{
    Method, NewId, OperationMethods, ResponseKind::Operation, collection::collection,
    methods::operation_fields::OPERATION,
};

const GET_OPERATION: Method =
    Method::get("firestore.projects.databases.operations.get", "/v1/{+name}")
        .operation(Operation, OPERATION)
        .requires(|r| vec![on_database("datastore.operations.get", r)]);

/// Operations on databases.
pub static OPERATIONS: OperationMethods = OperationMethods {
    get: GET_OPERATION,
    wait: GET_OPERATION,
};

collection! {
    /// Databases. The ID of a deleted one cannot be used at once.
    DATABASES = "firestore.projects.databases" ("datastore.databases"),
    "projects/project-1/databases/d-1",
    items: "databases", id: NewId::Query("databaseId"), operations: Some(&OPERATIONS);
    create post "/v1/{+parent}/databases" (create Resource)
        .query(&["databaseId"])
        .request_fields(&["deleteProtectionState", "locationId", "type"])
        .operation(Operation, OPERATION);
    get get "/v1/{+name}" (getMetadata Resource)
        .response_fields(&["uid", "deleteProtectionState", "locationId", "type"]);
    patch patch "/v1/{+name}" (update Resource)
        .query(&["updateMask"]).request_fields(&["deleteProtectionState"])
        .operation(Operation, OPERATION);
}

collection! {
    /// Composite indexes, whose IDs are Google's. One is built for minutes, even in
    /// an empty database. Their permissions were `datastore.indexes.*` before
    /// (source: Firestore's page "Identity and Access Management").
    INDEXES = "firestore.projects.databases.collectionGroups.indexes" ("datastore.schemas"),
    "projects/project-1/databases/d-1/collectionGroups/c/indexes/i",
    items: "indexes", id: NewId::Assigned;
    create post "/v1/{+parent}/indexes" ()
        .request_fields(&["fields.fieldPath", "fields.order", "queryScope"])
        .operation(Operation, OPERATION)
        .requires(|r| vec![on_database("datastore.schemas.create", r)]);
    list get "/v1/{+parent}/indexes" ()
        .query(&["pageToken"])
        .response_fields(&[
            "indexes.name",
            "indexes.fields.fieldPath",
            "indexes.fields.order",
            "indexes.queryScope",
            "indexes.state",
            "nextPageToken",
        ])
        .requires(|r| vec![on_database("datastore.schemas.list", r)]);
    delete delete "/v1/{+name}" ()
        .response(crate::ResponseKind::Empty)
        .requires(|r| vec![on_database("datastore.schemas.delete", r)]);
}

collection! {
    /// Settings of single fields; every field has some. Their permissions are as those
    /// of [`INDEXES`].
    FIELDS = "firestore.projects.databases.collectionGroups.fields" ("datastore.schemas"),
    "projects/project-1/databases/d-1/collectionGroups/c/fields/f";
    get get "/v1/{+name}" ()
        .response_fields(&[
            "indexConfig.indexes.state",
            "indexConfig.reverting",
            "indexConfig.usesAncestorConfig",
            "ttlConfig.expirationOffset",
            "ttlConfig.state",
        ])
        .requires(|r| vec![on_database("datastore.schemas.get", r)]);
    patch patch "/v1/{+name}" ()
        .query(&["updateMask"])
        .request_fields(&["indexConfig.indexes", "ttlConfig.expirationOffset"])
        .operation(Operation, OPERATION)
        .requires(|r| vec![on_database("datastore.schemas.update", r)]);
}
