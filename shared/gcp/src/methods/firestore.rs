//! Firestore, v1: documents by REST, and the making of a database.
//!
//! Values are kept in Firestore's own JSON form (`{"integerValue": "1"}`);
//! what they mean is the ledger's to say.

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

/// Applies writes to several documents, all or none. Sent again, it fails on
/// its own precondition if it was applied before.
pub static COMMIT: Method = Method {
    id: "firestore.projects.databases.documents.commit",
    verb: Verb::POST,
    path: "/v1/{+database}/documents:commit",
    query: &[],
    sends: &[
        "writes.currentDocument.exists",
        "writes.currentDocument.updateTime",
        "writes.delete",
        "writes.update.fields",
        "writes.update.name",
    ],
    reads: &["writeResults.updateTime"],
    idempotency: Idempotency::If(|r| writes(r).any(|write| !write["currentDocument"].is_null())),
    response: ResponseKind::Json,
    requires: commit_needs,
};

/// Reads documents by name.
pub static BATCH_GET: Method = Method {
    id: "firestore.projects.databases.documents.batchGet",
    verb: Verb::POST,
    path: "/v1/{+database}/documents:batchGet",
    query: &[],
    sends: &["documents"],
    reads: &["found.fields", "found.name", "found.updateTime", "missing"],
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
    sends: &[
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
    reads: &["document.fields", "document.name", "document.updateTime"],
    idempotency: Idempotency::Always,
    response: ResponseKind::Json,
    requires: |r| {
        vec![
            on_database("datastore.entities.get", r),
            on_database("datastore.entities.list", r),
        ]
    },
};

/// Makes a database. A second one of the same name is refused with 409.
pub static CREATE_DATABASE: Method = Method {
    id: "firestore.projects.databases.create",
    verb: Verb::POST,
    path: "/v1/{+parent}/databases",
    query: &["databaseId"],
    sends: &["deleteProtectionState", "locationId", "type"],
    reads: &["name", "done", "error"],
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

/// Makes a composite index. A second one of the same fields is refused with 409.
pub static CREATE_INDEX: Method = Method {
    id: "firestore.projects.databases.collectionGroups.indexes.create",
    verb: Verb::POST,
    path: "/v1/{+parent}/indexes",
    query: &[],
    sends: &["fields.fieldPath", "fields.order", "queryScope"],
    reads: &["name", "done", "error"],
    idempotency: Idempotency::Never,
    response: ResponseKind::Operation,
    requires: |r| vec![on_database("datastore.indexes.create", r)],
};

/// `permission` on the database that the request's path lies in.
fn on_database(permission: &'static str, request: &Request) -> RequiredPermission {
    let within = match request.path_value("database") {
        "" => request.path_value("parent"),
        database => database,
    };
    let database: Vec<&str> = within.split('/').take(4).collect();
    RequiredPermission::on(permission, "firestore.googleapis.com", &database.join("/"))
}

fn writes(request: &Request) -> impl Iterator<Item = &Value> {
    let writes = request.body_json()["writes"].as_array();
    writes.into_iter().flatten()
}

/// As Google's page "Identity and Access Management" of Firestore says for
/// `commit`; that an `updateTime` counts as `exists: true` is our reading, and
/// unverified.
fn commit_needs(request: &Request) -> Vec<RequiredPermission> {
    let (create, update, delete) = (
        "datastore.entities.create",
        "datastore.entities.update",
        "datastore.entities.delete",
    );
    let mut needs: Vec<RequiredPermission> = writes(request)
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
    needs.sort();
    needs.dedup();
    needs
}

/// A document as it was read.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// `projects/p/databases/d/documents/…`.
    pub name: String,
    /// The fields, each in Firestore's JSON form.
    #[serde(default)]
    pub fields: Map<String, Value>,
    /// When it last changed, in Firestore's text: a precondition repeats it.
    pub update_time: String,
}

/// One write of a commit.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// Sets a document whole.
    Set {
        /// `projects/p/databases/d/documents/…`.
        name: String,
        /// The fields, each in Firestore's JSON form.
        fields: Map<String, Value>,
        /// What must be so, or nothing of the commit is applied.
        provided: Option<DocumentPrecondition>,
    },
    /// Deletes the document of this name; fine if there is none.
    Delete(String),
}

/// What a write presumes of the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum DocumentPrecondition {
    /// Whether it exists.
    Exists(bool),
    /// When it last changed.
    UpdateTime(String),
}

