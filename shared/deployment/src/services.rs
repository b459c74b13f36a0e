//! The functions as Cloud Run services. Pure.

use crate::{
    Deployment, FUNCTIONS, Identity, REGION, ack_deadline, audience, identity::account, project,
};
use jobs::Identity as Jobs;
use serde_json::{Value, json};

/// The body of each service.
#[must_use]
pub fn services(deployment: &Deployment) -> Vec<Value> {
    let functions = FUNCTIONS.iter();
    functions
        .map(|function| service(deployment, function.identity))
        .collect()
}

fn service(deployment: &Deployment, function: Identity) -> Value {
    let (home, name) = (&deployment.home, function.name());
    let env: Vec<Value> = variables(deployment, function)
        .into_iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    json!({
        "name": format!("projects/{home}/locations/{REGION}/services/{name}"),
        // Push requests of the same project count as internal.
        "ingress": "INGRESS_TRAFFIC_INTERNAL_ONLY",
        // The runtime authenticates push requests: docs/adr/0006-cloud-run-lets-everybody-invoke.md.
        "invokerIamDisabled": true,
        "template": {
            "serviceAccount": account(deployment, function),
            // The second generation requires at least 512 MiB.
            "executionEnvironment": "EXECUTION_ENVIRONMENT_GEN1",
            "maxInstanceRequestConcurrency": 80,
            // Equal to the acknowledgement deadline of the subscription.
            "timeout": format!("{}s", ack_deadline(name).as_secs()),
            "scaling": { "minInstanceCount": 0, "maxInstanceCount": 10 },
            "containers": [{
                "image": format!("{REGION}-docker.pkg.dev/{home}/groundcrew/{name}"),
                "env": env,
                "resources": {
                    "limits": { "cpu": "1", "memory": "128Mi" },
                    "cpuIdle": true,
                    "startupCpuBoost": true,
                },
            }],
        },
    })
}

/// The environment of `function`: the settings of the runtime and its own.
#[must_use]
pub fn variables(deployment: &Deployment, function: Identity) -> Vec<(&'static str, String)> {
    let settings = &deployment.settings;
    let mut variables = vec![
        (
            "GROUNDCREW_DEAD_LETTER_TOPIC",
            deployment.topics.dead_letters.to_string(),
        ),
        (
            "GROUNDCREW_PUSH_ACCOUNT",
            deployment.push_account.to_string(),
        ),
        (
            "GROUNDCREW_PUSH_AUDIENCE",
            audience(deployment, function.name()),
        ),
        (
            "GROUNDCREW_ACK_DEADLINE",
            ack_deadline(function.name()).as_secs().to_string(),
        ),
        (
            "GROUNDCREW_REQUEST_TIMEOUT",
            ack_deadline(function.name()).as_secs().to_string(),
        ),
        ("GROUNDCREW_DATABASE", settings.database.to_string()),
    ];
    if function == Jobs::Sweep {
        variables.extend([
            ("GROUNDCREW_CHANGES", deployment.topics.changes.to_string()),
            ("GROUNDCREW_PROVISIONED", deployment.provisioned.to_string()),
            ("GROUNDCREW_PRODUCTS", deployment.products.to_string()),
        ]);
        return variables;
    }
    if function == Identity::ProductRequested {
        let product = project::product_settings(deployment);
        let permissions: Vec<String> = product.setup_permissions.into_iter().collect();
        variables.extend([
            ("GROUNDCREW_PROVISIONED", deployment.provisioned.to_string()),
            (
                "GROUNDCREW_SETUP_ACCOUNT",
                product.setup_account.to_string(),
            ),
            ("GROUNDCREW_SETUP_PERMISSIONS", permissions.join(",")),
        ]);
        return variables;
    }
    if function == Identity::ProjectProvisioned {
        let account = project::settings(deployment);
        let functions: Vec<&str> = account.functions.iter().map(|a| a.as_str()).collect();
        let regions: Vec<&str> = account.regions.iter().map(|r| r.as_str()).collect();
        variables.extend([
            ("GROUNDCREW_FUNCTIONS", functions.join(",")),
            ("GROUNDCREW_MAINTENANCE", deployment.maintenance.to_string()),
            ("GROUNDCREW_REGIONS", regions.join(",")),
            ("GROUNDCREW_REPORTS", settings.reports.to_string()),
            (
                "GROUNDCREW_RESOURCE_MANAGER",
                account.resource_manager.to_string(),
            ),
        ]);
        return variables;
    }
    let zones: Vec<&str> = settings.zones.iter().map(names::Zone::as_str).collect();
    variables.extend([
        ("GROUNDCREW_AUDIENCE", settings.audience.clone()),
        ("GROUNDCREW_BUCKET", settings.bucket.to_string()),
        ("GROUNDCREW_DEPLOYMENT", settings.deployment.to_string()),
        ("GROUNDCREW_IMAGE", settings.image.clone()),
        (
            "GROUNDCREW_INSTANCES_ACCOUNT",
            settings.instances_account.to_string(),
        ),
        ("GROUNDCREW_PROJECT", settings.project.to_string()),
        ("GROUNDCREW_REPORTS", settings.reports.to_string()),
        (
            "GROUNDCREW_RESOURCE_MANAGER",
            settings.resource_manager.to_string(),
        ),
        ("GROUNDCREW_SUBNETWORK", settings.subnetwork.clone()),
        ("GROUNDCREW_ZONES", zones.join(",")),
    ]);
    if let Some(key) = &settings.key {
        variables.push(("GROUNDCREW_KEY", key.to_string()));
    }
    if let Some(image) = &settings.gpu_image {
        variables.push(("GROUNDCREW_GPU_IMAGE", image.clone()));
    }
    variables
}
