//! Services and revisions in both forms.

use super::{
    annotations::{LOCATION, OF_SERVICE, of_fields, to_fields},
    template::{self, copy},
};
use crate::{
    Cloud,
    api::run::{
        services::{id_of, place},
        traffic,
    },
    collection::Row,
};
use serde_json::{Value, json};

const LATEST: &str = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST";
const API_VERSION: &str = "serving.knative.dev/v1";

/// Annotations that only Cloud Run sets.
const OUTPUT: [&str; 5] = [
    "run.googleapis.com/ingress-status",
    "run.googleapis.com/operation-id",
    "run.googleapis.com/urls",
    "serving.knative.dev/creator",
    "serving.knative.dev/lastModifier",
];

/// A service of v1 in the form of v2. What v1 cannot say stays as it is.
pub(super) fn stored(v1: &Value, old: Option<&Value>) -> Value {
    let metadata = &v1["metadata"];
    let mut v2 = json!({ "template": template::stored(&v1["spec"]["template"]) });
    for field in ["binaryAuthorization", "sshEnabled"] {
        copy(&mut v2, field, old.map_or(&Value::Null, |old| &old[field]));
    }
    let mut others = to_fields(OF_SERVICE, &metadata["annotations"], &mut v2);
    let mut labels = metadata["labels"].clone();
    for (field, output) in [(&mut others, &OUTPUT[..]), (&mut labels, &[LOCATION])] {
        if let Some(fields) = field.as_object_mut() {
            fields.retain(|key, _| !output.contains(&key.as_str()));
        }
    }
    for (field, value) in [("annotations", others), ("labels", labels)] {
        if value.as_object().is_some_and(|fields| !fields.is_empty()) {
            v2[field] = value;
        }
    }
    let targets = v1["spec"]["traffic"].as_array().into_iter().flatten();
    v2["traffic"] = targets
        .map(|target| {
            let mut v2 = json!({});
            for (field, value) in [
                ("revision", &target["revisionName"]),
                ("percent", &target["percent"]),
                ("tag", &target["tag"]),
            ] {
                copy(&mut v2, field, value);
            }
            v2
        })
        .collect();
    v2
}

