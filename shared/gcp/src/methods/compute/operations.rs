//! Operations of zones, regions and the whole project.

use crate::{
    Idempotency, Method, On, OperationMethods, ResponseKind::ComputeOperation,
    methods::operation_fields::COMPUTE_OPERATION,
};

macro_rules! operations {
    ($(#[$doc:meta])* $operations:ident = $api:literal, $path:literal) => {
        $(#[$doc])*
        pub static $operations: OperationMethods = OperationMethods {
            get: Method::get(concat!($api, ".get"), $path)
                .operation(ComputeOperation, COMPUTE_OPERATION)
                .needs(&[(concat!($api, ".get"), On::Resource)]),
            wait: Method::post(concat!($api, ".wait"), concat!($path, "/wait"))
                .operation(ComputeOperation, COMPUTE_OPERATION)
                .idempotency(Idempotency::Always)
                .needs(&[(concat!($api, ".get"), On::Resource)]),
        };
    };
}

operations! {
    /// Global operations.
    GLOBAL_OPERATIONS = "compute.globalOperations",
    "/compute/v1/projects/{project}/global/operations/{operation}"
}

operations! {
    /// Operations of a region.
    REGION_OPERATIONS = "compute.regionOperations",
    "/compute/v1/projects/{project}/regions/{region}/operations/{operation}"
}

/// Lists the operations of a zone.
pub static ZONE_OPERATIONS_LIST: Method = Method::get(
    "compute.zoneOperations.list",
    "/compute/v1/projects/{project}/zones/{zone}/operations",
)
.query(&["filter", "pageToken"])
.response_fields(&[
    "items.name",
    "items.status",
    "items.insertTime",
    "items.clientOperationId",
    "items.error.errors.code",
    "items.error.errors.message",
    "items.error.errors.errorDetails.errorInfo.metadatas",
    "nextPageToken",
])
.needs(&[("compute.zoneOperations.list", On::Project)]);

operations! {
    /// Operations of a zone.
    ZONE_OPERATIONS = "compute.zoneOperations",
    "/compute/v1/projects/{project}/zones/{zone}/operations/{operation}"
}
