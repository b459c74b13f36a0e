//! Firestore, v1: documents by REST, and the creation of databases and indexes.
//!
//! Values are in Firestore's JSON form (`{"integerValue": "1"}`); the ledger
//! converts them.

use crate::{
    Client, Error, ErrorKind, Idempotency, Method, Request, RequiredPermission, ResponseKind,
};
use http::Method as Verb;
use names::{DatabaseName, Region};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

/// Every method of this module.
pub static ALL: &[&Method] = &[
    &COMMIT,
    &BATCH_GET,
    &RUN_QUERY,
    &CREATE_DATABASE,
    &CREATE_INDEX,
];

/// Applies writes to several documents, all or none. A write with a precondition
/// that is retried after it was applied fails because of itself.
pub static COMMIT: Method = Method {
    id: "firestore.projects.databases.documents.commit",
    verb: Verb::POST,
    path: "/v1/{+database}/documents:commit",
    query: &[],
    request_fields: &[
        "writes.currentDocument.exists",
        "writes.currentDocument.updateTime",
        "writes.delete",
        "writes.update.fields",
        "writes.update.name",
    ],
    response_fields: &["writeResults.updateTime"],
    idempotency: Idempotency::If(|r| writes(r).any(|write| !write["currentDocument"].is_null())),
    response: ResponseKind::Json,
    requires: commit_permissions,
};

/// Reads documents by name.
pub static BATCH_GET: Method = Method {
    id: "firestore.projects.databases.documents.batchGet",
    verb: Verb::POST,
    path: "/v1/{+database}/documents:batchGet",
    query: &[],
    request_fields: &["documents"],
    response_fields: &["found.fields", "found.name", "found.updateTime", "missing"],
    idempotency: Idempotency::Always,
    response: ResponseKind::Json,
    requires: |r| vec![on_database("datastore.entities.get", r)],
};

/// Reads the documents that a query matches.
pub static RUN_QUERY: Method = Method {
    id: "firestore.projects.databases.documents.runQuery",
    verb: Verb::POST,
    path: "/v1/{+parent}:runQuery",
    query: &[],
    request_fields: &[
        "structuredQuery.from.collectionId",
        "structuredQuery.limit",
        "structuredQuery.orderBy.direction",
        "structuredQuery.orderBy.field.fieldPath",
        "structuredQuery.startAt.before",
        "structuredQuery.startAt.values",
        "structuredQuery.where.compositeFilter.filters",
        "structuredQuery.where.compositeFilter.op",
        "structuredQuery.where.fieldFilter.field.fieldPath",
        "structuredQuery.where.fieldFilter.op",
        "structuredQuery.where.fieldFilter.value",
    ],
    response_fields: &["document.fields", "document.name", "document.updateTime"],
    idempotency: Idempotency::Always,
    response: ResponseKind::Json,
    requires: |r| {
        vec![
            on_database("datastore.entities.get", r),
            on_database("datastore.entities.list", r),
        ]
    },
};

/// Creates a database.
pub static CREATE_DATABASE: Method = Method {
    id: "firestore.projects.databases.create",
    verb: Verb::POST,
    path: "/v1/{+parent}/databases",
    query: &["databaseId"],
    request_fields: &["deleteProtectionState", "locationId", "type"],
    response_fields: &["name", "done", "error"],
    idempotency: Idempotency::Never,
    response: ResponseKind::Operation,
    requires: |r| {
        vec![RequiredPermission::on(
            "datastore.databases.create",
            "cloudresourcemanager.googleapis.com",
            r.path_value("parent"),
        )]
    },
};

/// Creates a composite index.
pub static CREATE_INDEX: Method = Method {
    id: "firestore.projects.databases.collectionGroups.indexes.create",
    verb: Verb::POST,
    path: "/v1/{+parent}/indexes",
    query: &[],
    request_fields: &["fields.fieldPath", "fields.order", "queryScope"],
    response_fields: &["name", "done", "error"],
    idempotency: Idempotency::Never,
    response: ResponseKind::Operation,
    requires: |r| vec![on_database("datastore.indexes.create", r)],
};

