//! Folders in the resource hierarchy. Google names one by a number; it is found in
//! the list of its parent by its display name. It cannot be marked.

use super::{
    context::Context,
    kind::{Deletion, Kind, RecognisedBy, finish},
    row::Sent,
};
use crate::{Fault, FolderId, Lifecycle, ObservedState, Ownership, ResourceId, StepInput};
use gcp::{
    ApiPath, Client, Collection, Error, Request,
    methods::resourcemanager::{self, FOLDERS, FOLDERS_UNDELETE, Folder, find_folder},
};
use names::Duration;
use serde_json::{Value, json};

/// How long a deleted project or folder can be restored.
pub(super) const RETENTION: Duration = Duration::from_secs(30 * 86_400);

/// A folder in the resource hierarchy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceFolder {
    /// Its parent and its display name.
    pub id: FolderId,
}

impl Kind for ResourceFolder {
    type Name = FolderId;

    const COLLECTION: &'static Collection = &FOLDERS;
    const RECOGNISED_BY: RecognisedBy = RecognisedBy::Nothing;
    const IS_ADOPTED: bool = false;

    fn name(&self) -> FolderId {
        self.id.clone()
    }

    fn dependencies(&self) -> Vec<ResourceId> {
        Vec::new()
    }

    fn creation(&self, _: Value) -> Request {
        let (parent, name) = (&self.id.parent, &self.id.display_name);
        let fields = json!({ "parent": parent, "displayName": name });
        FOLDERS.create(&self.id.path(), fields)
    }

    fn calls(&self) -> Vec<Request> {
        let parent = self.id.path();
        let mut calls = vec![
            self.creation(Value::Null),
            Request::on(&FOLDERS_UNDELETE, &parent),
            FOLDERS.list(&parent),
            FOLDERS.delete(&parent),
        ];
        let operation = FOLDERS.operation(&parent, "operations/sample");
        calls.extend(operation.into_iter().flatten());
        calls
    }

    async fn create(&self, context: &Context<'_>, _: &StepInput) -> Result<Option<String>, Fault> {
        let client = context.client;
        let answer = client.answer(&self.creation(Value::Null)).await?;
        finish::<Self>(client, &self.id, answer).await?;
        Ok(find(client, &self.id).await?.map(|folder| folder.name))
    }

    /// Restores it.
    async fn change(&self, context: &Context<'_>, _: &StepInput, _: Sent) -> Result<(), Fault> {
        let client = context.client;
        let found = find(client, &self.id).await?;
        if let Some(folder) = found.filter(Folder::is_deleted) {
            let undelete = Request::on(&FOLDERS_UNDELETE, &folder.name);
            let answer = client.answer(&undelete).await?;
            finish::<Self>(client, &self.id, answer).await?;
        }
        Ok(())
    }

    async fn observe(client: &Client, id: &FolderId) -> Result<Option<ObservedState>, Error> {
        let found = find(client, id).await?;
        Ok(found.map(|folder| ObservedState {
            lifecycle: match folder.is_deleted() {
                true => Lifecycle::SoftDeleted,
                false => Lifecycle::Active,
            },
            uid: Some(folder.name),
            ownership: Ownership::Unmarkable,
            ..ObservedState::existing()
        }))
    }

    async fn delete(
        context: &Context<'_>,
        id: &FolderId,
        _: &StepInput,
    ) -> Result<Deletion, Fault> {
        let found = find(context.client, id).await?;
        if let Some(folder) = found.filter(|folder| !folder.is_deleted()) {
            let answer = context.client.answer(&FOLDERS.delete(&folder.name)).await?;
            finish::<Self>(context.client, id, answer).await?;
        }
        let until = context.client.clock().now() + RETENTION;
        Ok(Deletion::Retained(Some(until)))
    }
}

async fn find(client: &Client, id: &FolderId) -> Result<Option<Folder>, Error> {
    find_folder(client, id.parent.as_str(), &id.display_name).await
}

/// The name with the number that Google chose; 404 if there is no such folder.
pub(super) async fn numbered(client: &Client, id: &FolderId) -> Result<String, Error> {
    let found = find(client, id)
        .await?
        .filter(|folder| !folder.is_deleted());
    let missing = || Error::not_found("cloudresourcemanager.folders.list", &id.to_string());
    found.map(|folder| folder.name).ok_or_else(missing)
}

/// A folder as text: `{parent}/{display name}`; the name itself if that cannot be
/// read.
pub(super) async fn described(client: &Client, name: &str) -> Result<String, Error> {
    let Ok(folder) = name.parse::<names::FolderName>() else {
        return Ok(name.to_owned());
    };
    match client.get(&folder).await {
        Ok(resourcemanager::Folder {
            parent,
            display_name,
            ..
        }) => Ok(format!("{parent}/{display_name}")),
        Err(error) if error.lacks_permission() => Ok(name.to_owned()),
        Err(error) => Err(error),
    }
}
