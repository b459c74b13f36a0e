//! One write of a commit: how it is read, and its effect on a document.

use super::{
    document::{Document, check_size},
    field_path::FieldPath,
    mask::mask,
    path::check_document,
    transform::Transform,
    value::{Fields, fields_json, read_fields},
};
use crate::ApiError;
use names::Timestamp;
use serde_json::{Value, json};

/// What must be true of the document before the write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Precondition {
    Exists(bool),
    Updated(Timestamp),
}

impl Precondition {
    /// `{exists}` or `{updateTime}`; `None` if neither is there.
    pub(super) fn read(value: &Value) -> Result<Option<Self>, ApiError> {
        let invalid =
            |what: &str| ApiError::invalid(format!("Invalid value at 'current_document': {what}."));
        match (&value["exists"], &value["updateTime"]) {
            (Value::Null, Value::Null) => Ok(None),
            (Value::Bool(exists), Value::Null) => Ok(Some(Self::Exists(*exists))),
            (Value::Null, Value::String(time)) => {
                let time = time
                    .parse()
                    .map_err(|_| invalid("updateTime is not in RFC 3339"))?;
                Ok(Some(Self::Updated(time)))
            }
            _ => Err(invalid("either exists (true or false) or updateTime")),
        }
    }

    fn check(self, name: &str, existing: Option<&Document>) -> Result<(), ApiError> {
        let missing = || ApiError::not_found(format!("No document to update: {name}"));
        match (self, existing) {
            (Self::Exists(false), Some(_)) => Err(ApiError::already_exists(format!(
                "Document already exists: {name}"
            ))),
            (Self::Exists(true), None) => Err(missing()),
            // The error for a missing document is unverified.
            (Self::Updated(required), existing) => {
                let stored = existing.map_or(0, |document| document.updated.as_micros());
                if stored == required.as_micros() {
                    return Ok(());
                }
                Err(ApiError::failed_precondition(format!(
                    "the stored version ({stored}) does not match the required base version ({})",
                    required.as_micros()
                )))
            }
            (Self::Exists(false), None) | (Self::Exists(true), Some(_)) => Ok(()),
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Write {
    pub(super) name: String,
    /// The new content; `None` deletes the document.
    update: Option<Update>,
    pub(super) precondition: Option<Precondition>,
}

#[derive(Debug, Clone)]
struct Update {
    fields: Fields,
    mask: Option<Vec<FieldPath>>,
    transforms: Vec<Transform>,
}

/// The result of a write.
#[derive(Debug)]
pub(super) struct WriteOutcome {
    pub(super) after: Option<Document>,
    /// The `WriteResult` in the response.
    pub(super) result: Value,
}

impl Write {
    /// Reads a `Write` of a commit to `database`.
    pub(super) fn read(value: &Value, database: &str) -> Result<Self, ApiError> {
        let precondition = Precondition::read(&value["currentDocument"])?;
        let transforms = |list: &Value| -> Result<Vec<Transform>, ApiError> {
            list.as_array()
                .into_iter()
                .flatten()
                .map(Transform::read)
                .collect()
        };
        let (update, delete, transform) = (&value["update"], &value["delete"], &value["transform"]);
        let (name, update) = match (update.is_null(), delete.is_null(), transform.is_null()) {
            (false, true, true) => {
                let update = Update {
                    fields: read_fields(&update["fields"], "fields")?,
                    mask: mask(&value["updateMask"])?,
                    transforms: transforms(&value["updateTransforms"])?,
                };
                (&value["update"]["name"], Some(update))
            }
            (true, false, true) => (delete, None),
            (true, true, false) => {
                let update = Update {
                    fields: Fields::new(),
                    mask: Some(Vec::new()),
                    transforms: transforms(&transform["fieldTransforms"])?,
                };
                (&transform["document"], Some(update))
            }
            _ => {
                let message = "A write has exactly one of update, delete and transform.";
                return Err(ApiError::invalid(message));
            }
        };
        let name = name.as_str().unwrap_or_default().to_owned();
        check_document(&name, database)?;
        Ok(Self {
            name,
            update,
            precondition,
        })
    }

    /// A write that replaces a document, or only the fields in `mask`.
    pub(super) fn update(
        name: &str,
        fields: &Value,
        mask: Option<Vec<FieldPath>>,
        precondition: Option<Precondition>,
    ) -> Result<Self, ApiError> {
        let update = Update {
            fields: read_fields(fields, "fields")?,
            mask,
            transforms: Vec::new(),
        };
        let name = name.to_owned();
        Ok(Self {
            name,
            update: Some(update),
            precondition,
        })
    }

    pub(super) fn delete(name: &str, precondition: Option<Precondition>) -> Self {
        let name = name.to_owned();
        Self {
            name,
            update: None,
            precondition,
        }
    }

    /// Required permissions, by Google's table for `commit`.
    pub(super) fn permissions(&self) -> &'static [&'static str] {
        match (&self.update, self.precondition) {
            (None, _) => &["datastore.entities.delete"],
            (Some(_), Some(Precondition::Exists(false))) => &["datastore.entities.create"],
            (Some(_), Some(Precondition::Exists(true) | Precondition::Updated(_))) => {
                &["datastore.entities.update"]
            }
            (Some(_), None) => &["datastore.entities.create", "datastore.entities.update"],
        }
    }

    /// Applies the write to a document. A write that changes nothing keeps the
    /// update time, as in Firestore.
    pub(super) fn apply(
        &self,
        before: Option<&Document>,
        at: Timestamp,
    ) -> Result<WriteOutcome, ApiError> {
        if let Some(precondition) = self.precondition {
            precondition.check(&self.name, before)?;
        }
        let Some(update) = &self.update else {
            return Ok(WriteOutcome {
                after: None,
                result: json!({}),
            });
        };
        let mut fields = match &update.mask {
            None => update.fields.clone(),
            Some(mask) => {
                let mut fields = before.map(|d| d.fields.clone()).unwrap_or_default();
                for path in mask {
                    path.set(&mut fields, path.get(&update.fields).cloned());
                }
                fields
            }
        };
        let results: Vec<Value> = update
            .transforms
            .iter()
            .map(|transform| transform.apply(&mut fields, at).to_json())
            .collect();
        check_size(&self.name, &fields)?;
        let after = match before {
            // Compared as JSON, because there 1 and 1.0 differ and NaN equals
            // itself.
            Some(old) if fields_json(&old.fields) == fields_json(&fields) => old.clone(),
            Some(old) => Document {
                fields,
                created: old.created,
                updated: at,
            },
            None => Document {
                fields,
                created: at,
                updated: at,
            },
        };
        let mut result = json!({ "updateTime": after.updated });
        if !results.is_empty() {
            result["transformResults"] = results.into();
        }
        Ok(WriteOutcome {
            after: Some(after),
            result,
        })
    }
}
