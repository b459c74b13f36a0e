//! What a kind states of itself, and how one with Google's standard methods is
//! observed, created, changed and deleted.

use super::{
    context::Context,
    row::{self, Row, Sent},
};
use crate::{DesiredFields, Fault, Lifecycle, ObservedState, ResourceId, StepInput};
use gcp::{Answer, ApiPath, Client, Collection, Error, Request};
use names::{DeploymentId, Duration, Timestamp};
use serde_json::{Value, json};

/// How long one `wait` call may take on the server.
const SERVER_WAIT: Duration = Duration::from_secs(10);
/// How long an operation may take.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(120);

/// The result of deleting a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deletion {
    Done,
    /// Google keeps it, until this time where that is known.
    Retained(Option<Timestamp>),
}

/// Why a resource that is no longer desired is not deleted now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Retention {
    pub(crate) reason: &'static str,
    pub(crate) until: Option<Timestamp>,
    /// Whether a call is needed now (to schedule its destruction).
    pub(crate) needs_call: bool,
}

/// By what groundcrew recognises a resource that it created, if the deployment
/// record is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecognisedBy {
    /// Its own mark.
    Mark,
    /// The mark of what contains it.
    Container,
    /// A label on a marked resource that it contains.
    Contents,
    /// Nothing: it counts as someone else's.
    Nothing,
}

/// A kind of resources. What is not stated is done by the standard methods of
/// its collection.
pub(crate) trait Kind: Sized + Sync + 'static {
    type Name: ApiPath;

    const COLLECTION: &'static Collection;
    /// Its fields.
    const ROWS: &'static [Row<Self>] = &[];
    /// The field of its unique id, if it has one.
    const UID: &'static str = "";
    const RECOGNISED_BY: RecognisedBy = RecognisedBy::Mark;
    /// Whether an existing one that groundcrew did not create may be used.
    const IS_ADOPTED: bool = true;

    fn name(&self) -> Self::Name;

    /// The resources that must exist before it, where the same manifest
    /// contains them.
    fn dependencies(&self) -> Vec<ResourceId>;

    /// Whether nothing has to be done if it is absent.
    fn may_be_absent(&self) -> bool {
        false
    }

    /// Why a difference from its observed state cannot be removed, and what the
    /// user can do.
    fn unchangeable(&self, _: &ObservedState) -> Option<String> {
        None
    }

    /// The resource that contains it, and is deleted after it.
    fn container(_: &Self::Name) -> Option<ResourceId> {
        None
    }

    /// Why it cannot be deleted in this state.
    fn retention(_: Lifecycle) -> Option<Retention> {
        None
    }

    fn desired_fields(&self, deployment: Option<&DeploymentId>) -> DesiredFields {
        row::desired(Self::ROWS, self, deployment)
    }

    /// The fields that a request sends.
    fn body(&self, deployment: &DeploymentId, sent: Sent) -> Value {
        row::body(Self::ROWS, self, deployment, sent)
    }

    /// The request that creates it with these fields.
    fn creation(&self, fields: Value) -> Request {
        Self::COLLECTION.create(&self.name().path(), fields)
    }

    /// A sample of every request on it.
    fn calls(&self) -> Vec<Request> {
        let path = self.name().path();
        let mut calls = vec![self.creation(json!({})), Self::COLLECTION.get(&path)];
        if Self::COLLECTION.method("patch").is_some() {
            calls.push(Self::COLLECTION.patch(&path, json!({})));
        }
        calls.push(Self::COLLECTION.delete(&path));
        let operation = Self::COLLECTION.operation(&path, "sample");
        calls.extend(operation.into_iter().flatten());
        calls.extend(self.more_calls());
        calls
    }

    /// A sample of every request that is not of a standard method.
    fn more_calls(&self) -> Vec<Request> {
        Vec::new()
    }

    /// Creates it, and answers with its uid, if its kind has one.
    async fn create(&self, context: &Context<'_>, _: &StepInput) -> Result<Option<String>, Fault> {
        let fields = self.body(context.deployment, Sent::Created);
        let answer = context.client.answer(&self.creation(fields)).await?;
        finish::<Self>(context.client, &self.name(), answer).await
    }

    /// Changes an existing resource to its desired fields.
    async fn change(&self, context: &Context<'_>, _: &StepInput, sent: Sent) -> Result<(), Fault> {
        if Self::COLLECTION.method("patch").is_some() {
            let mut fields = self.body(context.deployment, sent);
            if Self::COLLECTION.has_mask() && fields.get("labels").is_some() {
                let get = Self::COLLECTION.get(&self.name().path());
                keep_labels(&context.client.json(&get).await?, &mut fields);
            }
            let patch = Self::COLLECTION.patch(&self.name().path(), fields);
            let answer = context.client.answer(&patch).await?;
            finish::<Self>(context.client, &self.name(), answer).await?;
        }
        Ok(())
    }

    /// Reads a resource; `None` or 404 if it does not exist.
    async fn observe(client: &Client, name: &Self::Name) -> Result<Option<ObservedState>, Error> {
        let resource = client.json(&Self::COLLECTION.get(&name.path())).await?;
        Ok(Some(row::observed(Self::ROWS, Self::UID, &resource)))
    }

    /// Waits until a resource that was just created is visible everywhere.
    async fn wait_until_visible(_: &Client, _: &Self::Name) -> Result<(), Fault> {
        Ok(())
    }

    /// Deletes a resource.
    async fn delete(
        context: &Context<'_>,
        name: &Self::Name,
        _: &StepInput,
    ) -> Result<Deletion, Fault> {
        let delete = Self::COLLECTION.delete(&name.path());
        let answer = context.client.answer(&delete).await?;
        finish::<Self>(context.client, name, answer).await?;
        Ok(Deletion::Done)
    }
}

/// Adds the labels of others, which a change would remove.
pub(super) fn keep_labels(current: &Value, fields: &mut Value) {
    for (label, value) in current["labels"].as_object().into_iter().flatten() {
        if fields["labels"].get(label).is_none() {
            fields["labels"][label] = value.clone();
        }
    }
}

/// Waits for what a method began, and answers with the resource's uid. The
/// operations of Cloud KMS are not waited for: a deleted resource is gone when
/// the deletion is accepted.
pub(super) async fn finish<K: Kind>(
    client: &Client,
    name: &K::Name,
    answer: Answer,
) -> Result<Option<String>, Fault> {
    let begun = match answer {
        Answer::Done(resource) => return Ok(row::uid_of(K::UID, &resource)),
        Answer::Operation(begun) => begun,
    };
    let deadline = client.clock().now() + OPERATION_TIMEOUT;
    let ended = client
        .finish(K::COLLECTION, &name.path(), begun, SERVER_WAIT, deadline)
        .await?;
    let is_waited_for = K::COLLECTION.operations.is_some();
    match ended.error {
        Some(error) => Err(Fault::Operation(error)),
        None if is_waited_for && !ended.done => Err(Fault::OperationTimeout),
        None => Ok(ended.target_id),
    }
}