/// A service, as shown in v2, in the form of v1.
pub(super) fn service(cloud: &Cloud, name: &str, v2: &Value, row: &Row) -> Value {
    let mut metadata = metadata(cloud, name, "services", row);
    let mut annotations = row.body["annotations"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    annotations.extend(of_fields(OF_SERVICE, v2));
    let ingress = annotations.get("run.googleapis.com/ingress").cloned();
    for (annotation, value) in [
        ("run.googleapis.com/ingress-status", json!(ingress)),
        ("serving.knative.dev/creator", v2["creator"].clone()),
        (
            "serving.knative.dev/lastModifier",
            v2["lastModifier"].clone(),
        ),
    ] {
        annotations.insert(annotation.to_owned(), value);
    }
    if let Some(urls) = v2.get("urls") {
        annotations.insert(
            "run.googleapis.com/urls".to_owned(),
            urls.to_string().into(),
        );
    }
    metadata["annotations"] = annotations.into();
    let (shown, stored) = (&v2["template"], &row.body["template"]);
    let mut of_template = json!({
        "annotations": template::annotations(shown, &stored["annotations"]) });
    copy(&mut of_template, "labels", &stored["labels"]);
    copy(&mut of_template, "name", &stored["revision"]);
    let latest = id_of(v2["latestCreatedRevision"].as_str().unwrap_or_default());
    let mut status = json!({
        "conditions": conditions(v2, &["Ready", "ConfigurationsReady", "RoutesReady"]),
        "latestCreatedRevisionName": latest,
        "latestReadyRevisionName": latest,
        "observedGeneration": row.generation,
        "traffic": shown_traffic(&v2["trafficStatuses"], Some(latest)),
    });
    if let Some(url) = v2.get("uri") {
        status["url"] = url.clone();
        status["address"] = json!({ "url": url });
    }
    json!({
        "apiVersion": API_VERSION,
        "kind": "Service",
        "metadata": metadata,
        "spec": {
            "template": { "metadata": of_template, "spec": template::spec(shown) },
            "traffic": shown_traffic(&v2["traffic"], None),
        },
        "status": status,
    })
}

/// A revision, as shown in v2, in the form of v1.
pub(super) fn revision(cloud: &Cloud, name: &str, v2: &Value, row: &Row) -> Value {
    let mut metadata = metadata(cloud, name, "revisions", row);
    let mut annotations = template::annotations(v2, &row.body["annotations"]);
    annotations["serving.knative.dev/creator"] = v2["creator"].clone();
    metadata["annotations"] = annotations;
    metadata["ownerReferences"] = json!([{
        "apiVersion": API_VERSION,
        "blockOwnerDeletion": true,
        "controller": true,
        "kind": "Configuration",
        "name": v2["service"],
    }]);
    let types = [
        "Ready",
        "Active",
        "ContainerHealthy",
        "ContainerReady",
        "ResourcesAvailable",
    ];
    let image = &v2["containers"][0]["image"];
    let mut status = json!({
        "conditions": conditions(v2, &types),
        "observedGeneration": row.generation,
        "serviceName": v2["service"],
    });
    if image
        .as_str()
        .is_some_and(|image| image.contains("@sha256:"))
    {
        status["imageDigest"] = image.clone();
    }
    json!({
        "apiVersion": API_VERSION,
        "kind": "Revision",
        "metadata": metadata,
        "spec": template::spec(v2),
        "status": status,
    })
}

/// A list in the form of v1.
pub(super) fn list(list: &mut Value, kind: &str) {
    list["apiVersion"] = API_VERSION.into();
    list["kind"] = kind.into();
    let next = list
        .as_object_mut()
        .and_then(|list| list.remove("nextPageToken"));
    list["metadata"] = next.map_or_else(|| json!({}), |next| json!({ "continue": next }));
}

/// The labels of a service or revision, with those that Cloud Run adds.
pub(super) fn labels(name: &str, row: &Row) -> Value {
    let mut labels = row.body["labels"].as_object().cloned().unwrap_or_default();
    labels.insert(LOCATION.to_owned(), place(name).1.into());
    if let Some(service) = row.body["service"].as_str() {
        for of in ["configuration", "route", "service"] {
            labels.insert(format!("serving.knative.dev/{of}"), service.into());
        }
    }
    labels.into()
}

fn metadata(cloud: &Cloud, name: &str, collection: &str, row: &Row) -> Value {
    let namespace = cloud.iam.project_number(place(name).0);
    let id = id_of(name);
    json!({
        "creationTimestamp": row.created,
        "generation": row.generation,
        "labels": labels(name, row),
        "name": id,
        "namespace": namespace,
        "resourceVersion": row.etag(),
        "selfLink": format!("/apis/{API_VERSION}/namespaces/{namespace}/{collection}/{id}"),
        "uid": row.uid,
    })
}

/// The conditions of these types, all of which v2 shows.
fn conditions(v2: &Value, types: &[&str]) -> Value {
    let all = v2["conditions"].as_array().into_iter().flatten();
    let all: Vec<&Value> = all.chain(v2.get("terminalCondition")).collect();
    let shown = types.iter().filter_map(|of| {
        let condition = all.iter().find(|condition| condition["type"] == **of)?;
        let status = match condition["state"].as_str() {
            Some("CONDITION_SUCCEEDED") => "True",
            Some("CONDITION_FAILED") => "False",
            Some(_) | None => "Unknown",
        };
        let mut shown = json!({ "type": of, "status": status });
        copy(
            &mut shown,
            "lastTransitionTime",
            &condition["lastTransitionTime"],
        );
        copy(&mut shown, "message", &condition["message"]);
        if condition["revisionReason"] == "RETIRED" {
            shown["reason"] = "Retired".into();
            shown["severity"] = "Info".into();
        }
        Some(shown)
    });
    shown.collect()
}

/// Traffic; in the status the latest revision is named.
fn shown_traffic(targets: &Value, latest: Option<&str>) -> Value {
    traffic::targets(targets)
        .iter()
        .map(|target| {
            let mut v1 = json!({});
            for (field, value) in [
                ("percent", &target["percent"]),
                ("revisionName", &target["revision"]),
                ("tag", &target["tag"]),
                ("url", &target["uri"]),
            ] {
                copy(&mut v1, field, value);
            }
            if target["type"] == LATEST {
                v1["latestRevision"] = true.into();
                copy(&mut v1, "revisionName", &json!(latest));
            }
            v1
        })
        .collect()
}
