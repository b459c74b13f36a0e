//! Documents as they are stored and shown.

use super::{
    field_path::FieldPath,
    value::{FieldValue, Fields, fields_json, fields_size, name_size},
};
use crate::ApiError;
use names::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Firestore's limit on the size of a document, in bytes.
const MAX_SIZE: usize = 1 << 20;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Document {
    pub(super) fields: Fields,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
}

impl Document {
    /// The document resource, limited to the fields of `mask` if there is one.
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

    /// The value at `path` in the document called `name`; `__name__` is a
    /// reference to the document.
    pub(super) fn get(&self, name: &str, path: &FieldPath) -> Option<FieldValue> {
        if path.is_name() {
            return Some(FieldValue::Reference(name.to_owned()));
        }
        path.get(&self.fields).cloned()
    }
}

/// Checks the size by Firestore's rules: name, fields, and 32 bytes.
pub(super) fn check_size(name: &str, fields: &Fields) -> Result<(), ApiError> {
    let size = name_size(name) + fields_size(fields) + 32;
    if size > MAX_SIZE {
        return Err(ApiError::invalid(format!(
            "Document '{name}' cannot be written because its size ({size} bytes) exceeds the \
             maximum allowed size of {MAX_SIZE} bytes."
        )));
    }
    Ok(())
}
