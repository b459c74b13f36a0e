//! The template of revisions in both forms.

use super::annotations::{LOCATION, OF_TEMPLATE, of_fields, to_fields};
use crate::api::run::services::SERVICE;
use serde_json::{Value, json};

/// A template of v1 in the form of v2.
pub(super) fn stored(v1: &Value) -> Value {
    let (metadata, spec) = (&v1["metadata"], &v1["spec"]);
    let mut v2 = json!({});
    for (field, value) in [
        ("revision", &metadata["name"]),
        (
            "maxInstanceRequestConcurrency",
            &spec["containerConcurrency"],
        ),
        ("serviceAccount", &spec["serviceAccountName"]),
    ] {
        copy(&mut v2, field, value);
    }
    if let Some(seconds) = spec["timeoutSeconds"].as_u64() {
        v2["timeout"] = format!("{seconds}s").into();
    }
    let list = |field: &str| spec[field].as_array().into_iter().flatten();
    let containers: Vec<Value> = list("containers").map(container_stored).collect();
    let volumes: Vec<Value> = list("volumes").map(volume_stored).collect();
    for (field, values) in [("containers", containers), ("volumes", volumes)] {
        if !values.is_empty() {
            v2[field] = values.into();
        }
    }
    let others = to_fields(OF_TEMPLATE, &metadata["annotations"], &mut v2);
    if others != json!({}) {
        v2["annotations"] = others;
    }
    // gcloud copies all labels of a service.
    let mut labels = metadata["labels"].clone();
    remove(Some(&mut labels), &[LOCATION]);
    if labels.as_object().is_some_and(|labels| !labels.is_empty()) {
        v2["labels"] = labels;
    }
    v2
}

/// The spec of a template or revision of v2 in the form of v1.
pub(super) fn spec(v2: &Value) -> Value {
    let mut v1 = json!({});
    for (field, value) in [
        ("containerConcurrency", &v2["maxInstanceRequestConcurrency"]),
        ("serviceAccountName", &v2["serviceAccount"]),
    ] {
        copy(&mut v1, field, value);
    }
    let seconds = v2["timeout"]
        .as_str()
        .and_then(|text| text.strip_suffix('s'));
    if let Some(seconds) = seconds.and_then(|seconds| seconds.parse::<u64>().ok()) {
        v1["timeoutSeconds"] = seconds.into();
    }
    let list = |field: &str| v2[field].as_array().into_iter().flatten();
    v1["containers"] = list("containers").map(container_shown).collect();
    let volumes: Vec<Value> = list("volumes").map(volume_shown).collect();
    if !volumes.is_empty() {
        v1["volumes"] = volumes.into();
    }
    v1
}

/// The annotations of a template or revision of v2.
pub(super) fn annotations(v2: &Value, others: &Value) -> Value {
    let mut all = others.as_object().cloned().unwrap_or_default();
    all.extend(of_fields(OF_TEMPLATE, v2));
    all.into()
}

pub(super) fn copy(into: &mut Value, field: &str, value: &Value) {
    if !value.is_null() {
        into[field] = value.clone();
    }
}

/// Moves a field, if there is one.
fn rename(fields: &mut Value, from: &str, to: &str) {
    let moved = fields
        .as_object_mut()
        .and_then(|fields| fields.remove(from));
    if let Some(value) = moved {
        fields[to] = value;
    }
}

fn each(resource: &mut Value, field: &str, change: impl Fn(&mut Value)) {
    if let Some(Value::Array(items)) = resource.get_mut(field) {
        items.iter_mut().for_each(change);
    }
}

fn remove(value: Option<&mut Value>, fields: &[&str]) {
    if let Some(Value::Object(object)) = value {
        object.retain(|field, _| !fields.contains(&field.as_str()));
    }
}

fn container_stored(v1: &Value) -> Value {
    let mut container = v1.clone();
    each(&mut container, "env", |variable| {
        rename(variable, "valueFrom", "valueSource");
        if let Some(secret) = variable.pointer_mut("/valueSource/secretKeyRef") {
            rename(secret, "name", "secret");
            rename(secret, "key", "version");
        }
    });
    remove(container.get_mut("resources"), &["requests"]);
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        remove(container.get_mut(probe), &["exec", "successThreshold"]);
    }
    // What v1 shares with Kubernetes only.
    let schema = SERVICE.facts().document.schema("GoogleCloudRunV2Container");
    if let Some(fields) = container.as_object_mut() {
        fields.retain(|field, _| schema.properties.contains_key(field.as_str()));
    }
    container
}

fn container_shown(v2: &Value) -> Value {
    let mut container = v2.clone();
    each(&mut container, "env", |variable| {
        if let Some(secret) = variable.pointer_mut("/valueSource/secretKeyRef") {
            rename(secret, "secret", "name");
            rename(secret, "version", "key");
        }
        rename(variable, "valueSource", "valueFrom");
    });
    // They are annotations.
    remove(
        container.get_mut("resources"),
        &["cpuIdle", "startupCpuBoost"],
    );
    container
}

const BUCKETS: &str = "gcsfuse.run.googleapis.com";

fn volume_stored(v1: &Value) -> Value {
    let mut volume = v1.clone();
    if let Some(secret) = volume.get_mut("secret") {
        rename(secret, "secretName", "secret");
        each(secret, "items", |item| rename(item, "key", "version"));
        remove(Some(secret), &["optional"]);
    }
    if let Some(medium) = volume.pointer_mut("/emptyDir/medium")
        && *medium == "Memory"
    {
        *medium = "MEMORY".into();
    }
    if v1["csi"]["driver"] == BUCKETS {
        let csi = &v1["csi"];
        let mut bucket = json!({ "bucket": csi["volumeAttributes"]["bucketName"] });
        copy(&mut bucket, "readOnly", &csi["readOnly"]);
        remove(Some(&mut volume), &["csi"]);
        volume["gcs"] = bucket;
    }
    volume
}

fn volume_shown(v2: &Value) -> Value {
    let mut volume = v2.clone();
    if let Some(secret) = volume.get_mut("secret") {
        each(secret, "items", |item| rename(item, "version", "key"));
        rename(secret, "secret", "secretName");
    }
    if let Some(medium) = volume.pointer_mut("/emptyDir/medium")
        && *medium == "MEMORY"
    {
        *medium = "Memory".into();
    }
    if let Some(bucket) = v2.get("gcs") {
        let mut csi = json!({
            "driver": BUCKETS,
            "volumeAttributes": { "bucketName": bucket["bucket"] },
        });
        copy(&mut csi, "readOnly", &bucket["readOnly"]);
        remove(Some(&mut volume), &["gcs"]);
        volume["csi"] = csi;
    }
    volume
}
