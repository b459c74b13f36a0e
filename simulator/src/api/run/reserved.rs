//! Labels and annotations that are reserved for Google.

use crate::ApiError;
use serde_json::Value;

/// What only Google's clients may set, in v1.
const SYSTEM: [&str; 4] = [
    "autoscaling.knative.dev/",
    "cloud.googleapis.com/",
    "run.googleapis.com/",
    "serving.knative.dev/",
];

fn is_system(key: &str) -> bool {
    SYSTEM.iter().any(|prefix| key.starts_with(prefix))
}

/// Refuses labels and annotations that are reserved. Unverified.
pub(super) fn check(resource: &Value) -> Result<(), ApiError> {
    for field in ["labels", "annotations"] {
        let mut keys = resource[field].as_object().into_iter().flatten();
        if let Some((key, _)) = keys.find(|(key, _)| is_system(key)) {
            return Err(ApiError::invalid(format!(
                "service.{field}: {key} is in a reserved namespace."
            )));
        }
    }
    Ok(())
}

/// v2 has fields in place of them.
pub(super) fn remove(json: &mut Value) {
    let Some(annotations) = json["annotations"].as_object_mut() else {
        if let Some(fields) = json.as_object_mut() {
            fields.remove("annotations");
        }
        return;
    };
    annotations.retain(|key, _| !is_system(key));
    if annotations.is_empty() {
        json.as_object_mut()
            .expect("it had a field")
            .remove("annotations");
    }
}