/// A request for [`COMMIT`].
#[must_use]
pub fn commit_request(database: &DatabaseName, writes: &[Write]) -> Request {
    let write = |write: &Write| match write {
        Write::Set {
            name,
            fields,
            provided,
        } => {
            let mut out = json!({ "update": { "name": name, "fields": fields } });
            if let Some(provided) = provided {
                out["currentDocument"] = json!(provided);
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

/// Applies `writes`, all or none; answers each one's new update time (none
/// for a delete).
///
/// # Errors
/// The call failed; 409 `ALREADY_EXISTS` and 400 `FAILED_PRECONDITION` say
/// that a document was not as a write presumed.
pub async fn commit(
    client: &Client,
    database: &DatabaseName,
    writes: &[Write],
) -> Result<Vec<Option<String>>, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Committed {
        #[serde(default)]
        write_results: Vec<Written>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Written {
        update_time: Option<String>,
    }
    let committed: Committed = client.json(&commit_request(database, writes)).await?;
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

/// Reads the documents of these names; answers those that exist, in any order.
/// Firestore says that a document it sent did not change until it read the
/// ones it sent after, so that together they are of one moment.
///
/// # Errors
/// The call failed.
pub async fn batch_get(
    client: &Client,
    database: &DatabaseName,
    names: &[String],
) -> Result<Vec<Document>, Error> {
    #[derive(Deserialize)]
    struct Part {
        found: Option<Document>,
    }
    let parts: Vec<Part> = stream(client, &batch_get_request(database, names)).await?;
    Ok(parts.into_iter().filter_map(|part| part.found).collect())
}

/// A request for [`RUN_QUERY`] over the collections below the document
/// `within`. Discovery knows no query over those at the database's root.
#[must_use]
pub fn run_query_request(
    database: &DatabaseName,
    within: &str,
    structured_query: &Value,
) -> Request {
    Request::new(&RUN_QUERY)
        .path("parent", format!("{database}/documents/{within}"))
        .json(&json!({ "structuredQuery": structured_query }))
}

/// Runs a query over the collections below the document `within`.
///
/// # Errors
/// The call failed; 400 `FAILED_PRECONDITION` says that it lacks an index.
pub async fn run_query(
    client: &Client,
    database: &DatabaseName,
    within: &str,
    structured_query: &Value,
) -> Result<Vec<Document>, Error> {
    #[derive(Deserialize)]
    struct Part {
        document: Option<Document>,
    }
    let request = run_query_request(database, within, structured_query);
    let parts: Vec<Part> = stream(client, &request).await?;
    Ok(parts.into_iter().filter_map(|part| part.document).collect())
}

/// A request for [`CREATE_DATABASE`]: Firestore's native mode, protected
/// against deletion. It answers with an operation.
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
/// `DESCENDING`. It answers with an operation.
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

/// Sends a request whose answer is a stream: by REST an array. One that fails
/// midway has status 200, and the error as its last element.
async fn stream<T: DeserializeOwned>(client: &Client, request: &Request) -> Result<Vec<T>, Error> {
    let parts: Vec<Value> = client.json(request).await?;
    read_stream(request, parts).map_err(|kind| Error {
        method: request.method().id,
        resource: request.filled_path(),
        kind,
    })
}

fn read_stream<T: DeserializeOwned>(
    request: &Request,
    parts: Vec<Value>,
) -> Result<Vec<T>, ErrorKind> {
    if let Some(part) = parts.iter().find(|part| !part["error"].is_null()) {
        let code = part["error"]["code"].as_u64();
        let status = code.and_then(|code| u16::try_from(code).ok());
        let (method, body) = (request.method().id, part.to_string().into());
        return Err(Error::from_answer(method, "", status.unwrap_or(500), None, &body).kind);
    }
    let parts = parts.into_iter().map(serde_json::from_value);
    parts
        .collect::<Result<_, _>>()
        .map_err(|e| ErrorKind::Answer(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database() -> DatabaseName {
        "projects/demo-project/databases/(default)"
            .parse()
            .expect("valid")
    }

    fn set(provided: impl Into<Option<DocumentPrecondition>>) -> Write {
        Write::Set {
            name: "n".into(),
            fields: Map::new(),
            provided: provided.into(),
        }
    }

    #[test]
    fn a_commit_says_what_it_needs_and_whether_it_may_be_repeated() {
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
            let needs = (COMMIT.requires)(&request);
            let permissions: Vec<_> = needs.iter().map(|need| need.permission).collect();
            assert_eq!(permissions, expected, "{writes:?}");
            assert!(needs.iter().all(|need| need.resource
                == "//firestore.googleapis.com/projects/demo-project/databases/(default)"));
            let Idempotency::If(may) = COMMIT.idempotency else {
                panic!("it depends on the request")
            };
            assert_eq!(may(&request), *again, "{writes:?}");
        }
    }

    #[test]
    fn requests_are_as_discovery_says() {
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
