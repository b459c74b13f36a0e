//! Firestore databases. They hold data, and are protected from deletion: a
//! teardown keeps them.

use super::{
    api::api_of,
    kind::{Kind, RecognisedBy, Retention},
    row::Row,
};
use crate::{Lifecycle, ResourceId};
use gcp::{ApiPath, Collection, Request, methods::firestore};
use names::{DatabaseName, Region};
use serde_json::json;

/// A database in native mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// `projects/{project}/databases/{database}`.
    pub name: DatabaseName,
    /// Where it is, for ever.
    pub location: Region,
}

impl Kind for Database {
    type Name = DatabaseName;

    const COLLECTION: &'static Collection = &firestore::DATABASES;
    const UID: &'static str = "uid";
    const ROWS: &'static [Row<Self>] = &[
        Row::new("type", "type", |_| json!("FIRESTORE_NATIVE"))
            .immutable()
            .needed(),
        Row::new("location", "locationId", |d: &Self| json!(d.location)).immutable(),
        Row::new("delete-protection", "deleteProtectionState", |_| {
            json!("DELETE_PROTECTION_ENABLED")
        })
        .needed(),
    ];
    const RECOGNISED_BY: RecognisedBy = RecognisedBy::Nothing;

    fn name(&self) -> DatabaseName {
        self.name.clone()
    }

    fn dependencies(&self) -> Vec<ResourceId> {
        api_of(self.name.project(), "firestore.googleapis.com").into()
    }

    fn retention(_: Lifecycle) -> Option<Retention> {
        Some(Retention {
            reason: "it has data, and is protected from deletion",
            until: None,
            needs_call: false,
        })
    }

    fn calls(&self) -> Vec<Request> {
        let path = self.name.path();
        let mut calls = vec![
            self.creation(json!({})),
            Self::COLLECTION.get(&path),
            Self::COLLECTION.patch(&path, json!({})),
        ];
        calls.extend(
            Self::COLLECTION
                .operation(&path, "sample")
                .into_iter()
                .flatten(),
        );
        calls
    }
}
