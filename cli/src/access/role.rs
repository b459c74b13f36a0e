//! What a recording found: the calls of one principal in the audit log, and the
//! least custom role for them. Pure.

use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A permission that calls needed on a resource, and how often.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Use {
    pub(super) permission: String,
    pub(super) resource: String,
    pub(super) method: String,
    /// The project of the resource; none of what is above projects.
    pub(super) project: Option<String>,
    pub(super) calls: usize,
}

/// A custom role, as `gcloud iam roles create --file` reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CustomRole {
    pub(super) title: String,
    pub(super) description: String,
    pub(super) stage: &'static str,
    pub(super) included_permissions: BTreeSet<String>,
}

/// A permission that was needed and cannot be in the role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Outside {
    pub(super) permission: String,
    pub(super) resource: String,
    pub(super) reason: String,
}

/// What calls needed, by permission, resource and method.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Recording {
    pub(super) granted: Vec<Use>,
    pub(super) refused: Vec<Use>,
}

/// How permissions begin that a custom role of a project cannot have. Source:
/// <https://cloud.google.com/iam/docs/custom-roles-permissions-support>; that
/// these are all is unverified.
const NOT_IN_PROJECTS: [&str; 5] = [
    "billing.accounts.",
    "resourcemanager.folders.",
    "resourcemanager.organizations.",
    "resourcemanager.projects.create",
    "resourcemanager.projects.list",
];

impl Recording {
    /// Reads entries of audit logs. `ids` has the ID of each project by its
    /// number.
    pub(super) fn read(entries: &[Value], ids: &BTreeMap<String, String>) -> Self {
        let mut counts: BTreeMap<(bool, Use), usize> = BTreeMap::new();
        for entry in entries {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let (log, payload) = (text(&entry["logName"]), &entry["protoPayload"]);
            let checks = payload["authorizationInfo"].as_array();
            for check in checks.into_iter().flatten() {
                let resource = text(&check["resource"]);
                let one = Use {
                    permission: text(&check["permission"]),
                    project: project_of(&resource, &log, ids),
                    resource,
                    method: text(&payload["methodName"]),
                    calls: 0,
                };
                *counts.entry((check["granted"] == true, one)).or_default() += 1;
            }
        }
        let mut recording = Self::default();
        for ((granted, one), calls) in counts {
            let uses = match granted {
                true => &mut recording.granted,
                false => &mut recording.refused,
            };
            uses.push(Use { calls, ..one });
        }
        recording
    }

    /// The permissions for a custom role of `project`.
    pub(super) fn permissions(&self, project: &str) -> BTreeSet<String> {
        let inside = self.granted.iter().filter(|one| one.fits(project));
        inside.map(|one| one.permission.clone()).collect()
    }

    /// What was needed and is not in the role of `project`.
    pub(super) fn outside(&self, project: &str) -> BTreeSet<Outside> {
        let outside = self.granted.iter().filter(|one| !one.fits(project));
        let outside = outside.map(|one| Outside {
            permission: one.permission.clone(),
            resource: one.resource.clone(),
            reason: match &one.project {
                None => "it applies above projects".to_owned(),
                Some(other) if other != project => {
                    format!("it needs a role in project {other}, unless everybody has it there")
                }
                Some(_) => "custom roles of projects cannot have it".to_owned(),
            },
        });
        outside.collect()
    }
}

impl Use {
    fn fits(&self, project: &str) -> bool {
        let is_possible = !NOT_IN_PROJECTS
            .iter()
            .any(|prefix| self.permission.starts_with(prefix));
        is_possible && self.project.as_deref() == Some(project)
    }
}

/// The project of a resource, by its name; by the log's where that does not say.
fn project_of(resource: &str, log: &str, ids: &BTreeMap<String, String>) -> Option<String> {
    let mut parts = resource.split('/');
    let named = match (parts.next(), parts.next()) {
        (Some("projects"), Some("_")) => None,
        // A service account's address has its project.
        (Some("projects"), Some("-")) => {
            let host = resource.rsplit_once('@').map(|(_, host)| host);
            host.and_then(|host| host.strip_suffix(".iam.gserviceaccount.com"))
        }
        (Some("projects"), Some(project)) => Some(project),
        (Some("folders" | "organizations" | "billingAccounts"), _) => return None,
        _ => None,
    };
    let logged = || log.strip_prefix("projects/")?.split('/').next();
    let project = named.or_else(logged)?;
    let id = ids.get(project).map_or(project, String::as_str);
    Some(id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn entry(method: &str, checks: &[(&str, &str, bool)]) -> Value {
        let checks = checks.iter().map(|(permission, resource, granted)| {
            json!({ "permission": permission, "resource": resource, "granted": granted })
        });
        json!({
            "logName": "projects/demo-project/logs/cloudaudit.googleapis.com%2Fdata_access",
            "protoPayload": {
                "methodName": method, "authorizationInfo": checks.collect::<Value>(),
            },
        })
    }

    #[test]
    fn a_role_has_what_was_needed_in_its_project() {
        let object = "projects/_/buckets/data/objects/o";
        let account = "projects/-/serviceAccounts/a@other-project.iam.gserviceaccount.com";
        let create = [("storage.objects.create", object, true)];
        let entries = [
            entry("storage.objects.insert", &create),
            entry("storage.objects.insert", &create),
            entry(
                "p",
                &[("pubsub.topics.publish", "projects/42/topics/t", true)],
            ),
            entry("a", &[("iam.serviceAccounts.actAs", account, true)]),
            entry(
                "f",
                &[("resourcemanager.projects.create", "folders/7", true)],
            ),
            entry(
                "l",
                &[(
                    "resourcemanager.projects.list",
                    "projects/demo-project",
                    true,
                )],
            ),
            entry(
                "c",
                &[("compute.zones.list", "projects/demo-project", false)],
            ),
        ];
        let ids = BTreeMap::from([("42".to_owned(), "demo-project".to_owned())]);
        let recording = Recording::read(&entries, &ids);
        let permissions: Vec<String> = recording.permissions("demo-project").into_iter().collect();
        assert_eq!(
            permissions,
            ["pubsub.topics.publish", "storage.objects.create"]
        );
        let insert = recording.granted.iter().find(|one| one.resource == object);
        assert_eq!(insert.map(|one| one.calls), Some(2));
        assert_eq!(recording.refused.len(), 1);
        let outside = recording.outside("demo-project").into_iter();
        let outside: Vec<_> = outside.map(|one| (one.permission, one.reason)).collect();
        let expected = [
            (
                "iam.serviceAccounts.actAs",
                "it needs a role in project other-project, unless everybody has it there",
            ),
            (
                "resourcemanager.projects.create",
                "it applies above projects",
            ),
            (
                "resourcemanager.projects.list",
                "custom roles of projects cannot have it",
            ),
        ];
        assert_eq!(outside, expected.map(|(p, r)| (p.to_owned(), r.to_owned())));
    }
}
