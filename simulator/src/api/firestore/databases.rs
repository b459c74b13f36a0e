//! Methods on databases.

use super::{database::Database, path::database};
use crate::{ApiError, ApiResponse, Call, Cloud};
use names::{DatabaseName, Timestamp};
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
    cloud.declare_database(&name, location, call.now);
    let protection = &call.body["deleteProtectionState"];
    if let Some(generated) = cloud.firestore.databases.get_mut(&name) {
        generated.protected = *protection == "DELETE_PROTECTION_ENABLED" || *protection == 2;
    }
    let mut response = cloud.firestore.database(&name)?.json(&name);
    response["@type"] = "type.googleapis.com/google.firestore.admin.v1.Database".into();
    Ok(ApiResponse::Json(json!({
        "name": format!("{name}/operations/create-{:x}", call.now.as_micros()),
        "metadata": {
            "@type": "type.googleapis.com/google.firestore.admin.v1.CreateDatabaseMetadata",
        },
        "done": true,
        "response": response,
    })))
}

/// `GET …/databases/{d}`.
pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let name = database(call);
    let missing = || ApiError::not_found(format!("Project or database '{name}' does not exist."));
    let found = cloud.firestore.databases.get(&name).ok_or_else(missing)?;
    Ok(ApiResponse::Json(found.json(&name)))
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
