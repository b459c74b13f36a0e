//! Commits: several writes, applied atomically.

use super::{
    Firestore,
    field_path::FieldPath,
    mask::query_mask,
    path::{check_document, check_id, database, path_of_call},
    permissions::required_permissions,
    ttl,
    wire::{array, transaction_id},
    write::{Precondition, Write},
};
use crate::{ApiError, ApiResponse, Call, Cloud, iam::RequiredPermission};
use names::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Maximum number of writes in a commit.
const MAX_WRITES: usize = 500;

impl Firestore {
    /// Applies the writes in order, each to the result of those before it.
    /// Returns the write results and the commit time.
    pub(super) fn commit(
        &mut self,
        database: &str,
        writes: &[Write],
        now: Timestamp,
    ) -> Result<(Vec<Value>, Timestamp), ApiError> {
        let at = self.commit_time(database, now)?;
        let mut pending = BTreeMap::new();
        let mut results = Vec::new();
        for write in writes {
            let name = write.name.as_str();
            let before = match pending.get(name) {
                Some(before) => Option::as_ref(before),
                None => self.documents.get(name),
            };
            let outcome = write.apply(before, at)?;
            pending.insert(name, outcome.after);
            results.push(outcome.result);
        }
        let last = self.database(database)?.last_commit;
        if let Some(row) = self.databases.get_mut(database) {
            row.last_commit = at;
        }
        let mut changes = Vec::new();
        for (name, after) in pending {
            let before = match after {
                Some(document) => self.documents.insert(name, document),
                None => self.documents.remove(name),
            };
            changes.push((name.to_owned(), before));
        }
        self.versions.record(database, last, at, changes);
        Ok((results, at))
    }
}

/// Commits, and schedules the deletion of documents that expire.
pub(super) fn commit_writes(
    cloud: &mut Cloud,
    database: &str,
    writes: &[Write],
    now: Timestamp,
) -> Result<(Vec<Value>, Timestamp), ApiError> {
    let store = &mut cloud.firestore;
    let expiries = |store: &Firestore| -> Vec<_> {
        let names = writes.iter().map(|write| write.name.as_str());
        names.map(|name| store.expiry(name)).collect()
    };
    let before = expiries(store);
    let committed = store.commit(database, writes, now)?;
    let after = expiries(store);
    for ((write, before), after) in writes.iter().zip(before).zip(after) {
        if let Some(expiry) = after.filter(|_| after != before) {
            ttl::schedule(cloud, &write.name, expiry, now);
        }
    }
    Ok(committed)
}

pub(super) fn writes(call: &Call) -> Result<Vec<Write>, ApiError> {
    let database = database(call);
    let list = array(&call.body["writes"], "writes")?;
    if list.len() > MAX_WRITES {
        return Err(ApiError::invalid("maximum 500 writes allowed per request"));
    }
    list.iter()
        .map(|write| Write::read(write, &database))
        .collect()
}

pub(super) fn commit_permissions(
    _: &Cloud,
    call: &Call,
) -> Result<Vec<RequiredPermission>, ApiError> {
    let writes = writes(call)?;
    if writes.is_empty() {
        return Ok(required_permissions(call, &["datastore.databases.get"]));
    }
    let all: BTreeSet<_> = writes
        .iter()
        .flat_map(|write| write.permissions())
        .copied()
        .collect();
    Ok(required_permissions(
        call,
        &all.into_iter().collect::<Vec<_>>(),
    ))
}

/// `POST …/documents:commit`.
pub(super) fn commit(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let (database, writes) = (database(call), writes(call)?);
    let transaction = transaction_id(&call.body["transaction"])?;
    if let Some(id) = &transaction {
        let store = &mut cloud.firestore;
        store.check_commit(&database, id, !writes.is_empty(), call.now)?;
    }
    let (results, at) = commit_writes(cloud, &database, &writes, call.now)?;
    if let Some(id) = &transaction {
        cloud.firestore.transactions.remove(id);
    }
    let mut body = json!({ "commitTime": at });
    if !results.is_empty() {
        body["writeResults"] = results.into();
    }
    Ok(ApiResponse::Json(body))
}

/// `POST …/documents/{collection}?documentId=…`. Without an ID the simulator
/// generates one from the time.
pub(super) fn create(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let at = cloud.firestore.commit_time(&database(call), call.now)?;
    let generated = format!("{:020}", at.as_micros());
    let id = call.query("documentId").unwrap_or(&generated);
    check_id(id)?;
    let name = format!("{}/{id}", path_of_call(call));
    let mask = query_mask(call, "mask")?;
    let absent = Some(Precondition::Exists(false));
    let write = Write::update(&name, &call.body["fields"], None, absent)?;
    write_one(cloud, call, &write, mask.as_deref())
}

/// The precondition in the query parameters.
fn precondition(call: &Call) -> Result<Option<Precondition>, ApiError> {
    let exists = call.query("currentDocument.exists").map(|text| {
        let parsed = text.to_ascii_lowercase().parse::<bool>();
        parsed.map_or_else(|_| text.into(), Value::Bool)
    });
    let time = call.query("currentDocument.updateTime");
    Precondition::read(&json!({ "exists": exists, "updateTime": time }))
}

fn patched(call: &Call) -> Result<Write, ApiError> {
    let mask = query_mask(call, "updateMask")?;
    let name = path_of_call(call);
    Write::update(&name, &call.body["fields"], mask, precondition(call)?)
}

pub(super) fn patch_permissions(
    _: &Cloud,
    call: &Call,
) -> Result<Vec<RequiredPermission>, ApiError> {
    Ok(required_permissions(call, patched(call)?.permissions()))
}

/// `PATCH …/documents/{document}`.
pub(super) fn patch(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let mask = query_mask(call, "mask")?;
    write_one(cloud, call, &patched(call)?, mask.as_deref())
}

/// `DELETE …/documents/{document}`.
pub(super) fn delete(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let name = path_of_call(call);
    check_document(&name, &database(call))?;
    let write = Write::delete(&name, precondition(call)?);
    commit_writes(cloud, &database(call), &[write], call.now)?;
    Ok(ApiResponse::Json(json!({})))
}

/// Applies one write and responds with the document.
fn write_one(
    cloud: &mut Cloud,
    call: &Call,
    write: &Write,
    mask: Option<&[FieldPath]>,
) -> Result<ApiResponse, ApiError> {
    let (name, database) = (&write.name, database(call));
    check_document(name, &database)?;
    commit_writes(cloud, &database, std::slice::from_ref(write), call.now)?;
    let written = cloud
        .firestore
        .documents
        .get(name)
        .expect("an update leaves a document");
    Ok(ApiResponse::Json(written.json(name, mask)))
}
