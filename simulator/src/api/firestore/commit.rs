//! Commits: several writes, all or none.

use super::{
    Firestore,
    field_path::FieldPath,
    mask::query_mask,
    path::{below_documents, check_document, check_id, database},
    permissions::needs,
    wire::{array, refuse_transaction},
    write::{Precondition, Write},
};
use crate::{Answer, ApiError, Call, Cloud, iam::Need};
use names::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Writes in one commit, at the most.
const MOST: usize = 500;

impl Firestore {
    /// Performs the writes in order, each seeing those before it, and gives
    /// their results and the time.
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
        if let Some(row) = self.databases.get_mut(database) {
            row.last_commit = at;
        }
        for (name, after) in pending {
            match after {
                Some(document) => drop(self.documents.insert(name, document)),
                None => drop(self.documents.remove(name)),
            }
        }
        Ok((results, at))
    }
}

fn writes(call: &Call) -> Result<Vec<Write>, ApiError> {
    let database = database(call);
    let list = array(&call.body["writes"], "writes")?;
    if list.len() > MOST {
        return Err(ApiError::invalid("maximum 500 writes allowed per request"));
    }
    list.iter()
        .map(|write| Write::read(write, &database))
        .collect()
}

pub(super) fn commit_needs(_: &Cloud, call: &Call) -> Result<Vec<Need>, ApiError> {
    let writes = writes(call)?;
    let all: BTreeSet<_> = writes
        .iter()
        .flat_map(|write| write.permissions())
        .copied()
        .collect();
    Ok(needs(call, &all.into_iter().collect::<Vec<_>>()))
}

/// `POST …/documents:commit`.
pub(super) fn commit(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    refuse_transaction(call)?;
    let writes = writes(call)?;
    let (results, at) = cloud.firestore.commit(&database(call), &writes, call.now)?;
    let mut body = json!({ "commitTime": at });
    if !results.is_empty() {
        body["writeResults"] = results.into();
    }
    Ok(Answer::Json(body))
}

/// `POST …/documents/{collection}?documentId=…`. Without an id the simulator
/// makes one of the time.
pub(super) fn create(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let at = cloud.firestore.commit_time(&database(call), call.now)?;
    let made = format!("{:020}", at.as_micros());
    let id = call.query("documentId").unwrap_or(&made);
    check_id(id)?;
    let name = format!("{}/{id}", below_documents(call));
    let mask = query_mask(call, "mask")?;
    let absent = Some(Precondition::Exists(false));
    let write = Write::update(&name, &call.body["fields"], None, absent)?;
    write_one(cloud, call, &write, mask.as_deref())
}

/// The precondition in the query.
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
    let name = below_documents(call);
    Write::update(&name, &call.body["fields"], mask, precondition(call)?)
}

pub(super) fn patch_needs(_: &Cloud, call: &Call) -> Result<Vec<Need>, ApiError> {
    Ok(needs(call, patched(call)?.permissions()))
}

/// `PATCH …/documents/{document}`.
pub(super) fn patch(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let mask = query_mask(call, "mask")?;
    write_one(cloud, call, &patched(call)?, mask.as_deref())
}

/// `DELETE …/documents/{document}`.
pub(super) fn delete(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let name = below_documents(call);
    check_document(&name, &database(call))?;
    let write = Write::delete(&name, precondition(call)?);
    cloud
        .firestore
        .commit(&database(call), &[write], call.now)?;
    Ok(Answer::Json(json!({})))
}

/// One write, answered with the document.
fn write_one(
    cloud: &mut Cloud,
    call: &Call,
    write: &Write,
    mask: Option<&[FieldPath]>,
) -> Result<Answer, ApiError> {
    let (name, database) = (&write.name, database(call));
    check_document(name, &database)?;
    let store = &mut cloud.firestore;
    store.commit(&database, std::slice::from_ref(write), call.now)?;
    let written = store
        .documents
        .get(name)
        .expect("an update leaves a document");
    Ok(Answer::Json(written.json(name, mask)))
}
