//! Custom roles.
//!
//! A deleted role blocks its id for 37 days and can be restored for seven, so a
//! role that is found deleted is restored and then updated.

use super::{
    api::api_of,
    context::Context,
    kind::{Deletion, Kind},
    row::{Row, Sent, observed},
    stale_bindings::remove_stale_bindings,
};
use crate::{Fault, Lifecycle, ObservedState, ResourceId, StepInput};
use gcp::{
    ApiPath, Client, Collection, Error, Request,
    methods::iam::{self, ROLES, Role},
};
use names::CustomRoleName;
use serde_json::{Value, json};
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

impl Kind for CustomRole {
    type Name = CustomRoleName;

    const COLLECTION: &'static Collection = &ROLES;
    const ROWS: &'static [Row<Self>] = &[
        Row::new("title", "title", |r: &Self| json!(r.title)),
        Row::new("description", "description", |r: &Self| {
            json!(r.description)
        })
        .mark(),
        Row::new("permissions", "includedPermissions", |r: &Self| {
            json!(r.permissions)
        })
        .needed(),
        // Google omits the first value of an enum.
        Row::new("stage", "stage", |_| json!("GA"))
            .needed()
            .absent("ALPHA"),
    ];

    fn name(&self) -> CustomRoleName {
        self.name.clone()
    }

    fn dependencies(&self) -> Vec<ResourceId> {
        api_of(self.name.project(), "iam.googleapis.com").into()
    }

    fn more_calls(&self) -> Vec<Request> {
        vec![Request::on(&iam::ROLES_UNDELETE, &self.name.path())]
    }

    async fn change(
        &self,
        context: &Context<'_>,
        input: &StepInput,
        sent: Sent,
    ) -> Result<(), Fault> {
        let current: Role = context.client.get(&self.name).await?;
        let mut sent = sent;
        if current.deleted {
            // Bindings of the deleted role take effect again once it is restored.
            remove_stale_bindings(context.client, input).await?;
            iam::undelete_role(context.client, &self.name, &current.etag).await?;
            sent = Sent::Changed;
        }
        let fields = self.body(context.deployment, sent);
        context.client.patch(&self.name, fields).await?;
        Ok(())
    }

    async fn observe(
        client: &Client,
        name: &CustomRoleName,
    ) -> Result<Option<ObservedState>, Error> {
        let role: Value = client.json(&ROLES.get(&name.path())).await?;
        let lifecycle = match role["deleted"].as_bool() {
            Some(true) => Lifecycle::SoftDeleted,
            Some(false) | None => Lifecycle::Active,
        };
        Ok(Some(ObservedState {
            lifecycle,
            ..observed(Self::ROWS, Self::UID, &role)
        }))
    }

    async fn delete(
        context: &Context<'_>,
        name: &CustomRoleName,
        _: &StepInput,
    ) -> Result<Deletion, Fault> {
        if !context.client.get(name).await?.deleted {
            context.client.delete(name).await?;
        }
        Ok(Deletion::Done)
    }
}
