//! Composite indexes of Firestore databases. Google chooses their names; one is
//! found in the list of its collection by its fields.

use super::{
    context::Context,
    kind::{Deletion, Kind, RecognisedBy},
    row::{Row, Sent, observed},
};
use crate::{Fault, IndexId, ObservedState, ResourceId, StepInput};
use gcp::{ApiPath, Backoff, Client, Collection, Error, Pages, Request, methods::firestore, poll};
use names::Duration;
use serde_json::{Value, json};

/// A composite index on the documents of one collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompositeIndex {
    /// Its database, collection and fields.
    pub id: IndexId,
}

/// How long building may take; of an empty database, minutes.
const BUILD_TIMEOUT: Duration = Duration::from_secs(900);
const READ_PAUSES: Backoff = Backoff::exponential(Duration::from_secs(1), Duration::from_secs(10));

impl CompositeIndex {
    async fn wait_until_ready(&self, client: &Client) -> Result<(), Fault> {
        let deadline = client.clock().now() + BUILD_TIMEOUT;
        let is_ready = |index: &Option<Value>| {
            index
                .as_ref()
                .is_some_and(|index| index["state"] == "READY")
        };
        let last = poll::until(&**client.clock(), READ_PAUSES, deadline, is_ready, || {
            find(client, &self.id)
        });
        match is_ready(&last.await?) {
            true => Ok(()),
            false => Err(Fault::OperationTimeout),
        }
    }
}

impl Kind for CompositeIndex {
    type Name = IndexId;

    const COLLECTION: &'static Collection = &firestore::INDEXES;
    const UID: &'static str = "name";
    const ROWS: &'static [Row<Self>] = &[Row::new("state", "state", |_| json!("READY"))
        .needed()
        .unsent()];
    const RECOGNISED_BY: RecognisedBy = RecognisedBy::Nothing;

    fn name(&self) -> IndexId {
        self.id.clone()
    }

    fn dependencies(&self) -> Vec<ResourceId> {
        Self::container(&self.id).into_iter().collect()
    }

    fn container(id: &IndexId) -> Option<ResourceId> {
        Some(ResourceId::Database(id.database.clone()))
    }

    fn creation(&self, _: Value) -> Request {
        let body = json!({ "queryScope": "COLLECTION", "fields": fields(&self.id) });
        Self::COLLECTION.create(&self.id.path(), body)
    }

    fn calls(&self) -> Vec<Request> {
        vec![
            self.creation(Value::Null),
            Self::COLLECTION.list(&parent(&self.id)),
            Self::COLLECTION.delete(&format!("{}/indexes/sample", parent(&self.id))),
        ]
    }

    async fn create(&self, context: &Context<'_>, _: &StepInput) -> Result<Option<String>, Fault> {
        context.client.answer(&self.creation(Value::Null)).await?;
        self.wait_until_ready(context.client).await?;
        Ok(None)
    }

    async fn change(&self, context: &Context<'_>, _: &StepInput, _: Sent) -> Result<(), Fault> {
        self.wait_until_ready(context.client).await
    }

    async fn observe(client: &Client, id: &IndexId) -> Result<Option<ObservedState>, Error> {
        let index = find(client, id).await?;
        Ok(index.map(|index| observed(Self::ROWS, Self::UID, &index)))
    }

    async fn delete(context: &Context<'_>, id: &IndexId, _: &StepInput) -> Result<Deletion, Fault> {
        if let Some(index) = find(context.client, id).await? {
            let name = index["name"].as_str().unwrap_or_default();
            context
                .client
                .answer(&Self::COLLECTION.delete(name))
                .await?;
        }
        Ok(Deletion::Done)
    }
}

fn parent(id: &IndexId) -> String {
    format!("{}/collectionGroups/{}", id.database, id.collection)
}

fn fields(id: &IndexId) -> Vec<Value> {
    let field = |(path, order): &(String, String)| json!({ "fieldPath": path, "order": order });
    id.fields.iter().map(field).collect()
}

/// The index as Google lists it, with `__name__` as its last field.
async fn find(client: &Client, id: &IndexId) -> Result<Option<Value>, Error> {
    let wanted = fields(id);
    let list = firestore::INDEXES.list(&parent(id));
    let all: Vec<Value> = Pages::new(client, list)
        .all(firestore::INDEXES.items)
        .await?;
    let is_same = |index: &Value| {
        let fields = index["fields"].as_array().into_iter().flatten();
        let fields = fields.filter(|field| field["fieldPath"] != "__name__");
        index["queryScope"] == "COLLECTION" && fields.eq(&wanted)
    };
    Ok(all.into_iter().find(is_same))
}
