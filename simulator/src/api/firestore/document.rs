//! Documents, and where they are kept.

use super::{
    Firestore,
    path::FieldPath,
    value::{Datum, Fields, fields_json, fields_size, name_size},
};
use crate::ApiError;
use names::{Duration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Firestore's limit on a document, in bytes.
const LARGEST: usize = 1 << 20;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Document {
    pub(super) fields: Fields,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
}

impl Document {
    /// The document resource, with only the fields of `mask` if there is one.
    pub(super) fn json(&self, name: &str, mask: Option<&[FieldPath]>) -> Value {
        let fields = match mask {
            None => fields_json(&self.fields),
            Some(mask) => {
                let mut some = Fields::new();
                for path in mask {
                    if let Some(value) = path.get(&self.fields) {
                        path.set(&mut some, Some(value.clone()));
                    }
                }
                fields_json(&some)
            }
        };
        json!({
            "name": name,
            "fields": fields,
            "createTime": self.created,
            "updateTime": self.updated,
        })
    }

    /// What `path` holds in the document called `name`; `__name__` is a reference.
    pub(super) fn get(&self, name: &str, path: &FieldPath) -> Option<Datum> {
        if path.is_name() {
            return Some(Datum::Reference(name.to_owned()));
        }
        path.get(&self.fields).cloned()
    }
}

/// Checks the size by Firestore's rules: name, fields, and 32 bytes.
pub(super) fn check_size(name: &str, fields: &Fields) -> Result<(), ApiError> {
    let size = name_size(name) + fields_size(fields) + 32;
    if size > LARGEST {
        return Err(ApiError::invalid(format!(
            "Document '{name}' cannot be written because its size ({size} bytes) exceeds the \
             maximum allowed size of {LARGEST} bytes."
        )));
    }
    Ok(())
}

impl Firestore {
    /// When a read takes place: now, or just when the last commit did if that is later.
    pub(super) fn read_time(&self, database: &str, now: Timestamp) -> Result<Timestamp, ApiError> {
        Ok(now.max(self.database(database)?.last_commit))
    }

    /// When the next commit takes place: later than any before it.
    pub(super) fn commit_time(
        &self,
        database: &str,
        now: Timestamp,
    ) -> Result<Timestamp, ApiError> {
        let last = self.database(database)?.last_commit;
        Ok(now.max(last + Duration::from_micros(1)))
    }

    /// The documents of one collection (`…/documents/c`), by name.
    pub(super) fn collection<'a>(&'a self, collection: &str) -> Vec<(&'a str, &'a Document)> {
        let prefix = format!("{collection}/");
        let all = self.documents.under(&prefix);
        let direct = all.filter(|(name, _)| !name[prefix.len()..].contains('/'));
        direct
            .map(|(name, document)| (name.as_str(), document))
            .collect()
    }

    /// The documents below `parent` in collections with this id, at any depth.
    pub(super) fn group<'a>(&'a self, parent: &str, id: &str) -> Vec<(&'a str, &'a Document)> {
        let prefix = format!("{parent}/");
        let all = self.documents.under(&prefix);
        let of_group = all.filter(|(name, _)| name.rsplit('/').nth(1) == Some(id));
        of_group
            .map(|(name, document)| (name.as_str(), document))
            .collect()
    }
}
