//! How a record and its outbox are stored in Firestore.
//!
//! `{COLLECTION}/{id}` has `state` (text), `due` (timestamp or null), `created`
//! (timestamp), `revision` (integer) and `record` (the record's JSON as a map).
//! `outbox/{COLLECTION}.{id}` has `effects` (an array), and is there only while
//! some are not done.

use crate::{
    Entry, Error, Loaded, Record,
    record::DocumentVersion,
    value::{from_firestore, size, to_firestore},
};
use gcp::methods::firestore::{Document, DocumentPrecondition, Write};
use names::{DatabaseName, Timestamp};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

/// Firestore takes 1 MiB with the name and what it keeps beside the fields.
const MAX_SIZE: usize = 900_000;

/// The collection that holds every other collection's outboxes.
pub(crate) const OUTBOX: &str = "outbox";

/// The field with the time at which a record ended.
pub(crate) const ENDED: &str = "ended";

/// The names of a record's two documents.
#[derive(Debug)]
pub(crate) struct DocumentNames {
    /// `collection/id`.
    pub(crate) key: String,
    pub(crate) record: String,
    pub(crate) outbox: String,
}

/// The document that every collection of the ledger lies below. It need not
/// exist; it keeps the ledger apart from whatever else is in the database.
pub(crate) const PARENT: &str = "groundcrew/ledger";

impl DocumentNames {
    /// Refuses an id that Firestore would read as another path, or refuse.
    pub(crate) fn new(database: &DatabaseName, collection: &str, id: &str) -> Result<Self, Error> {
        let key = format!("{collection}/{id}");
        let reserved = id.starts_with("__") && id.ends_with("__");
        if matches!(id, "" | "." | "..") || id.contains('/') || reserved || id.len() > 1_000 {
            let what = "the id is not one that Firestore takes".to_owned();
            return Err(Error::Unreadable { id: key, what });
        }
        let documents = format!("{database}/documents/{PARENT}");
        Ok(Self {
            record: format!("{documents}/{key}"),
            outbox: format!("{documents}/{OUTBOX}/{collection}.{id}"),
            key,
        })
    }
}

/// A record and its outbox as JSON, of whatever types.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredRecord {
    record: Value,
    effects: Vec<Value>,
    pub(crate) revision: u64,
    pub(crate) version: DocumentVersion,
}

impl StoredRecord {
    /// Reads a record from its documents; `None` if it is not among them.
    pub(crate) fn find(
        names: &DocumentNames,
        documents: &[Document],
    ) -> Result<Option<Self>, Error> {
        let find = |name: &String| documents.iter().find(|document| document.name == *name);
        let Some(document) = find(&names.record) else {
            return Ok(None);
        };
        let mut stored = Self::read(&names.key, document)?;
        if let Some(outbox) = find(&names.outbox) {
            let effects = field(&names.key, outbox, "effects")?;
            let Value::Array(effects) = effects else {
                return Err(unreadable(&names.key, "outbox: effects is not an array"));
            };
            stored.effects = effects;
        }
        stored.version.outbox = !stored.effects.is_empty();
        Ok(Some(stored))
    }

    /// Reads a record's own document, whose outbox is not known.
    pub(crate) fn read(key: &str, document: &Document) -> Result<Self, Error> {
        let created = field(key, document, "created")?;
        let created = created.as_str().and_then(|text| text.parse().ok());
        let revision = field(key, document, "revision")?.as_u64();
        Ok(Self {
            record: field(key, document, "record")?,
            effects: Vec::new(),
            revision: revision.ok_or_else(|| unreadable(key, "revision is not a number"))?,
            version: DocumentVersion {
                update_time: document.update_time.clone(),
                created: created.ok_or_else(|| unreadable(key, "created is not a time"))?,
                outbox: true,
            },
        })
    }

    pub(crate) fn entry<R: Record>(&self, id: &R::Id) -> Result<Entry<R>, Error> {
        let record = typed(&format!("{}/{id}", R::COLLECTION), &self.record)?;
        Ok(self.entry_of(id, record))
    }

    /// The entry of `record`, which `self` was serialised from.
    pub(crate) fn entry_of<R: Record>(&self, id: &R::Id, record: R) -> Entry<R> {
        Entry {
            id: id.clone(),
            record,
            revision: self.revision,
            version: self.version.clone(),
        }
    }

