//! Projects. A project's ID is never free again: a deleted project can be restored
//! for 30 days, and is restored where it is desired again.

use super::{
    context::Context,
    kind::{Deletion, Kind, finish},
    resource_folder::{RETENTION, described, numbered},
    row::{Row, Sent, observed},
};
use crate::{Fault, FolderId, Lifecycle, ObservedState, ResourceId, StepInput};
use gcp::{
    ApiPath, Client, Collection, Error, RefusalCause, Request,
    methods::resourcemanager::{self, PROJECTS, PROJECTS_UNDELETE},
};
use names::ProjectId;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A project in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its ID, for ever.
    pub id: ProjectId,
    /// The folder that contains it.
    pub folder: FolderId,
    /// Display name: 4 to 30 characters.
    pub title: String,
    /// Its labels; the deployment's mark is added.
    pub labels: BTreeMap<String, String>,
}

impl Kind for Project {
    type Name = ProjectId;

    const COLLECTION: &'static Collection = &PROJECTS;
    const UID: &'static str = "name";
    /// The parent is sent by its number.
    const ROWS: &'static [Row<Self>] = &[
        Row::new("folder", "parent", |p: &Self| json!(p.folder.to_string())).immutable(),
        Row::new("title", "displayName", |p: &Self| json!(p.title)),
        Row::labels("labels", |p: &Self| json!(p.labels)),
    ];
    const IS_ADOPTED: bool = false;

    fn name(&self) -> ProjectId {
        self.id.clone()
    }

    fn dependencies(&self) -> Vec<ResourceId> {
        vec![ResourceId::ResourceFolder(self.folder.clone())]
    }

    fn calls(&self) -> Vec<Request> {
        let (path, parent) = (self.id.path(), self.folder.path());
        let mut calls = vec![
            PROJECTS.create(&path, json!({ "parent": parent })),
            resourcemanager::FOLDERS.list(&parent),
            PROJECTS.get(&path),
            PROJECTS.patch(&path, json!({})),
            PROJECTS.delete(&path),
            Request::on(&PROJECTS_UNDELETE, &path),
        ];
        // Where the folder of an existing project is.
        calls.push(resourcemanager::FOLDERS.get(&parent));
        calls
    }

    async fn create(&self, context: &Context<'_>, _: &StepInput) -> Result<Option<String>, Fault> {
        let client = context.client;
        let mut fields = self.body(context.deployment, Sent::Created);
        fields["parent"] = numbered(client, &self.folder).await?.into();
        let answer = client.answer(&self.creation(fields)).await?;
        finish::<Self>(client, &self.id, answer).await?;
        let project = client.get(&self.id).await?;
        Ok(Some(project.name))
    }

    async fn change(&self, context: &Context<'_>, _: &StepInput, sent: Sent) -> Result<(), Fault> {
        let client = context.client;
        let path = self.id.path();
        let current: Value = client.json(&PROJECTS.get(&path)).await?;
        if current["state"] == DELETED {
            let undelete = Request::on(&PROJECTS_UNDELETE, &path);
            let answer = client.answer(&undelete).await?;
            finish::<Self>(client, &self.id, answer).await?;
        }
        let mut fields = self.body(context.deployment, sent);
        super::kind::keep_labels(&current, &mut fields);
        let answer = client.answer(&PROJECTS.patch(&path, fields)).await?;
        finish::<Self>(client, &self.id, answer).await?;
        Ok(())
    }

    /// Google answers 403 if a project does not exist, as for someone else's.
    async fn observe(client: &Client, id: &ProjectId) -> Result<Option<ObservedState>, Error> {
        let mut project: Value = match client.json(&PROJECTS.get(&id.path())).await {
            Ok(project) => project,
            Err(error)
                if error.lacks_permission() && error.cause() != Some(RefusalCause::ApiDisabled) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let parent = project["parent"].as_str().unwrap_or_default();
        project["parent"] = described(client, parent).await?.into();
        let lifecycle = match project["state"].as_str() {
            Some(DELETED) => Lifecycle::SoftDeleted,
            Some(_) | None => Lifecycle::Active,
        };
        Ok(Some(ObservedState {
            lifecycle,
            ..observed(Self::ROWS, Self::UID, &project)
        }))
    }

    async fn delete(
        context: &Context<'_>,
        id: &ProjectId,
        _: &StepInput,
    ) -> Result<Deletion, Fault> {
        let answer = context.client.answer(&PROJECTS.delete(&id.path())).await?;
        finish::<Self>(context.client, id, answer).await?;
        let until = context.client.clock().now() + RETENTION;
        Ok(Deletion::Retained(Some(until)))
    }
}

const DELETED: &str = "DELETE_REQUESTED";
