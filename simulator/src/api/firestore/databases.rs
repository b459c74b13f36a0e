//! Methods on databases.

use super::{database::Database, path::database};
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    api::orgpolicy::check_location,
    base64_field::is_same,
    collection::{LongRunning, begin, dialect::standard::PAGING},
    table::Table,
};
use names::{DatabaseName, Duration, Timestamp};
use serde_json::{Value, json};

impl Cloud {
    /// Creates a Firestore database (`projects/p/databases/d`) without an API
    /// call, unless it exists.
    pub fn declare_database(&mut self, name: &str, location: &str, now: Timestamp) {
        if !self.firestore.databases.contains(name) {
            let database = Database {
                created: now,
                location: location.to_owned(),
                protected: false,
                last_commit: now,
            };
            self.firestore.databases.insert(name, database);
        }
    }
}

/// `POST …/databases?databaseId=…`. The operation is done at once.
pub(super) fn create(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let id = call.query("databaseId").unwrap_or_default();
    let project = call.path("projectsId");
    let name = format!("projects/{project}/databases/{id}");
    name.parse::<DatabaseName>()
        .map_err(|e| ApiError::invalid(e.to_string()))?;
    let Some(location) = call.body["locationId"].as_str() else {
        return Err(ApiError::invalid(
            "Missing required field: database.location_id",
        ));
    };
    let kind = &call.body["type"];
    if !kind.is_null() && *kind != "FIRESTORE_NATIVE" && *kind != 1 {
        return Err(ApiError::unimplemented(
            "The simulator has FIRESTORE_NATIVE databases only.",
        ));
    }
    if cloud.firestore.databases.contains(&name) {
        let message = "Database already exists. Please use another database_id";
        return Err(ApiError::already_exists(message));
    }
    check_location(cloud, project, location, "a database")?;
    cloud.declare_database(&name, location, call.now);
    protect(cloud, call, &name, "Create")
}

/// `PATCH …/databases/{d}`. The operation is done at once.
pub(super) fn patch(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let name = database(call);
    cloud.firestore.database(&name)?;
    match call.query("updateMask") {
        Some("deleteProtectionState" | "delete_protection_state") => {}
        Some(_) | None => {
            let message = "Only deleteProtectionState can be changed here.";
            return Err(ApiError::unimplemented(message));
        }
    }
    protect(cloud, call, &name, "Update")
}

/// Sets the delete protection that the body has, and answers with an operation.
fn protect(
    cloud: &mut Cloud,
    call: &Call,
    name: &str,
    verb: &'static str,
) -> Result<ApiResponse, ApiError> {
    let protection = &call.body["deleteProtectionState"];
    if let Some(changed) = cloud.firestore.databases.get_mut(name) {
        changed.protected = *protection == "DELETE_PROTECTION_ENABLED" || *protection == 2;
    }
    let response = cloud.firestore.database(name)?.json(name);
    Ok(operation(cloud, call, name, verb, response))
}

fn operation(
    cloud: &mut Cloud,
    call: &Call,
    name: &str,
    verb: &str,
    mut response: Value,
) -> ApiResponse {
    response["@type"] = "type.googleapis.com/google.firestore.admin.v1.Database".into();
    let metadata = format!("type.googleapis.com/google.firestore.admin.v1.{verb}DatabaseMetadata");
    let operation = LongRunning {
        api: "firestore",
        name: None,
        kind: "create",
        target: name,
        metadata: json!({ "@type": metadata }),
        response,
        duration: Duration::ZERO,
    };
    begin(cloud, call, operation)
}

/// `DELETE …/databases/{d}`: with all that is in it. The operation is done at
/// once.
pub(super) fn delete(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let name = database(call);
    let found = existing(cloud, &name)?;
    let json = found.json(&name);
    if found.protected {
        // Unverified.
        let message = format!("Database '{name}' has delete protection enabled.");
        return Err(ApiError::failed_precondition(message));
    }
    if let Some(etag) = call.query("etag")
        && !is_same(etag, json["etag"].as_str().unwrap_or_default())
    {
        return Err(ApiError::conflict("The etag is not that of the database."));
    }
    let store = &mut cloud.firestore;
    store.databases.remove(&name);
    let inside = format!("{name}/");
    remove_below(&mut store.documents, &inside);
    remove_below(&mut store.indexes, &inside);
    remove_below(&mut store.fields, &inside);
    store.forget_past(&name);
    Ok(operation(cloud, call, &name, "Delete", json))
}

/// `GET …/databases/{d}/operations`. Without a filter, those that are not done.
pub(super) fn list_operations(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let name = database(call);
    cloud.firestore.database(&name)?;
    let all = cloud
        .resources
        .operations
        .with_prefix(format!("{name}/operations/"));
    let is_all = call.query("filter").is_some();
    let listed = all.filter(|(_, operation)| is_all || !operation.is_done(call.now));
    let rows = listed.map(|(name, operation)| (name.clone(), operation.to_json(call.now)));
    Ok(ApiResponse::Json(
        PAGING.page(call, rows)?.into_json("operations"),
    ))
}

fn remove_below<T>(table: &mut Table<T>, prefix: &str) {
    let keys = table.with_prefix(prefix).map(|(key, _)| key.clone());
    for key in keys.collect::<Vec<_>>() {
        table.remove(&key);
    }
}

fn existing<'c>(cloud: &'c Cloud, name: &str) -> Result<&'c Database, ApiError> {
    let missing = || ApiError::not_found(format!("Project or database '{name}' does not exist."));
    cloud.firestore.databases.get(name).ok_or_else(missing)
}

/// `GET …/databases/{d}`.
pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let name = database(call);
    Ok(ApiResponse::Json(existing(cloud, &name)?.json(&name)))
}

/// `GET …/databases`.
pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let prefix = format!("projects/{}/databases/", call.path("projectsId"));
    let found = cloud.firestore.databases.with_prefix(&prefix);
    let json: Vec<Value> = found.map(|(name, database)| database.json(name)).collect();
    Ok(ApiResponse::Json(if json.is_empty() {
        json!({})
    } else {
        json!({ "databases": json })
    }))
}