    pub(crate) fn loaded<R: Record, E: DeserializeOwned>(
        &self,
        id: &R::Id,
    ) -> Result<Loaded<R, E>, Error> {
        let key = format!("{OUTBOX}/{}.{id}", R::COLLECTION);
        let effects = self.effects.iter().map(|effect| typed(&key, effect));
        Ok(Loaded {
            entry: self.entry(id)?,
            effects: effects.collect::<Result<_, _>>()?,
        })
    }
}

/// A commit to be sent, and what will be stored if it is applied.
#[derive(Debug)]
pub(crate) struct Commit {
    pub(crate) writes: Vec<Write>,
    /// Its update time is the old one, until the commit answers.
    pub(crate) stored: StoredRecord,
}

impl Commit {
    /// What to write for a record that does not exist yet.
    pub(crate) fn create<R: Record, E: Serialize>(
        names: &DocumentNames,
        record: &R,
        effects: &[E],
        now: Timestamp,
    ) -> Result<Self, Error> {
        let version = DocumentVersion {
            update_time: String::new(),
            created: now,
            outbox: false,
        };
        let precondition = DocumentPrecondition::Exists(false);
        Self::new(names, record, effects, 1, version, precondition)
    }

    /// What to write in the place of a record of this revision and version.
    pub(crate) fn replace<R: Record, E: Serialize>(
        names: &DocumentNames,
        revision: u64,
        version: &DocumentVersion,
        record: &R,
        effects: &[E],
    ) -> Result<Self, Error> {
        let precondition = DocumentPrecondition::UpdateTime(version.update_time.clone());
        // Firestore keeps the update time on a write that changes nothing, and
        // two such writes would both win: the revision makes each a change.
        let (revision, version) = (revision + 1, version.clone());
        Self::new(names, record, effects, revision, version, precondition)
    }

    fn new<R: Record, E: Serialize>(
        names: &DocumentNames,
        record: &R,
        effects: &[E],
        revision: u64,
        mut version: DocumentVersion,
        precondition: DocumentPrecondition,
    ) -> Result<Self, Error> {
        let key = &names.key;
        let json = serde_json::to_value(record).map_err(|e| unreadable(key, e))?;
        let pending = serde_json::to_value(effects).map_err(|e| unreadable(key, e))?;
        let to_stored = |name: &str, json: &Value| {
            to_firestore(json).map_err(|e| unreadable(key, format!("{name}{e}")))
        };
        let time = |at: Option<Timestamp>| match at {
            Some(at) => json!({ "timestampValue": at }),
            None => json!({ "nullValue": null }),
        };
        let mut writes = vec![Write::Set {
            name: names.record.clone(),
            fields: fields(
                key,
                [
                    ("state", json!({ "stringValue": record.state() })),
                    ("due", time(record.due())),
                    (ENDED, time(record.ended())),
                    ("created", json!({ "timestampValue": version.created })),
                    ("revision", json!({ "integerValue": revision.to_string() })),
                    ("record", to_stored("record", &json)?),
                ],
            )?,
            precondition: Some(precondition),
        }];
        if !effects.is_empty() {
            writes.push(Write::Set {
                name: names.outbox.clone(),
                fields: fields(key, [("effects", to_stored("effects", &pending)?)])?,
                precondition: None,
            });
        } else if version.outbox {
            writes.push(Write::Delete(names.outbox.clone()));
        }
        version.outbox = !effects.is_empty();
        let stored = StoredRecord {
            record: json,
            effects: pending.as_array().cloned().unwrap_or_default(),
            revision,
            version,
        };
        Ok(Self { writes, stored })
    }
}

fn fields<const N: usize>(
    key: &str,
    fields: [(&str, Value); N],
) -> Result<Map<String, Value>, Error> {
    let fields = fields.map(|(name, value)| (name.to_owned(), value));
    let fields = Map::from_iter(fields);
    match size(&fields) {
        size if size > MAX_SIZE => Err(Error::TooLarge {
            id: key.to_owned(),
            size,
            limit: MAX_SIZE,
        }),
        _ => Ok(fields),
    }
}

fn field(key: &str, document: &Document, name: &str) -> Result<Value, Error> {
    let value = document.fields.get(name);
    let value = value.ok_or_else(|| unreadable(key, format!("no field {name}")))?;
    from_firestore(value).map_err(|e| unreadable(key, format!("{name}{e}")))
}

fn typed<T: DeserializeOwned>(key: &str, json: &Value) -> Result<T, Error> {
    T::deserialize(json).map_err(|e| unreadable(key, e))
}

pub(crate) fn unreadable(key: &str, what: impl ToString) -> Error {
    Error::Unreadable {
        id: key.to_owned(),
        what: what.to_string(),
    }
}

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;
