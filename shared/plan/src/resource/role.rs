//! Custom roles.
//!
//! A deleted role keeps its id for 37 days and can be brought back for seven,
//! so one that is found deleted is brought back and made as it should be.

use super::{Context, Deletion, api_of, mark_in, marked, stale_bindings::remove_stale_bindings};
use crate::{CompareRule, DesiredFields, Fault, Lifecycle, ObservedState, ResourceId, Value};
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
    pub(super) fn id(&self) -> ResourceId {
        ResourceId::Role(self.name.clone())
    }

    pub(super) fn needs(&self) -> Vec<ResourceId> {
        api_of(self.name.project(), "iam.googleapis.com")
            .into_iter()
            .collect()
    }

    pub(super) fn wanted(&self, deployment: Option<&DeploymentName>) -> DesiredFields {
        let permissions = Value::Set(self.permissions.clone());
        let mut wanted: DesiredFields = [
            ("permissions", (permissions, CompareRule::Exactly)),
            ("stage", (STAGE.into(), CompareRule::Exactly)),
        ]
        .into();
        if let Some(deployment) = deployment {
            let description = marked(&self.description, deployment);
            wanted.insert("title", (self.title.as_str().into(), CompareRule::Exactly));
            wanted.insert(
                "description",
                (Value::Text(description), CompareRule::Exactly),
            );
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

    pub(super) async fn create(&self, site: Context<'_>) -> Result<Option<String>, Fault> {
        let body = self.body(site.deployment);
        iam::create_role(site.client, self.name.project(), self.name.id(), &body).await?;
        Ok(None)
    }

    pub(super) async fn change(&self, site: Context<'_>, ours: bool) -> Result<(), Fault> {
        let (project, id) = (self.name.project(), self.name.id());
        let there = iam::get_role(site.client, project, id).await?;
        if there.deleted {
            // What is still bound holds again as soon as it is back.
            remove_stale_bindings(site, &self.name).await?;
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

pub(super) async fn observe(
    client: &Client,
    name: &CustomRoleName,
) -> Result<Option<ObservedState>, Error> {
    let role = iam::get_role(client, name.project(), name.id()).await?;
    // Google leaves the first value of an enum out.
    let stage = match role.stage.as_str() {
        "" => "ALPHA",
        stage => stage,
    };
    Ok(Some(ObservedState {
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
        ownership: mark_in(&role.description),
        lifecycle: if role.deleted {
            Lifecycle::SoftDeleted
        } else {
            Lifecycle::Active
        },
    }))
}

pub(super) async fn delete(client: &Client, name: &CustomRoleName) -> Result<Deletion, Fault> {
    let there = iam::get_role(client, name.project(), name.id()).await?;
    if !there.deleted {
        iam::delete_role(client, name.project(), name.id()).await?;
    }
    Ok(Deletion::Done)
}
