//! The generated files of `deploy/`: committed, and checked fresh by a test.

use super::{Deployment, roles};
use std::fmt::Write;

/// Every generated file: its path from the root of the repository, and its text.
#[must_use]
pub fn files() -> Vec<(String, String)> {
    let deployment = Deployment::local();
    let mut files: Vec<(String, String)> = Vec::new();
    for role in roles(&deployment) {
        let mut text = format!(
            "# Generated from the calls that the identity makes: groundcrew generate.\n\
             # Bind it on: {}\n\
             title: {}\n\
             description: What {} needs on its {}, and nothing else.\n\
             stage: GA\n\
             includedPermissions:\n",
            where_to(&role.scope),
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

fn where_to(scope: &gcp::Scope) -> String {
    match (scope.kind, &scope.condition) {
        ("database", _) => "the project, with the condition resource.name == the database".into(),
        ("project", _) => "the project that jobs run in".into(),
        (kind, _) => format!("the {kind}, not the project"),
    }
}
