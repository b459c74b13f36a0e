//! The generated files of `deploy/`: committed, and checked fresh by a test.

mod events;
mod services;
mod yaml;

use super::{Deployment, Identity, Role, roles};
use serde_json::Value;
use std::fmt::Write;

/// Every generated file: its path from the root of the repository, and its
/// text. Names are those of the local deployment.
#[must_use]
pub fn files() -> Vec<(String, String)> {
    let deployment = Deployment::local();
    let mut files = role_files(&deployment);
    for (name, what, items) in [
        (
            "topics",
            "pubsub.projects.topics.create",
            events::topics(&deployment),
        ),
        (
            "subscriptions",
            "pubsub.projects.subscriptions.create",
            events::subscriptions(&deployment),
        ),
        (
            "schedules",
            "cloudscheduler.projects.locations.jobs.create",
            events::schedules(&deployment),
        ),
        (
            "log-sink",
            "logging.projects.sinks.create",
            events::log_sinks(&deployment),
        ),
        (
            "services",
            "run.projects.locations.services.create (v2)",
            services::services(&deployment),
        ),
    ] {
        let text = format!(
            "# Generated from the deployment's names: groundcrew generate.\n\
             # Each item is a body of {what}; the projects are the local deployment's.\n\
             # Unverified on real Google Cloud.\n{}",
            yaml::render(&Value::Array(items)),
        );
        files.push((format!("deploy/{name}.yaml"), text));
    }
    files
}

/// Where the functions run. Cloud Run adds a region to every address.
const REGION: &str = "us-central1";

fn role_files(deployment: &Deployment) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Vec::new();
    for role in roles(deployment) {
        let mut text = format!(
            "# Generated from the calls that the identity makes: groundcrew generate.\n\
             # Bind it on: {}\n\
             title: {}\n\
             description: What {} needs on its {}, and nothing else.\n\
             stage: GA\n\
             includedPermissions:\n",
            where_to(&role),
            role.id,
            role.identity.name(),
            role.scope.kind,
        );
        for permission in &role.permissions {
            let _ = writeln!(text, "- {permission}");
        }
        let path = format!("deploy/roles/{}.yaml", role.id);
        // One role may be bound on several resources of its kind.
        if !files.iter().any(|(known, _)| *known == path) {
            files.push((path, text));
        }
    }
    files
}

fn where_to(role: &Role) -> String {
    let scope = &role.scope;
    match (scope.kind, role.identity, &scope.condition) {
        (_, Identity::ProjectProvisioned, Some(condition)) if scope.kind == "bucket" => {
            format!("the customer's project, with the condition {condition}")
        }
        ("project", Identity::ProjectProvisioned, _) => "the customer's project".into(),
        ("database", ..) => "the project, with the condition resource.name == the database".into(),
        ("project", ..) => "the project that jobs run in".into(),
        (kind, ..) => format!("the {kind}, not the project"),
    }
}