/// `permission` on the database of the request's path.
fn on_database(permission: &'static str, request: &Request) -> RequiredPermission {
    let name = match request.path_value("database") {
        "" => request.path_value("parent"),
        database => database,
    };
    let database: Vec<&str> = name.split('/').take(4).collect();
    RequiredPermission::on(permission, "firestore.googleapis.com", &database.join("/"))
}

fn writes(request: &Request) -> impl Iterator<Item = &Value> {
    let writes = request.body_json()["writes"].as_array();
    writes.into_iter().flatten()
}

/// The permissions that a commit requires, by Firestore's page "Identity and
/// Access Management". That an `updateTime` counts as `exists: true` is
/// unverified.
fn commit_permissions(request: &Request) -> Vec<RequiredPermission> {
    let (create, update, delete) = (
        "datastore.entities.create",
        "datastore.entities.update",
        "datastore.entities.delete",
    );
    let mut required: Vec<RequiredPermission> = writes(request)
        .flat_map(|write| {
            let current = &write["currentDocument"];
            match current["exists"].as_bool() {
                _ if !write["delete"].is_null() => vec![delete],
                Some(false) => vec![create],
                Some(true) => vec![update],
                None if !current["updateTime"].is_null() => vec![update],
                None => vec![create, update],
            }
        })
        .map(|permission| on_database(permission, request))
        .collect();
    required.sort();
    required.dedup();
    required
}

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

/// A request for [`CREATE_DATABASE`], in native mode and with delete protection.
/// It returns an operation; 409 if the database already exists.
#[must_use]
pub fn create_database_request(database: &DatabaseName, location: &Region) -> Request {
    Request::new(&CREATE_DATABASE)
        .path("parent", format!("projects/{}", database.project()))
        .query("databaseId", database.id())
        .json(&json!({
            "locationId": location,
            "type": "FIRESTORE_NATIVE",
            "deleteProtectionState": "DELETE_PROTECTION_ENABLED",
        }))
}

/// A request for [`CREATE_INDEX`] over `fields`, each with `ASCENDING` or
/// `DESCENDING`. It returns an operation; 409 if the index already exists.
#[must_use]
pub fn create_index_request(
    database: &DatabaseName,
    collection: &str,
    fields: &[(&str, &str)],
) -> Request {
    let field = |(path, order): &(&str, &str)| json!({ "fieldPath": path, "order": order });
    let fields: Vec<Value> = fields.iter().map(field).collect();
    let parent = format!("{database}/collectionGroups/{collection}");
    Request::new(&CREATE_INDEX)
        .path("parent", parent)
        .json(&json!({ "queryScope": "COLLECTION", "fields": fields }))
}

/// Sends a request to a streaming method, which by REST returns an array. A
/// stream that fails midway has status 200, and the error as its last element.
async fn stream<T: DeserializeOwned>(client: &Client, request: &Request) -> Result<Vec<T>, Error> {
    let parts: Vec<Value> = client.json(request).await?;
    read_stream(request, parts).map_err(|kind| Error::new(request, kind))
}

