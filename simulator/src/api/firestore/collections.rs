//! The IDs of the collections of a document.

use super::path::{database, path_of_call};
use crate::{ApiError, ApiResponse, Call, Cloud};
use serde_json::json;
use std::collections::BTreeSet;

/// `POST …:listCollectionIds`.
pub(super) fn list_ids(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let reading = cloud.firestore.reading(call, &database(call))?;
    let prefix = format!("{}/", path_of_call(call));
    let below = cloud.firestore.view(&reading).below(&prefix, |_| true);
    let ids = below
        .into_iter()
        .filter_map(|(name, _)| name[prefix.len()..].split('/').next());
    let after = call.body["pageToken"].as_str().unwrap_or_default();
    let ids: BTreeSet<&str> = ids.filter(|id| *id > after).collect();
    let max = call.body["pageSize"].as_u64().filter(|size| *size > 0);
    let max = max.and_then(|size| usize::try_from(size).ok());
    let page: Vec<&str> = ids
        .iter()
        .copied()
        .take(max.unwrap_or(usize::MAX))
        .collect();
    let mut body = json!({});
    if let Some(last) = page.last().filter(|_| page.len() < ids.len()) {
        body["nextPageToken"] = (*last).into();
    }
    if !page.is_empty() {
        body["collectionIds"] = page.into();
    }
    Ok(ApiResponse::Json(body))
}
