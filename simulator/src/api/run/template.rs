//! The template of a service's revisions.

use crate::{ApiError, collection::is_rfc1035, iam::hash};
use serde_json::{Value, json};

/// The documented defaults of a probe; those without are 0.
const PROBE: [(&str, u32); 3] = [
    ("failureThreshold", 3),
    ("periodSeconds", 10),
    ("timeoutSeconds", 1),
];

/// Checks a template and fills in Google's defaults, as recorded. Messages are
/// unverified.
pub(super) fn complete(template: &mut Value, account: &str) -> Result<(), ApiError> {
    let invalid = |message: &str| Err(ApiError::invalid(message));
    let containers = template["containers"].as_array_mut();
    let Some(containers) = containers.filter(|all| !all.is_empty()) else {
        return invalid("service.template.containers: at least one container is required.");
    };
    for container in containers {
        if container["image"].is_null() {
            return invalid("service.template.containers: every container must have an image.");
        }
        for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
            if let Some(Value::Object(probe)) = container.get_mut(probe) {
                for (field, default) in PROBE {
                    probe.entry(field).or_insert_with(|| json!(default));
                }
            }
        }
        let limits = &mut container["resources"]["limits"];
        for (resource, default) in [("cpu", "1000m"), ("memory", "512Mi")] {
            if limits[resource].is_null() {
                limits[resource] = default.into();
            }
        }
    }
    for (field, default) in [
        ("executionEnvironment", "EXECUTION_ENVIRONMENT_GEN2".into()),
        ("maxInstanceRequestConcurrency", json!(80)),
        ("serviceAccount", account.into()),
        ("timeout", "300s".into()),
    ] {
        if template[field].is_null() {
            template[field] = default;
        }
    }
    Ok(())
}

/// The ID of a new revision: that in the template, or `hello-00002-kop`. That
/// the number is the service's generation is unverified.
pub(super) fn revision_id(
    template: &Value,
    service: &str,
    generation: u64,
    seed: &[&str],
) -> Result<String, ApiError> {
    let Some(given) = template["revision"].as_str() else {
        return Ok(format!("{service}-{generation:05}-{}", suffix(hash(seed))));
    };
    let fits = given.starts_with(&format!("{service}-")) && is_rfc1035(given);
    match fits {
        true => Ok(given.to_owned()),
        // Unverified.
        false => Err(ApiError::invalid(format!(
            "service.template.revision: {given:?} must begin with '{service}-' and have at most \
             63 lower-case letters, digits and hyphens."
        ))),
    }
}

/// Consonant, vowel, consonant.
fn suffix(mut number: u64) -> String {
    let sets: [&[u8]; 3] = [b"bcdfghjklmnpqrstvwxz", b"aeiou", b"bcdfghjklmnpqrstvwxz"];
    let letter = |set: &[u8]| {
        let count = set.len() as u64;
        let index = usize::try_from(number % count).unwrap_or_default();
        number /= count;
        char::from(set[index])
    };
    sets.into_iter().map(letter).collect()
}
