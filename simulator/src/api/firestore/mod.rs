//! Firestore, REST v1, in native mode.
//!
//! No transactions, no reads of the past, no `OR`, `NOT_IN` or aggregation:
//! a call that asks for them is answered 501.

mod commit;
mod database;
mod document;
mod index;
mod path;
mod query;
mod read;
mod transform;
mod value;
mod wire;
mod write;

#[cfg(test)]
mod tests;

use crate::{
    ApiError, Call, Cloud,
    error::Dialect,
    iam::{Need, Resource},
    route::Route,
    table::{Journaled, Table},
};
use database::Database;
use document::Document;
use http::Method;
use index::Index;

const fn route(
    id: &'static str,
    verb: Method,
    path: &'static str,
    needs: fn(&Cloud, &Call) -> Result<Vec<Need>, ApiError>,
    act: fn(&mut Cloud, &Call) -> Result<crate::Answer, ApiError>,
) -> Route {
    Route {
        api: "firestore",
        id,
        verb,
        path,
        dialect: Dialect::Rpc,
        needs,
        act,
    }
}

macro_rules! routes {
    ($($id:literal $verb:ident $path:literal $needs:expr, $act:path;)*) => {
        &[$(route(
            concat!("firestore.projects.databases.", $id),
            Method::$verb,
            concat!("/v1/projects/{projectsId}/databases", $path),
            $needs,
            $act,
        )),*]
    };
}

// Discovery's `v1/{+name}` says neither document nor collection; these do, to
// three collections deep. Permissions: Google's table of Firestore's methods,
// where `databases.get` begins transactions and `getMetadata` reads a database.
pub(crate) const ROUTES: &[Route] = routes! {
    "create" POST "" |_, k| Ok(on_project(k, "datastore.databases.create")), database::create;
    "list" GET "" |_, k| Ok(on_project(k, "datastore.databases.list")), database::list;
    "get" GET "/{databasesId}" |_, k| Ok(needs(k, &["datastore.databases.getMetadata"])), database::get;
    "collectionGroups.indexes.create" POST "/{databasesId}/collectionGroups/{collectionGroupsId}/indexes" |_, k| Ok(needs(k, &["datastore.indexes.create"])), index::create;
    "collectionGroups.indexes.list" GET "/{databasesId}/collectionGroups/{collectionGroupsId}/indexes" |_, k| Ok(needs(k, &["datastore.indexes.list"])), index::list;
    "documents.batchGet" POST "/{databasesId}/documents:batchGet" |_, k| Ok(needs(k, GET)), read::batch_get;
    "documents.commit" POST "/{databasesId}/documents:commit" commit::commit_needs, commit::commit;
    "documents.runQuery" POST "/{databasesId}/documents:runQuery" |_, k| Ok(needs(k, LIST)), query::run;
    "documents.runQuery" POST "/{databasesId}/documents/{s1}/{s2}:runQuery" |_, k| Ok(needs(k, LIST)), query::run;
    "documents.runQuery" POST "/{databasesId}/documents/{s1}/{s2}/{s3}/{s4}:runQuery" |_, k| Ok(needs(k, LIST)), query::run;
    "documents.listDocuments" GET "/{databasesId}/documents/{s1}" |_, k| Ok(needs(k, LIST)), read::list;
    "documents.list" GET "/{databasesId}/documents/{s1}/{s2}/{s3}" |_, k| Ok(needs(k, LIST)), read::list;
    "documents.list" GET "/{databasesId}/documents/{s1}/{s2}/{s3}/{s4}/{s5}" |_, k| Ok(needs(k, LIST)), read::list;
    "documents.createDocument" POST "/{databasesId}/documents/{s1}" |_, k| Ok(needs(k, CREATE)), commit::create;
    "documents.createDocument" POST "/{databasesId}/documents/{s1}/{s2}/{s3}" |_, k| Ok(needs(k, CREATE)), commit::create;
    "documents.createDocument" POST "/{databasesId}/documents/{s1}/{s2}/{s3}/{s4}/{s5}" |_, k| Ok(needs(k, CREATE)), commit::create;
    "documents.get" GET "/{databasesId}/documents/{s1}/{s2}" |_, k| Ok(needs(k, GET)), read::get;
    "documents.get" GET "/{databasesId}/documents/{s1}/{s2}/{s3}/{s4}" |_, k| Ok(needs(k, GET)), read::get;
    "documents.get" GET "/{databasesId}/documents/{s1}/{s2}/{s3}/{s4}/{s5}/{s6}" |_, k| Ok(needs(k, GET)), read::get;
    "documents.patch" PATCH "/{databasesId}/documents/{s1}/{s2}" commit::patch_needs, commit::patch;
    "documents.patch" PATCH "/{databasesId}/documents/{s1}/{s2}/{s3}/{s4}" commit::patch_needs, commit::patch;
    "documents.patch" PATCH "/{databasesId}/documents/{s1}/{s2}/{s3}/{s4}/{s5}/{s6}" commit::patch_needs, commit::patch;
    "documents.delete" DELETE "/{databasesId}/documents/{s1}/{s2}" |_, k| Ok(needs(k, DELETE)), commit::delete;
    "documents.delete" DELETE "/{databasesId}/documents/{s1}/{s2}/{s3}/{s4}" |_, k| Ok(needs(k, DELETE)), commit::delete;
    "documents.delete" DELETE "/{databasesId}/documents/{s1}/{s2}/{s3}/{s4}/{s5}/{s6}" |_, k| Ok(needs(k, DELETE)), commit::delete;
};

const GET: &[&str] = &["datastore.entities.get"];
const LIST: &[&str] = &["datastore.entities.get", "datastore.entities.list"];
const CREATE: &[&str] = &["datastore.entities.create"];
const DELETE: &[&str] = &["datastore.entities.delete"];

/// The state of the API.
#[derive(Debug, Clone)]
pub(crate) struct Firestore {
    /// By `projects/p/databases/d`.
    databases: Table<Database>,
    /// By full name.
    documents: Table<Document>,
    /// The composite ones, by full name.
    indexes: Table<Index>,
}

impl Firestore {
    pub(crate) fn new() -> Self {
        Self {
            databases: Table::new("firestore.databases"),
            documents: Table::new("firestore.documents"),
            indexes: Table::new("firestore.indexes"),
        }
    }

    pub(crate) fn tables(&mut self) -> Vec<&mut dyn Journaled> {
        vec![&mut self.databases, &mut self.documents, &mut self.indexes]
    }
}

/// IAM guards databases, not documents.
fn needs(call: &Call, permissions: &[&'static str]) -> Vec<Need> {
    let name = path::database(call);
    let resource = Resource::new("firestore.googleapis.com", "Database", name);
    let need = |p: &&'static str| Need::new(p, resource.clone());
    permissions.iter().map(need).collect()
}

fn on_project(call: &Call, permission: &'static str) -> Vec<Need> {
    vec![Need::new(
        permission,
        Resource::project(call.path("projectsId")),
    )]
}
