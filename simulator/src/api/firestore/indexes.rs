//! Composite indexes: created, listed, and checked against queries.

use super::{
    Firestore,
    field_path::FieldPath,
    index::{Index, IndexMode, IndexRequirement},
    path::database,
};
use crate::{ApiError, ApiResponse, Call, Cloud};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn parent(database: &str, collection: &str) -> String {
    format!("{database}/collectionGroups/{collection}/indexes/")
}

/// Checks that an index serves the query, or several with the same sort order
/// that together cover all equality fields.
pub(super) fn check(
    store: &Firestore,
    database: &str,
    collection: &str,
    group: bool,
    requirement: &IndexRequirement,
) -> Result<(), ApiError> {
    let bare = requirement.equal.is_empty()
        && requirement.contains.is_empty()
        && requirement.sort.len() < 2;
    // Single-field indexes have collection scope only.
    if bare || (!group && requirement.is_automatic()) {
        return Ok(());
    }
    let parent = parent(database, collection);
    let indexes = store
        .indexes
        .with_prefix(&parent)
        .filter(|(_, index)| index.group == group);
    let usable: Vec<_> = indexes
        .filter_map(|(_, index)| index.covers(requirement))
        .collect();
    let fixed: BTreeSet<&str> = usable.iter().flatten().copied().collect();
    let mut wanted = requirement.equal.iter().chain(&requirement.contains);
    if !usable.is_empty() && wanted.all(|path| fixed.contains(path.to_string().as_str())) {
        return Ok(());
    }
    let project = database.split('/').nth(1).unwrap_or_default();
    Err(ApiError::failed_precondition(format!(
        "The query requires an index. You can create it here: \
         https://console.firebase.google.com/v1/r/project/{project}/firestore/indexes?create_composite={}:{}",
        collection,
        requirement.missing(),
    )))
}

impl Firestore {
    fn add_index(
        &mut self,
        database: &str,
        collection: &str,
        index: Index,
    ) -> Result<String, ApiError> {
        let parent = parent(database, collection);
        if self
            .indexes
            .with_prefix(&parent)
            .any(|(_, existing)| *existing == index)
        {
            return Err(ApiError::already_exists("index already exists"));
        }
        let number = self.indexes.with_prefix(&parent).count() + 1;
        let name = format!("{parent}{number:012}");
        self.indexes.insert(name.as_str(), index);
        Ok(name)
    }
}

impl Cloud {
    /// Declares a composite index on `collection` of `database`
    /// (`projects/p/databases/d`): its fields, each with whether it is
    /// ascending. It needs at least two, as Firestore indexes single fields
    /// itself. An existing index is kept.
    ///
    /// # Errors
    /// The error with which the API would refuse the index.
    pub fn declare_index(
        &mut self,
        database: &str,
        collection: &str,
        fields: &[(&str, bool)],
    ) -> Result<(), ApiError> {
        let mode = |ascending| {
            if ascending {
                IndexMode::Ascending
            } else {
                IndexMode::Descending
            }
        };
        let fields = fields
            .iter()
            .map(|(path, ascending)| FieldPath::parse(path).map(|path| (path, mode(*ascending))));
        let index = Index::new(fields.collect::<Result<_, _>>()?, false)?;
        match self.firestore.add_index(database, collection, index) {
            Err(error) if error.code != "ALREADY_EXISTS" => Err(error),
            _ => Ok(()),
        }
    }
}

/// `POST …/collectionGroups/{c}/indexes`. The operation is done at once.
pub(super) fn create(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let database = database(call);
    cloud.firestore.database(&database)?;
    let index = Index::read(&call.body)?;
    let collection = call.path("collectionGroupsId");
    let name = cloud
        .firestore
        .add_index(&database, collection, index.clone())?;
    let mut response = index.json(&name);
    response["@type"] = "type.googleapis.com/google.firestore.admin.v1.Index".into();
    Ok(ApiResponse::Json(json!({
        "name": format!("{database}/operations/index-{collection}-{}", &name[name.len() - 12..]),
        "metadata": {
            "@type": "type.googleapis.com/google.firestore.admin.v1.IndexOperationMetadata",
            "startTime": call.now,
            "endTime": call.now,
            "index": name,
            "state": "SUCCESSFUL",
        },
        "done": true,
        "response": response,
    })))
}

/// `GET …/collectionGroups/{c}/indexes`; `-` stands for every collection.
pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let database = database(call);
    cloud.firestore.database(&database)?;
    let prefix = match call.path("collectionGroupsId") {
        "-" => format!("{database}/collectionGroups/"),
        collection => parent(&database, collection),
    };
    let found = cloud.firestore.indexes.with_prefix(&prefix);
    let json: Vec<Value> = found.map(|(name, index)| index.json(name)).collect();
    Ok(ApiResponse::Json(if json.is_empty() {
        json!({})
    } else {
        json!({ "indexes": json })
    }))
}
