//! The methods of Firestore, and the permissions that each requires.

use super::{
    aggregation, batch_write, collections, commit, databases, fields, indexes, partition,
    permissions::{on_project, required_permissions},
    query, read, transactions,
};
use crate::route::{Route, routes};

// Discovery's `v1/{+name}` does not distinguish documents from collections;
// these paths do, down to three collections. Permissions: Google's table of
// Firestore's methods, where `databases.get` begins transactions and
// `getMetadata` reads a database.
pub(crate) const ROUTES: &[Route] = routes! {
    api "firestore", "firestore.projects.databases.", "/v1/projects/{projectsId}/databases";
    "create" POST "" |_, k| Ok(on_project(k, "datastore.databases.create")), databases::create;
    "list" GET "" |_, k| Ok(on_project(k, "datastore.databases.list")), databases::list;
    "get" GET "/{databasesId}" |_, k| Ok(required_permissions(k, &["datastore.databases.getMetadata"])), databases::get;
    "collectionGroups.indexes.create" POST "/{databasesId}/collectionGroups/{collectionGroupsId}/indexes" |_, k| Ok(required_permissions(k, &["datastore.schemas.create"])), indexes::create;
    "collectionGroups.indexes.list" GET "/{databasesId}/collectionGroups/{collectionGroupsId}/indexes" |_, k| Ok(required_permissions(k, &["datastore.schemas.list"])), indexes::list;
    "collectionGroups.indexes.get" GET "/{databasesId}/collectionGroups/{collectionGroupsId}/indexes/{indexesId}" |_, k| Ok(required_permissions(k, &["datastore.schemas.get"])), indexes::get;
    "collectionGroups.indexes.delete" DELETE "/{databasesId}/collectionGroups/{collectionGroupsId}/indexes/{indexesId}" |_, k| Ok(required_permissions(k, &["datastore.schemas.delete"])), indexes::delete;
    "operations.list" GET "/{databasesId}/operations" |_, k| Ok(required_permissions(k, &["datastore.operations.list"])), databases::list_operations;
    "collectionGroups.fields.list" GET "/{databasesId}/collectionGroups/{collectionGroupsId}/fields" |_, k| Ok(required_permissions(k, &["datastore.schemas.list"])), fields::list;
    "collectionGroups.fields.get" GET "/{databasesId}/collectionGroups/{collectionGroupsId}/fields/{fieldsId}" |_, k| Ok(required_permissions(k, &["datastore.schemas.get"])), fields::get;
    "collectionGroups.fields.patch" PATCH "/{databasesId}/collectionGroups/{collectionGroupsId}/fields/{fieldsId}" |_, k| Ok(required_permissions(k, &["datastore.schemas.update"])), fields::patch;
    "delete" DELETE "/{databasesId}" |_, k| Ok(required_permissions(k, &["datastore.databases.delete"])), databases::delete;
    "patch" PATCH "/{databasesId}" |_, k| Ok(required_permissions(k, &["datastore.databases.update"])), databases::patch;
    "documents.beginTransaction" POST "/{databasesId}/documents:beginTransaction" |_, k| Ok(required_permissions(k, TRANSACT)), transactions::begin;
    "documents.rollback" POST "/{databasesId}/documents:rollback" |_, k| Ok(required_permissions(k, TRANSACT)), transactions::rollback;
    "documents.batchWrite" POST "/{databasesId}/documents:batchWrite" commit::commit_permissions, batch_write::run;
    "documents.batchGet" POST "/{databasesId}/documents:batchGet" |_, k| Ok(required_permissions(k, GET)), read::batch_get;
    "documents.commit" POST "/{databasesId}/documents:commit" commit::commit_permissions, commit::commit;
    "documents.runQuery" POST "/{databasesId}/documents:runQuery" |_, k| Ok(required_permissions(k, LIST)), query::run;
    "documents.runQuery" POST "/{databasesId}/documents/{s1}/{s2}:runQuery" |_, k| Ok(required_permissions(k, LIST)), query::run;
    "documents.runQuery" POST "/{databasesId}/documents/{s1}/{s2}/{s3}/{s4}:runQuery" |_, k| Ok(required_permissions(k, LIST)), query::run;
    "documents.runAggregationQuery" POST "/{databasesId}/documents:runAggregationQuery" |_, k| Ok(required_permissions(k, LIST)), aggregation::run;
    "documents.runAggregationQuery" POST "/{databasesId}/documents/{s1}/{s2}:runAggregationQuery" |_, k| Ok(required_permissions(k, LIST)), aggregation::run;
    "documents.runAggregationQuery" POST "/{databasesId}/documents/{s1}/{s2}/{s3}/{s4}:runAggregationQuery" |_, k| Ok(required_permissions(k, LIST)), aggregation::run;
    "documents.listCollectionIds" POST "/{databasesId}/documents:listCollectionIds" |_, k| Ok(required_permissions(k, LIST_IDS)), collections::list_ids;
    "documents.listCollectionIds" POST "/{databasesId}/documents/{s1}/{s2}:listCollectionIds" |_, k| Ok(required_permissions(k, LIST_IDS)), collections::list_ids;
    "documents.listCollectionIds" POST "/{databasesId}/documents/{s1}/{s2}/{s3}/{s4}:listCollectionIds" |_, k| Ok(required_permissions(k, LIST_IDS)), collections::list_ids;
    "documents.listCollectionIds" POST "/{databasesId}/documents/{s1}/{s2}/{s3}/{s4}/{s5}/{s6}:listCollectionIds" |_, k| Ok(required_permissions(k, LIST_IDS)), collections::list_ids;
    "documents.partitionQuery" POST "/{databasesId}/documents:partitionQuery" |_, k| Ok(required_permissions(k, LIST)), partition::query;
    "documents.partitionQuery" POST "/{databasesId}/documents/{s1}/{s2}:partitionQuery" |_, k| Ok(required_permissions(k, LIST)), partition::query;
    "documents.partitionQuery" POST "/{databasesId}/documents/{s1}/{s2}/{s3}/{s4}:partitionQuery" |_, k| Ok(required_permissions(k, LIST)), partition::query;
    "documents.listDocuments" GET "/{databasesId}/documents/{s1}" |_, k| Ok(required_permissions(k, LIST)), read::list;
    "documents.list" GET "/{databasesId}/documents/{s1}/{s2}/{s3}" |_, k| Ok(required_permissions(k, LIST)), read::list;
    "documents.list" GET "/{databasesId}/documents/{s1}/{s2}/{s3}/{s4}/{s5}" |_, k| Ok(required_permissions(k, LIST)), read::list;
    "documents.createDocument" POST "/{databasesId}/documents/{s1}" |_, k| Ok(required_permissions(k, CREATE)), commit::create;
    "documents.createDocument" POST "/{databasesId}/documents/{s1}/{s2}/{s3}" |_, k| Ok(required_permissions(k, CREATE)), commit::create;
    "documents.createDocument" POST "/{databasesId}/documents/{s1}/{s2}/{s3}/{s4}/{s5}" |_, k| Ok(required_permissions(k, CREATE)), commit::create;
    "documents.get" GET "/{databasesId}/documents/{s1}/{s2}" |_, k| Ok(required_permissions(k, GET)), read::get;
    "documents.get" GET "/{databasesId}/documents/{s1}/{s2}/{s3}/{s4}" |_, k| Ok(required_permissions(k, GET)), read::get;
    "documents.get" GET "/{databasesId}/documents/{s1}/{s2}/{s3}/{s4}/{s5}/{s6}" |_, k| Ok(required_permissions(k, GET)), read::get;
    "documents.patch" PATCH "/{databasesId}/documents/{s1}/{s2}" commit::patch_permissions, commit::patch;
    "documents.patch" PATCH "/{databasesId}/documents/{s1}/{s2}/{s3}/{s4}" commit::patch_permissions, commit::patch;
    "documents.patch" PATCH "/{databasesId}/documents/{s1}/{s2}/{s3}/{s4}/{s5}/{s6}" commit::patch_permissions, commit::patch;
    "documents.delete" DELETE "/{databasesId}/documents/{s1}/{s2}" |_, k| Ok(required_permissions(k, DELETE)), commit::delete;
    "documents.delete" DELETE "/{databasesId}/documents/{s1}/{s2}/{s3}/{s4}" |_, k| Ok(required_permissions(k, DELETE)), commit::delete;
    "documents.delete" DELETE "/{databasesId}/documents/{s1}/{s2}/{s3}/{s4}/{s5}/{s6}" |_, k| Ok(required_permissions(k, DELETE)), commit::delete;
};

const TRANSACT: &[&str] = &["datastore.databases.get"];

const LIST_IDS: &[&str] = &["datastore.entities.list"];

const GET: &[&str] = &["datastore.entities.get"];

const LIST: &[&str] = &["datastore.entities.get", "datastore.entities.list"];

const CREATE: &[&str] = &["datastore.entities.create"];

const DELETE: &[&str] = &["datastore.entities.delete"];
