//! The methods of Firestore, and the permissions that each requires.

use super::{
    commit, databases, indexes,
    permissions::{needs, on_project},
    query, read,
};
use crate::{ApiError, Call, Cloud, error::Dialect, iam::Need, route::Route};
use http::Method;

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
    "create" POST "" |_, k| Ok(on_project(k, "datastore.databases.create")), databases::create;
    "list" GET "" |_, k| Ok(on_project(k, "datastore.databases.list")), databases::list;
    "get" GET "/{databasesId}" |_, k| Ok(needs(k, &["datastore.databases.getMetadata"])), databases::get;
    "collectionGroups.indexes.create" POST "/{databasesId}/collectionGroups/{collectionGroupsId}/indexes" |_, k| Ok(needs(k, &["datastore.indexes.create"])), indexes::create;
    "collectionGroups.indexes.list" GET "/{databasesId}/collectionGroups/{collectionGroupsId}/indexes" |_, k| Ok(needs(k, &["datastore.indexes.list"])), indexes::list;
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
