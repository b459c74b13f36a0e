//! The state of Firestore.

use super::{database::Database, document::Document, field::FieldSettings, index::Index};
use crate::{
    ApiError,
    table::{Journaled, Table},
};
use names::{Duration, Timestamp};

/// The state of Firestore.
#[derive(Debug, Clone)]
pub(crate) struct Firestore {
    /// By name, `projects/p/databases/d`.
    pub(super) databases: Table<Database>,
    /// By full name.
    pub(super) documents: Table<Document>,
    /// Composite indexes by full name.
    pub(super) indexes: Table<Index>,
    /// What has been set for fields, by full name.
    pub(super) fields: Table<FieldSettings>,
}

impl Firestore {
    pub(crate) fn new() -> Self {
        Self {
            databases: Table::new("firestore.databases"),
            documents: Table::new("firestore.documents"),
            indexes: Table::new("firestore.indexes"),
            fields: Table::new("firestore.fields"),
        }
    }

    pub(crate) fn tables(&mut self) -> Vec<&mut dyn Journaled> {
        vec![
            &mut self.databases,
            &mut self.documents,
            &mut self.indexes,
            &mut self.fields,
        ]
    }
}

impl Firestore {
    /// Removes a database with all that is in it.
    pub(super) fn remove_database(&mut self, name: &str) {
        fn clear<T>(table: &mut Table<T>, inside: &str) {
            let names = table.with_prefix(inside).map(|(name, _)| name.clone());
            for name in names.collect::<Vec<_>>() {
                table.remove(&name);
            }
        }
        let inside = format!("{name}/");
        self.databases.remove(name);
        clear(&mut self.documents, &inside);
        clear(&mut self.indexes, &inside);
        clear(&mut self.fields, &inside);
    }

    pub(super) fn database(&self, name: &str) -> Result<&Database, ApiError> {
        self.databases.get(name).ok_or_else(|| {
            let mut parts = name.split('/').skip(1).step_by(2);
            let (project, id) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
            ApiError::not_found(format!(
                "The database {id} does not exist for project {project} Please visit \
                 https://console.cloud.google.com/datastore/setup?project={project} to add a \
                 Cloud Datastore or Cloud Firestore database. "
            ))
        })
    }
}

impl Firestore {
    /// The time of a read: now, or the time of the last commit if that is
    /// later.
    pub(super) fn read_time(&self, database: &str, now: Timestamp) -> Result<Timestamp, ApiError> {
        Ok(now.max(self.database(database)?.last_commit))
    }

    /// The time of the next commit: later than that of any commit before.
    pub(super) fn commit_time(
        &self,
        database: &str,
        now: Timestamp,
    ) -> Result<Timestamp, ApiError> {
        let last = self.database(database)?.last_commit;
        Ok(now.max(last + Duration::from_micros(1)))
    }

    /// The documents of one collection (`…/documents/c`), sorted by name.
    pub(super) fn collection<'a>(&'a self, collection: &str) -> Vec<(&'a str, &'a Document)> {
        let prefix = format!("{collection}/");
        let all = self.documents.with_prefix(&prefix);
        let direct = all.filter(|(name, _)| !name[prefix.len()..].contains('/'));
        direct
            .map(|(name, document)| (name.as_str(), document))
            .collect()
    }

    /// The documents below `parent` in collections with this ID, at any depth.
    pub(super) fn group<'a>(&'a self, parent: &str, id: &str) -> Vec<(&'a str, &'a Document)> {
        let prefix = format!("{parent}/");
        let all = self.documents.with_prefix(&prefix);
        let of_group = all.filter(|(name, _)| name.rsplit('/').nth(1) == Some(id));
        of_group
            .map(|(name, document)| (name.as_str(), document))
            .collect()
    }
}
