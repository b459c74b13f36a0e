//! Settings of single fields of Firestore's documents. Every field has some: one
//! without settings of its own counts as absent.

use super::{
    context::Context,
    kind::{Deletion, Kind, RecognisedBy},
    row::{Row, Sent, observed},
};
use crate::{Fault, FieldId, ObservedState, ResourceId, StepInput};
use gcp::{ApiPath, Backoff, Client, Collection, Error, Request, methods::firestore, poll};
use names::Duration;
use serde_json::{Value, json};

/// A field that is not indexed by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentField {
    /// Its database, collection and path.
    pub id: FieldId,
    /// How long after the time in this field Firestore deletes the document, if
    /// ever; a document without a time there stays.
    pub time_to_live: Option<Duration>,
}

/// How long a change may take; of an empty database, minutes.
const TIMEOUT: Duration = Duration::from_secs(900);
const READ_PAUSES: Backoff = Backoff::exponential(Duration::from_secs(1), Duration::from_secs(10));

impl DocumentField {
    fn settings(&self) -> Value {
        let time_to_live = self
            .time_to_live
            .map(|it| json!({ "expirationOffset": seconds(it) }));
        json!({ "indexConfig": { "indexes": [] }, "ttlConfig": time_to_live })
    }

    async fn set(&self, client: &Client) -> Result<(), Fault> {
        let path = self.id.path();
        let set = Self::COLLECTION.patch(&path, self.settings());
        client.answer(&set).await?;
        let deadline = client.clock().now() + TIMEOUT;
        let is_ready = |field: &Value| {
            field["indexConfig"]["indexes"].is_null() && field["ttlConfig"]["state"] != "CREATING"
        };
        let get = Self::COLLECTION.get(&path);
        let last = poll::until(&**client.clock(), READ_PAUSES, deadline, is_ready, || {
            client.json(&get)
        });
        match is_ready(&last.await?) {
            true => Ok(()),
            false => Err(Fault::OperationTimeout),
        }
    }
}

impl Kind for DocumentField {
    type Name = FieldId;

    const COLLECTION: &'static Collection = &firestore::FIELDS;
    const ROWS: &'static [Row<Self>] = &[
        Row::new("indexed", "indexed", |_| json!("false"))
            .needed()
            .unsent(),
        Row::new("time-to-live", "ttlConfig.expirationOffset", |f: &Self| {
            json!(f.time_to_live.map(seconds))
        })
        .needed()
        .unsent(),
    ];
    const RECOGNISED_BY: RecognisedBy = RecognisedBy::Nothing;

    fn name(&self) -> FieldId {
        self.id.clone()
    }

    fn dependencies(&self) -> Vec<ResourceId> {
        Self::container(&self.id).into_iter().collect()
    }

    fn container(id: &FieldId) -> Option<ResourceId> {
        Some(ResourceId::Database(id.database.clone()))
    }

    fn calls(&self) -> Vec<Request> {
        let path = self.id.path();
        vec![
            Self::COLLECTION.get(&path),
            Self::COLLECTION.patch(&path, self.settings()),
        ]
    }

    async fn create(&self, context: &Context<'_>, _: &StepInput) -> Result<Option<String>, Fault> {
        self.set(context.client).await?;
        Ok(None)
    }

    async fn change(&self, context: &Context<'_>, _: &StepInput, _: Sent) -> Result<(), Fault> {
        self.set(context.client).await
    }

    async fn observe(client: &Client, id: &FieldId) -> Result<Option<ObservedState>, Error> {
        let mut field: Value = client.json(&Self::COLLECTION.get(&id.path())).await?;
        let indexes = &field["indexConfig"];
        let own = indexes["usesAncestorConfig"] != true && indexes["reverting"] != true;
        if !own && field["ttlConfig"].is_null() {
            return Ok(None);
        }
        let is_indexed = !own || !indexes["indexes"].is_null();
        field["indexed"] = is_indexed.to_string().into();
        Ok(Some(observed(Self::ROWS, Self::UID, &field)))
    }

    /// Only the settings go: the field and its documents stay.
    async fn delete(context: &Context<'_>, id: &FieldId, _: &StepInput) -> Result<Deletion, Fault> {
        let cleared = json!({ "indexConfig": null, "ttlConfig": null });
        let patch = Self::COLLECTION.patch(&id.path(), cleared);
        context.client.answer(&patch).await?;
        Ok(Deletion::Done)
    }
}

fn seconds(duration: Duration) -> String {
    format!("{}s", duration.as_secs())
}
