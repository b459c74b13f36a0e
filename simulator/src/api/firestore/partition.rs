//! Partitions of a collection group, for reading it in parallel.

use super::{
    path::{database, path_of_call},
    query::Query,
};
use crate::{ApiError, ApiResponse, Call, Cloud};
use serde_json::{Value, json};

/// A number; 64-bit ones are strings in JSON.
fn number(value: &Value) -> Option<usize> {
    let text = value.as_str().and_then(|text| text.parse().ok());
    usize::try_from(value.as_u64().or(text)?).ok()
}

/// `POST …:partitionQuery`: names of documents between which about the same
/// number of others lies.
pub(super) fn query(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let query = Query::read(&call.body["structuredQuery"])?;
    if !query.is_whole_group() {
        return Err(ApiError::invalid(
            "A query to be partitioned selects a collection with all descendants, ordered by name.",
        ));
    }
    let wanted = number(&call.body["partitionCount"]).filter(|count| *count > 0);
    let wanted = wanted.ok_or_else(|| ApiError::invalid("partitionCount must be positive."))?;
    let reading = cloud.firestore.reading(call, &database(call))?;
    let found = query.find(&cloud.firestore.view(&reading), &path_of_call(call));
    let count = wanted.min(found.len().saturating_sub(1));
    let after = number(&call.body["pageToken"]).unwrap_or(0);
    let max = number(&call.body["pageSize"]).filter(|size| *size > 0);
    let page = (after + 1..=count).take(max.unwrap_or(usize::MAX));
    let points = page.map(|point| {
        let (name, _) = found[point * found.len() / (count + 1)];
        json!({ "values": [{ "referenceValue": name }], "before": true })
    });
    let points: Vec<Value> = points.collect();
    let mut body = json!({});
    if after + points.len() < count {
        body["nextPageToken"] = (after + points.len()).to_string().into();
    }
    if !points.is_empty() {
        body["partitions"] = points.into();
    }
    Ok(ApiResponse::Json(body))
}
