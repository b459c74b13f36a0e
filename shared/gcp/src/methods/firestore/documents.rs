//! Documents.

use super::{
    methods::{BATCH_GET, COMMIT, RUN_QUERY},
    stream::stream,
};
use crate::{Client, Error, Request};
use names::DatabaseName;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A document that was read.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// `projects/p/databases/d/documents/…`.
    pub name: String,
    /// The fields, each in Firestore's JSON form.
    #[serde(default)]
    pub fields: Map<String, Value>,
    /// When it last changed, as Firestore formats it: a precondition needs the
    /// exact text.
    pub update_time: String,
}

/// One write of a commit.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// Replaces or creates a document.
    Set {
        /// `projects/p/databases/d/documents/…`.
        name: String,
        /// The fields, each in Firestore's JSON form.
        fields: Map<String, Value>,
        /// What must hold, or nothing of the commit is applied.
        precondition: Option<DocumentPrecondition>,
    },
    /// Deletes the document of this name; succeeds if it does not exist.
    Delete(String),
}

/// A precondition of a write on its document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum DocumentPrecondition {
    /// The document exists, or does not.
    Exists(bool),
    /// The document exists and has not changed since this time.
    UpdateTime(String),
}

/// A request for [`COMMIT`].
#[must_use]
pub fn commit_request(database: &DatabaseName, writes: &[Write]) -> Request {
    let write = |write: &Write| match write {
        Write::Set {
            name,
            fields,
            precondition,
        } => {
            let mut out = json!({ "update": { "name": name, "fields": fields } });
            if let Some(precondition) = precondition {
                out["currentDocument"] = json!(precondition);
            }
            out
        }
        Write::Delete(name) => json!({ "delete": name }),
    };
    let writes: Vec<Value> = writes.iter().map(write).collect();
    Request::new(&COMMIT)
        .path("database", database)
        .json(&json!({ "writes": writes }))
}

/// Applies `writes`, all or none, and returns the new update time of each
/// document (`None` for a delete).
///
/// # Errors
/// The call failed; 409 `ALREADY_EXISTS` or 400 `FAILED_PRECONDITION` if a
/// precondition does not hold.
pub async fn commit(
    client: &Client,
    database: &DatabaseName,
    writes: &[Write],
) -> Result<Vec<Option<String>>, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct CommitResponse {
        #[serde(default)]
        write_results: Vec<WriteResult>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct WriteResult {
        update_time: Option<String>,
    }
    let committed: CommitResponse = client.json(&commit_request(database, writes)).await?;
    let times = committed.write_results.into_iter().map(|w| w.update_time);
    Ok(times.collect())
}

/// A request for [`BATCH_GET`].
#[must_use]
pub fn batch_get_request(database: &DatabaseName, names: &[String]) -> Request {
    Request::new(&BATCH_GET)
        .path("database", database)
        .json(&json!({ "documents": names }))
}

/// Reads the documents of these names, and returns those that exist, in any
/// order. They are a consistent snapshot: Firestore guarantees that a document
/// in the response has not changed when it reads the following ones.
///
/// # Errors
/// The call failed.
pub async fn batch_get(
    client: &Client,
    database: &DatabaseName,
    names: &[String],
) -> Result<Vec<Document>, Error> {
    #[derive(Deserialize)]
    struct BatchGetPart {
        found: Option<Document>,
    }
    let parts: Vec<BatchGetPart> = stream(client, &batch_get_request(database, names)).await?;
    Ok(parts.into_iter().filter_map(|part| part.found).collect())
}

/// A request for [`RUN_QUERY`] over the collections of the document `parent`.
/// The discovery document has no query over the collections of the root.
#[must_use]
pub fn run_query_request(
    database: &DatabaseName,
    parent: &str,
    structured_query: &Value,
) -> Request {
    Request::new(&RUN_QUERY)
        .path("parent", format!("{database}/documents/{parent}"))
        .json(&json!({ "structuredQuery": structured_query }))
}

/// Runs a query over the collections of the document `parent`.
///
/// # Errors
/// The call failed; 400 `FAILED_PRECONDITION` if the query requires an index
/// that does not exist.
pub async fn run_query(
    client: &Client,
    database: &DatabaseName,
    parent: &str,
    structured_query: &Value,
) -> Result<Vec<Document>, Error> {
    #[derive(Deserialize)]
    struct QueryPart {
        document: Option<Document>,
    }
    let request = run_query_request(database, parent, structured_query);
    let parts: Vec<QueryPart> = stream(client, &request).await?;
    Ok(parts.into_iter().filter_map(|part| part.document).collect())
}
