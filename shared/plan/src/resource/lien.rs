//! Liens: a project that has one is not deleted.

use super::{
    context::Context,
    kind::{Deletion, Kind, RecognisedBy},
    row::Sent,
};
use crate::{Fault, ObservedState, ResourceId, StepInput};
use gcp::{ApiPath, Client, Collection, Error, Pages, Request, methods::resourcemanager::LIENS};
use names::ProjectId;
use serde_json::{Value, json};

/// groundcrew's lien against the deletion of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lien {
    /// What is not deleted as long as the lien exists.
    pub project: ProjectId,
    /// What Google shows to who tries.
    pub reason: String,
}

impl Lien {
    /// Who made it: those of others have another origin.
    pub const ORIGIN: &str = "groundcrew";
}

impl Kind for Lien {
    type Name = ProjectId;

    const COLLECTION: &'static Collection = &LIENS;
    const UID: &'static str = "name";
    const RECOGNISED_BY: RecognisedBy = RecognisedBy::Nothing;

    fn name(&self) -> ProjectId {
        self.project.clone()
    }

    fn dependencies(&self) -> Vec<ResourceId> {
        vec![ResourceId::Project(self.project.clone())]
    }

    fn creation(&self, _: Value) -> Request {
        let fields = json!({
            "parent": self.project.path(),
            "restrictions": ["resourcemanager.projects.delete"],
            "origin": Self::ORIGIN,
            "reason": self.reason,
        });
        LIENS.create("liens/new", fields)
    }

    fn calls(&self) -> Vec<Request> {
        let list = LIENS.list(&self.project.path());
        vec![
            self.creation(Value::Null),
            list,
            LIENS.delete("liens/sample"),
        ]
    }

    async fn create(&self, context: &Context<'_>, _: &StepInput) -> Result<Option<String>, Fault> {
        let lien: Value = context.client.json(&self.creation(Value::Null)).await?;
        Ok(lien["name"].as_str().map(str::to_owned))
    }

    async fn change(&self, _: &Context<'_>, _: &StepInput, _: Sent) -> Result<(), Fault> {
        Ok(())
    }

    async fn observe(client: &Client, project: &ProjectId) -> Result<Option<ObservedState>, Error> {
        let lien = find(client, project).await?;
        Ok(lien.map(|lien| ObservedState {
            uid: lien["name"].as_str().map(str::to_owned),
            ..ObservedState::existing()
        }))
    }

    async fn delete(
        context: &Context<'_>,
        project: &ProjectId,
        _: &StepInput,
    ) -> Result<Deletion, Fault> {
        if let Some(lien) = find(context.client, project).await? {
            let name = lien["name"].as_str().unwrap_or_default();
            context.client.answer(&LIENS.delete(name)).await?;
        }
        Ok(Deletion::Done)
    }
}

async fn find(client: &Client, project: &ProjectId) -> Result<Option<Value>, Error> {
    let list = LIENS.list(&project.path());
    let liens: Vec<Value> = Pages::new(client, list).all(LIENS.items).await?;
    Ok(liens
        .into_iter()
        .find(|lien| lien["origin"] == Lien::ORIGIN))
}