fn read_stream<T: DeserializeOwned>(
    request: &Request,
    parts: Vec<Value>,
) -> Result<Vec<T>, ErrorKind> {
    if let Some(part) = parts.iter().find(|part| !part["error"].is_null()) {
        let code = part["error"]["code"].as_u64();
        let status = code.and_then(|code| u16::try_from(code).ok());
        let (method, body) = (request.method().id, part.to_string().into());
        return Err(Error::from_response(method, "", status.unwrap_or(500), None, &body).kind);
    }
    let parts = parts.into_iter().map(serde_json::from_value);
    parts
        .collect::<Result<_, _>>()
        .map_err(|e| ErrorKind::InvalidResponse(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database() -> DatabaseName {
        "projects/demo-project/databases/(default)"
            .parse()
            .expect("valid")
    }

    fn set(precondition: impl Into<Option<DocumentPrecondition>>) -> Write {
        Write::Set {
            name: "n".into(),
            fields: Map::new(),
            precondition: precondition.into(),
        }
    }

    #[test]
    fn a_commit_has_required_permissions_and_idempotency() {
        let later = DocumentPrecondition::UpdateTime("t".into());
        let cases: &[(&[Write], &[&str], bool)] = &[
            (
                &[set(DocumentPrecondition::Exists(false))],
                &["create"],
                true,
            ),
            (
                &[set(DocumentPrecondition::Exists(true))],
                &["update"],
                true,
            ),
            (&[set(later.clone())], &["update"], true),
            (&[set(None)], &["create", "update"], false),
            (&[Write::Delete("n".into())], &["delete"], false),
            (
                &[set(later), Write::Delete("o".into())],
                &["delete", "update"],
                true,
            ),
        ];
        for (writes, verbs, again) in cases {
            let request = commit_request(&database(), writes);
            let expected: Vec<_> = verbs
                .iter()
                .map(|verb| format!("datastore.entities.{verb}"))
                .collect();
            let required = (COMMIT.requires)(&request);
            let permissions: Vec<_> = required.iter().map(|r| r.permission).collect();
            assert_eq!(permissions, expected, "{writes:?}");
            assert!(required.iter().all(|r| r.resource
                == "//firestore.googleapis.com/projects/demo-project/databases/(default)"));
            let Idempotency::If(may) = COMMIT.idempotency else {
                panic!("it depends on the request")
            };
            assert_eq!(may(&request), *again, "{writes:?}");
        }
    }

    #[test]
    fn requests_have_the_documented_shape() {
        let request = commit_request(
            &database(),
            &[
                set(DocumentPrecondition::UpdateTime(
                    "2026-11-22T07:42:31.331674Z".into(),
                )),
                Write::Delete("o".into()),
            ],
        );
        assert_eq!(
            request.filled_path(),
            "/v1/projects/demo-project/databases/(default)/documents:commit"
        );
        assert_eq!(
            *request.body_json(),
            json!({ "writes": [
                { "update": { "name": "n", "fields": {} },
                  "currentDocument": { "updateTime": "2026-11-22T07:42:31.331674Z" } },
                { "delete": "o" },
            ] })
        );
        let region: Region = "europe-west4".parse().expect("valid");
        let request = create_database_request(&database(), &region);
        assert_eq!(request.filled_path(), "/v1/projects/demo-project/databases");
        assert_eq!(request.query_value("databaseId"), Some("(default)"));
        assert_eq!(request.body_json()["locationId"], "europe-west4");
        let request = create_index_request(&database(), "jobs", &[("state", "ASCENDING")]);
        assert_eq!(
            request.filled_path(),
            "/v1/projects/demo-project/databases/(default)/collectionGroups/jobs/indexes"
        );
        let query = run_query_request(&database(), "groundcrew/ledger", &json!({}));
        for request in [request, query] {
            for need in (request.method().requires)(&request) {
                assert_eq!(
                    need.resource,
                    "//firestore.googleapis.com/projects/demo-project/databases/(default)"
                );
            }
        }
    }

    #[test]
    fn a_stream_that_fails_midway_is_an_error() {
        let request = run_query_request(&database(), "groundcrew/ledger", &json!({}));
        let parts = vec![
            json!({ "document": { "name": "n", "updateTime": "t" } }),
            json!({ "error": { "code": 503, "status": "UNAVAILABLE", "message": "later" } }),
        ];
        let error = read_stream::<Value>(&request, parts.clone()).expect_err("it failed");
        assert_eq!(error.to_string(), "503 UNAVAILABLE: later");
        let read = read_stream::<Value>(&request, parts[..1].to_vec()).expect("it did not");
        assert_eq!(read.len(), 1);
    }
}
