//! Long-running operations of deletes. The resource is gone at once, its
//! operation is done a little later.

use names::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Operation {
    pub(super) done: Timestamp,
    pub(super) metadata: String,
}

pub(super) fn to_json(name: &str, operation: &Operation, now: Timestamp) -> Value {
    let metadata = format!(
        "type.googleapis.com/google.cloud.kms.v1.{}",
        operation.metadata
    );
    let mut json = json!({ "name": name, "metadata": { "@type": metadata } });
    if operation.done <= now {
        json["done"] = true.into();
        json["response"] = json!({ "@type": "type.googleapis.com/google.protobuf.Empty" });
    }
    json
}
