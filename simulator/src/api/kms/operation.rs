//! Long-running operations of deletes. The resource is gone at once, its
//! operation is done a little later.

use crate::{
    ApiResponse, Call, Cloud,
    collection::{LongRunning, begin},
};
use names::Duration;
use serde_json::json;

/// Duration of the operation of a delete; a guess.
const DELETE_DURATION: Duration = Duration::from_secs(2);

/// Begins the operation of the delete of `target`.
pub(super) fn begin_delete(
    cloud: &mut Cloud,
    call: &Call,
    target: &str,
    metadata: &str,
) -> ApiResponse {
    let metadata = format!("type.googleapis.com/google.cloud.kms.v1.{metadata}");
    let operation = LongRunning {
        api: "cloudkms",
        kind: "delete",
        target,
        metadata: json!({ "@type": metadata }),
        response: json!({ "@type": "type.googleapis.com/google.protobuf.Empty" }),
        duration: DELETE_DURATION,
    };
    begin(cloud, call, operation)
}
