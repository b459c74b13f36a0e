//! Reading documents by name, and collection by collection.

use super::{
    mask::{mask, query_mask},
    path::{below_documents, check_document, database},
    wire::refuse_transaction,
};
use crate::{Answer, ApiError, Call, Cloud};
use serde_json::{Value, json};

/// `GET …/documents/{document}`.
pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    refuse_transaction(call)?;
    let (name, database) = (below_documents(call), database(call));
    check_document(&name, &database)?;
    cloud.firestore.database(&database)?;
    let found = cloud.firestore.documents.get(&name);
    let missing = || ApiError::not_found(format!("Document \"{name}\" not found."));
    let document = found.ok_or_else(missing)?;
    let mask = query_mask(call, "mask")?;
    Ok(Answer::Json(document.json(&name, mask.as_deref())))
}

/// `GET …/documents/{collection}`, by name only.
pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
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
    let most = call.query_u64("pageSize")?.unwrap_or(0);
    let most = if most == 0 {
        300
    } else {
        usize::try_from(most).unwrap_or(usize::MAX)
    };
    let after = call.query("pageToken").unwrap_or_default();
    let collection = below_documents(call);
    let id = |name: &str| name[collection.len() + 1..].to_owned();
    let found = cloud.firestore.collection(&collection);
    let mut found = found
        .into_iter()
        .filter(|(name, _)| id(name).as_str() > after);
    let page: Vec<_> = found.by_ref().take(most).collect();
    let mut body = json!({});
    if let (Some(_), Some((last, _))) = (found.next(), page.last()) {
        body["nextPageToken"] = id(last).into();
    }
    if !page.is_empty() {
        let shown = page
            .into_iter()
            .map(|(name, d)| d.json(name, mask.as_deref()));
        body["documents"] = shown.collect();
    }
    Ok(Answer::Json(body))
}

/// `POST …/documents:batchGet`.
pub(super) fn batch_get(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
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
    Ok(Answer::Json(answers.into()))
}
