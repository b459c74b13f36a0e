//! Settings of single fields: read, listed, changed.

use super::{
    Firestore,
    field::{AUTOMATIC, FieldSettings, SingleFieldIndex, Ttl, read_indexes},
    field_path::FieldPath,
    index::IndexMode,
    indexes::BUILD,
    path::{database, field_name},
    ttl,
};
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    camel_case::camel_case,
    collection::{LongRunning, begin, dialect::standard::PAGING},
};
use names::{Duration, Timestamp};
use serde_json::{Value, json};

/// The name for the settings of all fields of a collection group; those of
/// [`DEFAULT_GROUP`] are for all fields of the database.
const EVERY_FIELD: &str = "*";

const DEFAULT_GROUP: &str = "__default__";

impl Firestore {
    /// The indexes of a field, and the name of the settings that they are from.
    fn indexes_of(&self, database: &str, group: &str, path: &str) -> (&[SingleFieldIndex], String) {
        let default = field_name(database, DEFAULT_GROUP, EVERY_FIELD);
        let names = [
            field_name(database, group, path),
            field_name(database, group, EVERY_FIELD),
        ];
        for name in names {
            let set = self.fields.get(&name);
            if let Some(indexes) = set.and_then(|set| set.indexes.as_ref()) {
                return (indexes, name);
            }
        }
        let set = self.fields.get(&default);
        let indexes = set.and_then(|set| set.indexes.as_deref());
        (indexes.unwrap_or(&AUTOMATIC), default)
    }

    /// Whether a field of a collection, or of all collections of that ID, has
    /// an index of one of these modes.
    pub(super) fn has_index(
        &self,
        (database, collection): (&str, &str),
        path: &FieldPath,
        modes: &[IndexMode],
        group: bool,
        now: Timestamp,
    ) -> bool {
        let (indexes, _) = self.indexes_of(database, collection, &path.to_string());
        let mut usable = indexes
            .iter()
            .filter(|index| index.group == group && index.ready <= now);
        usable.any(|index| modes.contains(&index.mode))
    }

    /// A field as the API shows it.
    fn field_json(&self, database: &str, group: &str, path: &str, now: Timestamp) -> Value {
        let name = field_name(database, group, path);
        let set = self.fields.get(&name).cloned().unwrap_or_default();
        let (indexes, from) = self.indexes_of(database, group, path);
        let mut config = json!({});
        let inherits = from != name;
        let ancestor = if inherits {
            config["usesAncestorConfig"] = true.into();
            from
        } else {
            field_name(database, DEFAULT_GROUP, EVERY_FIELD)
        };
        if ancestor != name {
            config["ancestorField"] = ancestor.into();
        }
        let indexes: Vec<Value> = indexes.iter().map(|index| index.json(path, now)).collect();
        if !indexes.is_empty() {
            config["indexes"] = indexes.into();
        }
        let mut json = json!({ "name": name, "indexConfig": config });
        if let Some(ttl) = set.ttl {
            json["ttlConfig"] = ttl.json(now);
        }
        json
    }
}

/// Database, collection group and field path of a call.
fn field_of(cloud: &Cloud, call: &Call) -> Result<(String, String, String), ApiError> {
    let database = database(call);
    cloud.firestore.database(&database)?;
    let group = call.path("collectionGroupsId").to_owned();
    let path = match call.path("fieldsId") {
        EVERY_FIELD => EVERY_FIELD.to_owned(),
        path => FieldPath::parse(path)?.to_string(),
    };
    if group == DEFAULT_GROUP && path != EVERY_FIELD {
        let message = "The only field of collection group __default__ is *.";
        return Err(ApiError::invalid(message));
    }
    Ok((database, group, path))
}

/// `GET …/collectionGroups/{c}/fields/{f}`. Every field exists.
pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let (database, group, path) = field_of(cloud, call)?;
    let json = cloud
        .firestore
        .field_json(&database, &group, &path, call.now);
    Ok(ApiResponse::Json(json))
}

