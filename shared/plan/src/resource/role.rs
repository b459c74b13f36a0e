//! Custom roles.
//!
//! A deleted role keeps its id for 37 days and can be brought back for seven,
//! so one that is found deleted is brought back and made as it should be.

use super::{Gone, Site, api_of, mark_in, marked, scrub::scrub};
use crate::{Fault, Id, Life, Rule, Seen, Value, Wanted};
use gcp::{
    Client, Error,
    methods::iam::{self, Role},
};
use names::{CustomRoleName, DeploymentName};
use std::collections::BTreeSet;

/// A custom role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomRole {
    /// Its name.
    pub name: CustomRoleName,
    /// What people read.
    pub title: String,
    /// What it is for; the deployment's mark is added.
    pub description: String,
    /// What it permits.
    pub permissions: BTreeSet<String>,
}

const STAGE: &str = "GA";

impl CustomRole {
    pub(super) fn id(&self) -> Id {
        Id::Role(self.name.clone())
    }

    pub(super) fn needs(&self) -> Vec<Id> {
        api_of(self.name.project(), "iam.googleapis.com")
            .into_iter()
            .collect()
    }

    pub(super) fn wanted(&self, deployment: Option<&DeploymentName>) -> Wanted {
        let permissions = Value::Set(self.permissions.clone());
        let mut wanted: Wanted = [
            ("permissions", (permissions, Rule::Exactly)),
            ("stage", (STAGE.into(), Rule::Exactly)),
        ]
        .into();
        if let Some(deployment) = deployment {
            let description = marked(&self.description, deployment);
            wanted.insert("title", (self.title.as_str().into(), Rule::Exactly));
            wanted.insert("description", (Value::Text(description), Rule::Exactly));
        }
        wanted
    }

    fn body(&self, deployment: &DeploymentName) -> Role {
        Role {
            title: self.title.clone(),
            description: marked(&self.description, deployment),
            included_permissions: self.permissions.iter().cloned().collect(),
            stage: STAGE.to_owned(),
            ..Role::default()
        }
    }

    pub(super) async fn create(&self, site: Site<'_>) -> Result<Option<String>, Fault> {
        let body = self.body(site.deployment);
        iam::create_role(site.client, self.name.project(), self.name.id(), &body).await?;
        Ok(None)
    }

    pub(super) async fn change(&self, site: Site<'_>, ours: bool) -> Result<(), Fault> {
        let (project, id) = (self.name.project(), self.name.id());
        let there = iam::get_role(site.client, project, id).await?;
        if there.deleted {
            // What is still bound holds again as soon as it is back.
            scrub(site, &self.name).await?;
            iam::undelete_role(site.client, project, id, &there.etag).await?;
        }
        let mut body = self.body(site.deployment);
        if !ours && !there.deleted {
            body.title = there.title;
            body.description = there.description;
        }
        iam::patch_role(site.client, project, id, &body).await?;
        Ok(())
    }
}

pub(super) async fn observe(client: &Client, name: &CustomRoleName) -> Result<Option<Seen>, Error> {
    let role = iam::get_role(client, name.project(), name.id()).await?;
    // Google leaves the first value of an enum out.
    let stage = match role.stage.as_str() {
        "" => "ALPHA",
        stage => stage,
    };
    Ok(Some(Seen {
        fields: [
            (
                "permissions",
                Value::Set(role.included_permissions.into_iter().collect()),
            ),
            ("stage", stage.into()),
            ("title", role.title.as_str().into()),
            ("description", role.description.as_str().into()),
        ]
        .into(),
        uid: None,
        mark: mark_in(&role.description),
        life: if role.deleted {
            Life::Deleted
        } else {
            Life::Live
        },
    }))
}

pub(super) async fn delete(client: &Client, name: &CustomRoleName) -> Result<Gone, Fault> {
    let there = iam::get_role(client, name.project(), name.id()).await?;
    if !there.deleted {
        iam::delete_role(client, name.project(), name.id()).await?;
    }
    Ok(Gone::Now)
}
