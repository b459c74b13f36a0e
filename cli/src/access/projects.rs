//! The projects of the local cloud's operator, whose policies a recording
//! changes while it lasts.

use anyhow::{Context, Result};
use gcp::{
    ApiPath, Class, Classify, Client, Policy,
    methods::resourcemanager::{search_projects, set_audited_policy, test_iam_permissions},
    policy::{merge, remove},
};
use names::ProjectId;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How often a policy is read again that somebody else has changed.
const ATTEMPTS: usize = 10;

const AUDIT_CONFIGS: &str = "auditConfigs";

/// Projects whose calls are all logged.
pub(super) struct AuditedProjects {
    client: Client,
    /// With the `auditConfigs` that were there before.
    before: Vec<(ProjectId, Option<Value>)>,
    /// IDs by number.
    pub(super) ids: BTreeMap<String, String>,
}

impl AuditedProjects {
    /// Logs all calls in all projects whose policy the client may change.
    pub(super) async fn begin(client: &Client) -> Result<Self> {
        let mut projects = Self {
            client: client.clone(),
            before: Vec::new(),
            ids: BTreeMap::new(),
        };
        for project in search_projects(client).await? {
            let id = project.project_id;
            let set = "resourcemanager.projects.setIamPolicy";
            if test_iam_permissions(client, &id, &[set]).await?.is_empty() {
                continue;
            }
            let number = project.name.trim_start_matches("projects/");
            projects.ids.insert(number.to_owned(), id.to_string());
            let log_types = ["ADMIN_READ", "DATA_READ", "DATA_WRITE"];
            let logs: Value = log_types.iter().map(|t| json!({ "logType": t })).collect();
            let configs = json!([{ "service": "allServices", "auditLogConfigs": logs }]);
            let mut before = None;
            let changed = change(client, &id, |policy| {
                before = policy
                    .other
                    .insert(AUDIT_CONFIGS.to_owned(), configs.clone());
            });
            let changed = changed.await;
            projects.before.push((id, before));
            if let Err(error) = changed {
                // Those that were changed are as before.
                let _ = projects.end().await;
                return Err(error);
            }
        }
        Ok(projects)
    }

    /// All projects, as names of resources.
    pub(super) fn names(&self) -> Vec<String> {
        let ids = self.before.iter();
        ids.map(|(id, _)| id.path()).collect()
    }

    /// Grants a member these roles: role and project.
    pub(super) async fn grant(&self, member: &str, roles: &[(ProjectId, String)]) -> Result<()> {
        for (project, role) in roles {
            let grant = |policy: &mut Policy| {
                merge(policy, role, member, None);
            };
            change(&self.client, project, grant).await?;
        }
        Ok(())
    }

    /// Revokes them.
    pub(super) async fn revoke(&self, member: &str, roles: &[(ProjectId, String)]) -> Result<()> {
        for (project, role) in roles {
            let revoke = |policy: &mut Policy| {
                remove(policy, role, member, None);
            };
            change(&self.client, project, revoke).await?;
        }
        Ok(())
    }

    /// The same role in each project.
    pub(super) fn everywhere<'a>(
        &'a self,
        role: &'a str,
    ) -> impl Iterator<Item = (ProjectId, String)> + 'a {
        let ids = self.before.iter();
        ids.map(move |(id, _)| (id.clone(), role.to_owned()))
    }

    /// Logs what was logged before.
    pub(super) async fn end(self) -> Result<()> {
        for (project, before) in self.before {
            change(&self.client, &project, |policy| {
                match &before {
                    Some(configs) => policy
                        .other
                        .insert(AUDIT_CONFIGS.to_owned(), configs.clone()),
                    None => policy.other.remove(AUDIT_CONFIGS),
                };
            })
            .await?;
        }
        Ok(())
    }
}

/// Changes the policy of a project, again if somebody else has meanwhile.
async fn change(
    client: &Client,
    project: &ProjectId,
    mut change: impl FnMut(&mut Policy),
) -> Result<()> {
    let mut attempt = 1;
    loop {
        let mut policy = client.policy(project).await?;
        change(&mut policy);
        match set_audited_policy(client, project, &policy).await {
            Err(error) if error.class() == Class::Conflict && attempt < ATTEMPTS => attempt += 1,
            written => {
                written.with_context(|| format!("cannot change the policy of {project}"))?;
                return Ok(());
            }
        }
    }
}