/// `GET …/collectionGroups/{c}/fields`: the fields with settings of their own;
/// `-` stands for every collection group.
pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let database = database(call);
    let store = &cloud.firestore;
    store.database(&database)?;
    let groups = format!("{database}/collectionGroups/");
    let prefix = match call.path("collectionGroupsId") {
        "-" => groups.clone(),
        group => field_name(&database, group, ""),
    };
    let default = field_name(&database, DEFAULT_GROUP, EVERY_FIELD);
    let set = store.fields.with_prefix(&prefix).map(|(name, _)| name);
    let mut names: Vec<&String> = set.collect();
    if default.starts_with(&prefix) && !names.contains(&&default) {
        names.push(&default);
    }
    let rows = names.into_iter().filter_map(|name| {
        let (group, path) = name.strip_prefix(&groups)?.split_once("/fields/")?;
        let mut json = store.field_json(&database, group, path, call.now);
        // For the filter, which names the value that is not shown.
        let inherits = json["indexConfig"]["usesAncestorConfig"] == true && *name != default;
        json["indexConfig"]["usesAncestorConfig"] = inherits.into();
        Some((name.clone(), json))
    });
    let mut page = PAGING.page(call, rows)?;
    for (_, json) in &mut page.items {
        if let Some(config) = json["indexConfig"].as_object_mut() {
            config.retain(|_, value| *value != false);
        }
    }
    Ok(ApiResponse::Json(page.into_json("fields")))
}

/// Which settings a call changes: the indexes, the expiry. Without a mask, those
/// in the body; unverified.
fn mask(call: &Call) -> Result<(bool, bool), ApiError> {
    let Some(mask) = call.query("updateMask") else {
        let has = |field: &str| !call.body[field].is_null();
        return Ok((has("indexConfig"), has("ttlConfig")));
    };
    let mut found = (false, false);
    for path in mask.split(',').map(camel_case) {
        match path.split('.').next() {
            Some("indexConfig") => found.0 = true,
            Some("ttlConfig") => found.1 = true,
            _ => {
                let message = format!("Invalid field mask path {path:?}.");
                return Err(ApiError::invalid(message));
            }
        }
    }
    Ok(found)
}

/// `PATCH …/collectionGroups/{c}/fields/{f}`.
pub(super) fn patch(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let (database, group, path) = field_of(cloud, call)?;
    let name = field_name(&database, &group, &path);
    let (indexes, ttl) = mask(call)?;
    let store = &mut cloud.firestore;
    let old = store.fields.get(&name).cloned().unwrap_or_default();
    let mut new = old.clone();
    let ready = call.now + BUILD;
    if indexes {
        let (had, _) = store.indexes_of(&database, &group, &path);
        new.indexes = read_indexes(&call.body["indexConfig"], had, ready)?;
    }
    if ttl {
        new.ttl = Ttl::read(&call.body["ttlConfig"], ready)?;
        if new.ttl.is_some() && path == EVERY_FIELD {
            let message = "ttlConfig cannot be set on all fields.";
            return Err(ApiError::invalid(message));
        }
        if let (Some(new), Some(old)) = (&mut new.ttl, old.ttl)
            && new.offset == old.offset
        {
            new.ready = old.ready;
        }
        // Google allows one such field; its message is unverified.
        let other = store.ttl(&database, &group);
        if let (Some(_), Some((other, _))) = (new.ttl, other)
            && other.to_string() != path
        {
            return Err(ApiError::failed_precondition(format!(
                "Collection group {group} has a TTL policy already, on field {other}."
            )));
        }
    }
    let mut metadata = json!({
        "@type": "type.googleapis.com/google.firestore.admin.v1.FieldOperationMetadata",
        "startTime": call.now,
        "field": name,
        "state": "PROCESSING",
    });
    let change = |is_set| if is_set { "ADD" } else { "REMOVE" };
    if old.ttl.is_some() != new.ttl.is_some() {
        metadata["ttlConfigDelta"] = json!({ "changeType": change(new.ttl.is_some()) });
    }
    let is_changed = old != new;
    if new == FieldSettings::default() {
        store.fields.remove(&name);
    } else {
        store.fields.insert(name.as_str(), new);
    }
    if ttl {
        ttl::schedule_all(cloud, &database, &group, ready);
    }
    let store = &cloud.firestore;
    let mut response = store.field_json(&database, &group, &path, ready);
    response["@type"] = "type.googleapis.com/google.firestore.admin.v1.Field".into();
    let operation = LongRunning {
        api: "firestore",
        name: None,
        kind: "patch",
        target: &name,
        metadata,
        response,
        duration: if is_changed { BUILD } else { Duration::ZERO },
    };
    Ok(begin(cloud, call, operation))
}
