//! Custom roles.
//!
//! A deleted role blocks its id for 37 days and can be restored for seven, so a
//! role that is found deleted is restored and then updated.

use super::{
    api::api_of,
    context::Context,
    mark::{ownership_from_description, with_mark},
    operation::Deletion,
    stale_bindings::remove_stale_bindings,
};
use crate::{CompareRule, DesiredFields, Fault, FieldValue, Lifecycle, ObservedState, ResourceId};
use gcp::{
    Client, Error, Method, Request,
    methods::iam::{self, Role},
};
use names::{CustomRoleName, DeploymentName};
use std::collections::BTreeSet;

/// A custom role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomRole {
    /// `projects/{project}/roles/{role}`.
    pub name: CustomRoleName,
    /// Display name.
    pub title: String,
    /// Its purpose; the deployment's mark is added.
    pub description: String,
    /// IAM permissions.
    pub permissions: BTreeSet<String>,
}

const STAGE: &str = "GA";

impl CustomRole {
    pub(super) fn id(&self) -> ResourceId {
        ResourceId::Role(self.name.clone())
    }

    pub(super) fn dependencies(&self) -> Vec<ResourceId> {
        api_of(self.name.project(), "iam.googleapis.com")
            .into_iter()
            .collect()
    }

    pub(super) fn desired_fields(&self, deployment: Option<&DeploymentName>) -> DesiredFields {
        let permissions = FieldValue::Set(self.permissions.clone());
        let mut fields: DesiredFields = [
            ("permissions", (permissions, CompareRule::Exactly)),
            ("stage", (STAGE.into(), CompareRule::Exactly)),
        ]
        .into();
        if let Some(deployment) = deployment {
            let description = with_mark(&self.description, deployment);
            fields.insert("title", (self.title.as_str().into(), CompareRule::Exactly));
            fields.insert(
                "description",
                (FieldValue::Text(description), CompareRule::Exactly),
            );
        }
        fields
    }

    fn body(&self, deployment: &DeploymentName) -> Role {
        Role {
            title: self.title.clone(),
            description: with_mark(&self.description, deployment),
            included_permissions: self.permissions.iter().cloned().collect(),
            stage: STAGE.to_owned(),
            ..Role::default()
        }
    }

    pub(super) fn calls(&self) -> Vec<Request> {
        let parent = format!("projects/{}", self.name.project());
        let on = |method: &'static Method| Request::new(method).path("name", &self.name);
        vec![
            Request::new(&iam::ROLES_CREATE).path("parent", parent),
            on(&iam::ROLES_GET),
            on(&iam::ROLES_PATCH),
            on(&iam::ROLES_UNDELETE),
            on(&iam::ROLES_DELETE),
        ]
    }

    pub(super) async fn create(&self, context: &Context<'_>) -> Result<Option<String>, Fault> {
        let body = self.body(context.deployment);
        iam::create_role(context.client, self.name.project(), self.name.id(), &body).await?;
        Ok(None)
    }

    pub(super) async fn change(&self, context: &Context<'_>, ours: bool) -> Result<(), Fault> {
        let (project, id) = (self.name.project(), self.name.id());
        let current = iam::get_role(context.client, project, id).await?;
        if current.deleted {
            // Bindings of the deleted role take effect again once it is restored.
            remove_stale_bindings(context, &self.name).await?;
            iam::undelete_role(context.client, project, id, &current.etag).await?;
        }
        let mut body = self.body(context.deployment);
        if !ours && !current.deleted {
            body.title = current.title;
            body.description = current.description;
        }
        iam::patch_role(context.client, project, id, &body).await?;
        Ok(())
    }
}

pub(super) async fn observe(
    client: &Client,
    name: &CustomRoleName,
) -> Result<Option<ObservedState>, Error> {
    let role = iam::get_role(client, name.project(), name.id()).await?;
    // Google omits the first value of an enum.
    let stage = match role.stage.as_str() {
        "" => "ALPHA",
        stage => stage,
    };
    Ok(Some(ObservedState {
        fields: [
            (
                "permissions",
                FieldValue::Set(role.included_permissions.into_iter().collect()),
            ),
            ("stage", stage.into()),
            ("title", role.title.as_str().into()),
            ("description", role.description.as_str().into()),
        ]
        .into(),
        uid: None,
        ownership: ownership_from_description(&role.description),
        lifecycle: if role.deleted {
            Lifecycle::SoftDeleted
        } else {
            Lifecycle::Active
        },
    }))
}

pub(super) async fn delete(client: &Client, name: &CustomRoleName) -> Result<Deletion, Fault> {
    let current = iam::get_role(client, name.project(), name.id()).await?;
    if !current.deleted {
        iam::delete_role(client, name.project(), name.id()).await?;
    }
    Ok(Deletion::Done)
}
