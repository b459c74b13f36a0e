//! Composite indexes: created, listed, and checked against queries.

use super::{
    Firestore,
    field_path::FieldPath,
    index::{Index, IndexMode, IndexRequirement},
    path::database,
};
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    collection::{LongRunning, begin},
};
use names::{Duration, Timestamp};
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
    (collection, group): (&str, bool),
    requirement: &IndexRequirement,
    now: Timestamp,
) -> Result<(), ApiError> {
    let bare = requirement.equal.is_empty()
        && requirement.contains.is_empty()
        && requirement.sort.len() < 2;
    let single = |path: &FieldPath, modes: &[IndexMode]| {
        store.has_index((database, collection), path, modes, group, now)
    };
    if bare || requirement.is_served_by(single) {
        return Ok(());
    }
    let parent = parent(database, collection);
    let indexes = store
        .indexes
        .with_prefix(&parent)
        .filter(|(_, index)| index.group == group && index.ready <= now);
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
            .any(|(_, existing)| existing.is_same(&index))
        {
            return Err(ApiError::already_exists("index already exists"));
        }
        let last = self.indexes.with_prefix(&parent).last();
        let last = last.and_then(|(name, _)| name[parent.len()..].parse::<u64>().ok());
        let number = last.unwrap_or_default() + 1;
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

/// How long an index is built. On Google it takes minutes, even if there are no
/// documents.
pub(super) const BUILD: Duration = Duration::from_secs(1);

/// `POST …/collectionGroups/{c}/indexes`.
pub(super) fn create(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let database = database(call);
    cloud.firestore.database(&database)?;
    let mut index = Index::read(&call.body)?;
    index.ready = call.now + BUILD;
    let collection = call.path("collectionGroupsId");
    let name = cloud
        .firestore
        .add_index(&database, collection, index.clone())?;
    let mut response = index.json(&name, index.ready);
    response["@type"] = "type.googleapis.com/google.firestore.admin.v1.Index".into();
    let operation = LongRunning {
        api: "firestore",
        name: None,
        kind: "create",
        target: &name,
        metadata: json!({
            "@type": "type.googleapis.com/google.firestore.admin.v1.IndexOperationMetadata",
            "startTime": call.now,
            "index": name,
            "state": "PROCESSING",
        }),
        response,
        duration: BUILD,
    };
    Ok(begin(cloud, call, operation))
}

/// The name of the index in the call's path.
fn existing(cloud: &Cloud, call: &Call) -> Result<String, ApiError> {
    let collection = parent(&database(call), call.path("collectionGroupsId"));
    let name = format!("{collection}{}", call.path("indexesId"));
    match cloud.firestore.indexes.contains(&name) {
        true => Ok(name),
        // Unverified.
        false => Err(ApiError::not_found(format!(
            "Index '{name}' does not exist."
        ))),
    }
}

/// `GET …/collectionGroups/{c}/indexes/{i}`.
pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let name = existing(cloud, call)?;
    let index = cloud.firestore.indexes.get(&name).expect("it exists");
    Ok(ApiResponse::Json(index.json(&name, call.now)))
}

/// `DELETE …/collectionGroups/{c}/indexes/{i}`.
pub(super) fn delete(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let name = existing(cloud, call)?;
    cloud.firestore.indexes.remove(&name);
    Ok(ApiResponse::Json(json!({})))
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
    let json: Vec<Value> = found
        .map(|(name, index)| index.json(name, call.now))
        .collect();
    Ok(ApiResponse::Json(if json.is_empty() {
        json!({})
    } else {
        json!({ "indexes": json })
    }))
}
