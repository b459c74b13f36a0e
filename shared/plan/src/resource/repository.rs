//! Repositories of container images.

use super::{api::api_of, kind::Kind, row::Row};
use crate::ResourceId;
use gcp::{Collection, methods::artifactregistry};
use names::RepositoryName;
use serde_json::json;
use std::collections::BTreeMap;

/// A repository of container images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// `projects/{project}/locations/{location}/repositories/{repository}`.
    pub name: RepositoryName,
    /// Its purpose, for people: the mark is in the labels.
    pub description: String,
    /// Its labels; the deployment's mark is added.
    pub labels: BTreeMap<String, String>,
}

impl Kind for Repository {
    type Name = RepositoryName;

    const COLLECTION: &'static Collection = &artifactregistry::REPOSITORIES;
    const ROWS: &'static [Row<Self>] = &[
        Row::new("format", "format", |_| json!("DOCKER"))
            .immutable()
            .needed(),
        Row::new("description", "description", |r: &Self| {
            json!(r.description)
        }),
        Row::labels("labels", |r: &Self| json!(r.labels)),
    ];

    fn name(&self) -> RepositoryName {
        self.name.clone()
    }

    fn dependencies(&self) -> Vec<ResourceId> {
        api_of(self.name.project(), "artifactregistry.googleapis.com").into()
    }
}
