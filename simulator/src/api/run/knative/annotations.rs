//! Annotations of v1 that are fields in v2, and its label for the location.

use serde_json::{Map, Value, json};

/// The label that Cloud Run sets to the location.
pub(super) const LOCATION: &str = "cloud.googleapis.com/location";

/// How an annotation has the value of a field.
pub(super) enum Form {
    Text,
    Number,
    Bool,
    Json,
    /// Words of v1 and v2.
    Words(&'static [(&'static str, &'static str)]),
}

/// An annotation, the path of a field (as a JSON pointer), and the form.
pub(super) type Annotation = (&'static str, &'static str, Form);

pub(super) const OF_SERVICE: &[Annotation] = &[
    ("run.googleapis.com/client-name", "/client", Form::Text),
    (
        "run.googleapis.com/client-version",
        "/clientVersion",
        Form::Text,
    ),
    (
        "run.googleapis.com/custom-audiences",
        "/customAudiences",
        Form::Json,
    ),
    (
        "run.googleapis.com/default-url-disabled",
        "/defaultUriDisabled",
        Form::Bool,
    ),
    ("run.googleapis.com/description", "/description", Form::Text),
    ("run.googleapis.com/iap-enabled", "/iapEnabled", Form::Bool),
    (
        "run.googleapis.com/ingress",
        "/ingress",
        Form::Words(&[
            ("all", "INGRESS_TRAFFIC_ALL"),
            ("internal", "INGRESS_TRAFFIC_INTERNAL_ONLY"),
            (
                "internal-and-cloud-load-balancing",
                "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
            ),
            ("none", "INGRESS_TRAFFIC_NONE"),
        ]),
    ),
    (
        "run.googleapis.com/invoker-iam-disabled",
        "/invokerIamDisabled",
        Form::Bool,
    ),
    (
        "run.googleapis.com/launch-stage",
        "/launchStage",
        Form::Text,
    ),
    (
        "run.googleapis.com/manualInstanceCount",
        "/scaling/manualInstanceCount",
        Form::Number,
    ),
    (
        "run.googleapis.com/maxScale",
        "/scaling/maxInstanceCount",
        Form::Number,
    ),
    (
        "run.googleapis.com/minScale",
        "/scaling/minInstanceCount",
        Form::Number,
    ),
    (
        "run.googleapis.com/scalingMode",
        "/scaling/scalingMode",
        Form::Words(&[("automatic", "AUTOMATIC"), ("manual", "MANUAL")]),
    ),
];

pub(super) const OF_TEMPLATE: &[Annotation] = &[
    (
        "autoscaling.knative.dev/maxScale",
        "/scaling/maxInstanceCount",
        Form::Number,
    ),
    (
        "autoscaling.knative.dev/minScale",
        "/scaling/minInstanceCount",
        Form::Number,
    ),
    ("run.googleapis.com/client-name", "/client", Form::Text),
    (
        "run.googleapis.com/client-version",
        "/clientVersion",
        Form::Text,
    ),
    (
        "run.googleapis.com/cpu-throttling",
        "/containers/0/resources/cpuIdle",
        Form::Bool,
    ),
    (
        "run.googleapis.com/encryption-key",
        "/encryptionKey",
        Form::Text,
    ),
    (
        "run.googleapis.com/execution-environment",
        "/executionEnvironment",
        Form::Words(&[
            ("gen1", "EXECUTION_ENVIRONMENT_GEN1"),
            ("gen2", "EXECUTION_ENVIRONMENT_GEN2"),
        ]),
    ),
    (
        "run.googleapis.com/health-check-disabled",
        "/healthCheckDisabled",
        Form::Bool,
    ),
    (
        "run.googleapis.com/network-interfaces",
        "/vpcAccess/networkInterfaces",
        Form::Json,
    ),
    (
        "run.googleapis.com/sessionAffinity",
        "/sessionAffinity",
        Form::Bool,
    ),
    (
        "run.googleapis.com/startup-cpu-boost",
        "/containers/0/resources/startupCpuBoost",
        Form::Bool,
    ),
    (
        "run.googleapis.com/vpc-access-connector",
        "/vpcAccess/connector",
        Form::Text,
    ),
    (
        "run.googleapis.com/vpc-access-egress",
        "/vpcAccess/egress",
        Form::Words(&[
            ("all-traffic", "ALL_TRAFFIC"),
            ("private-ranges-only", "PRIVATE_RANGES_ONLY"),
        ]),
    ),
];

/// Sets the fields that annotations stand for. Returns the other annotations.
pub(super) fn to_fields(table: &[Annotation], annotations: &Value, into: &mut Value) -> Value {
    let mut others = annotations.as_object().cloned().unwrap_or_default();
    for (annotation, path, form) in table {
        let text = others.get(*annotation).and_then(Value::as_str);
        if let Some(value) = text.and_then(|text| read(form, text)) {
            set(into, path, value);
            others.remove(*annotation);
        }
    }
    others.into()
}

/// The annotations for the fields of a resource in the form of v2.
pub(super) fn of_fields(table: &[Annotation], from: &Value) -> Map<String, Value> {
    let found = table.iter().filter_map(|(annotation, path, form)| {
        let text = write(form, from.pointer(path)?)?;
        Some(((*annotation).to_owned(), text.into()))
    });
    found.collect()
}

fn read(form: &Form, text: &str) -> Option<Value> {
    match form {
        Form::Text => Some(text.into()),
        Form::Number => text.parse::<u32>().ok().map(|number| json!(number)),
        Form::Bool => text
            .to_ascii_lowercase()
            .parse::<bool>()
            .ok()
            .map(Value::from),
        Form::Json => serde_json::from_str(text).ok(),
        Form::Words(words) => {
            let word = words.iter().find(|(v1, _)| *v1 == text);
            word.map(|(_, v2)| (*v2).into())
        }
    }
}

fn write(form: &Form, value: &Value) -> Option<String> {
    match form {
        Form::Text => value.as_str().map(str::to_owned),
        Form::Number | Form::Bool | Form::Json => Some(value.to_string()),
        Form::Words(words) => {
            let word = words.iter().find(|(_, v2)| value == v2);
            word.map(|(v1, _)| (*v1).to_owned())
        }
    }
}

/// Sets a field, and makes the objects that it is in.
fn set(into: &mut Value, path: &str, value: Value) {
    let mut at = into;
    for part in path.split('/').skip(1) {
        at = match (part.parse::<usize>(), at.is_array()) {
            (Ok(index), true) if index < at.as_array().map_or(0, Vec::len) => &mut at[index],
            // An error of its own: there are no containers.
            (Ok(_), _) => return,
            (Err(_), _) => &mut at[part],
        };
    }
    *at = value;
}
