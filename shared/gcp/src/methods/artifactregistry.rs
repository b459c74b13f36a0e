//! Artifact Registry, v1.

use crate::{
    Collection, Idempotency, Method, NewId, OperationMethods, ResponseKind::Operation,
    collection::collection, methods::operation_fields::OPERATION,
};

/// Every collection of this module.
pub static COLLECTIONS: &[&Collection] = &[&REPOSITORIES];

/// Every other method of this module.
pub static ALL: &[&Method] = &[&OPERATIONS.get];

const GET_OPERATION: Method = Method::get(
    "artifactregistry.projects.locations.operations.get",
    "/v1/{+name}",
)
.operation(Operation, OPERATION);

/// Operations.
pub static OPERATIONS: OperationMethods = OperationMethods {
    get: GET_OPERATION,
    wait: GET_OPERATION,
};

collection! {
    /// Repositories.
    REPOSITORIES = "artifactregistry.projects.locations.repositories"
        ("artifactregistry.repositories"),
    "projects/project-1/locations/us-central1/repositories/r",
    items: "repositories", id: NewId::Query("repositoryId"), operations: Some(&OPERATIONS);
    create post "/v1/{+parent}/repositories" (create Resource)
        .query(&["repositoryId"]).request_fields(&["format", "description", "labels"])
        .operation(Operation, OPERATION);
    get get "/v1/{+name}" (get Resource)
        .response_fields(&["format", "description", "labels"]);
    patch patch "/v1/{+name}" (update Resource)
        .query(&["updateMask"]).request_fields(&["description", "labels"])
        .response_fields(&["name"])
        .idempotency(Idempotency::Always);
    delete delete "/v1/{+name}" (delete Resource).operation(Operation, OPERATION);
}
