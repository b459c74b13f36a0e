//! The state of Firestore.

use super::{
    database::Database, document::Document, field::FieldSettings, index::Index,
    transaction::Transaction, versions::Versions,
};
use crate::{
    ApiError,
    table::{Journaled, Table},
};
use names::{Duration, Timestamp};
use std::collections::BTreeMap;

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
    pub(super) versions: Versions,
    /// Transactions that are not committed, by ID.
    pub(super) transactions: BTreeMap<String, Transaction>,
    /// How many there have been.
    pub(super) begun_transactions: u64,
}

impl Firestore {
    pub(crate) fn new() -> Self {
        Self {
            databases: Table::new("firestore.databases"),
            documents: Table::new("firestore.documents"),
            indexes: Table::new("firestore.indexes"),
            fields: Table::new("firestore.fields"),
            versions: Versions::default(),
            transactions: BTreeMap::new(),
            begun_transactions: 0,
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
    /// Forgets the transactions and the versions of a deleted database.
    pub(super) fn forget_past(&mut self, database: &str) {
        self.transactions.retain(|_, one| one.database != database);
        self.versions.forget(database);
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
}
