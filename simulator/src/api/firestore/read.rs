//! Reads of documents, by name and by collection.

use super::{
    mask::{mask, query_mask},
    path::{check_document, database, path_of_call},
    wire::refuse_transaction,
};
use crate::{ApiError, ApiResponse, Call, Cloud};
use serde_json::{Value, json};

/// `GET …/documents/{document}`.
pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    refuse_transaction(call)?;
    let (name, database) = (path_of_call(call), database(call));
    check_document(&name, &database)?;
    cloud.firestore.database(&database)?;
    let found = cloud.firestore.documents.get(&name);
    let missing = || ApiError::not_found(format!("Document \"{name}\" not found."));
    let document = found.ok_or_else(missing)?;
    let mask = query_mask(call, "mask")?;
    Ok(ApiResponse::Json(document.json(&name, mask.as_deref())))
}

/// `GET …/documents/{collection}`, sorted by name only.
pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    refuse_transaction(call)?;
    if call
        .query("orderBy")
        .is_some_and(|order| order != "__name__")
    {
        let message = "The simulator lists documents by __name__ only; use runQuery.";
        return Err(ApiError::unimplemented(message));
    }
    cloud.firestore.database(&database(call))?;
    let mask = query_mask(call, "mask")?;
    let max = call.query_u64("pageSize")?.unwrap_or(0);
    let max = if max == 0 {
        300
    } else {
        usize::try_from(max).unwrap_or(usize::MAX)
    };
    let after = call.query("pageToken").unwrap_or_default();
    let collection = path_of_call(call);
    let id = |name: &str| name[collection.len() + 1..].to_owned();
    let found = cloud.firestore.collection(&collection);
    let mut found = found
        .into_iter()
        .filter(|(name, _)| id(name).as_str() > after);
    let page: Vec<_> = found.by_ref().take(max).collect();
    let mut body = json!({});
    if let (Some(_), Some((last, _))) = (found.next(), page.last()) {
        body["nextPageToken"] = id(last).into();
    }
    if !page.is_empty() {
        let json = page
            .into_iter()
            .map(|(name, d)| d.json(name, mask.as_deref()));
        body["documents"] = json.collect();
    }
    Ok(ApiResponse::Json(body))
}

/// `POST …/documents:batchGet`.
pub(super) fn batch_get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    refuse_transaction(call)?;
    let database = database(call);
    let at = cloud.firestore.read_time(&database, call.now)?;
    let mask = mask(&call.body["mask"])?;
    let names = call.body["documents"].as_array().into_iter().flatten();
    let answers = names.map(|name| {
        let name = name.as_str().unwrap_or_default();
        check_document(name, &database)?;
        Ok(match cloud.firestore.documents.get(name) {
            Some(found) => json!({ "found": found.json(name, mask.as_deref()), "readTime": at }),
            None => json!({ "missing": name, "readTime": at }),
        })
    });
    let answers: Vec<Value> = answers.collect::<Result<_, ApiError>>()?;
    Ok(ApiResponse::Json(answers.into()))
}
