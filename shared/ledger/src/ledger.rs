//! The ledger: one Firestore call per operation.

use crate::{
    Entry, Error, Loaded, Page, Query, Record,
    document::{Commit, DocumentNames, OUTBOX, PARENT, StoredRecord},
    error::{of_create, of_replace},
    record::DocumentVersion,
    record_cache::RecordCache,
};
use gcp::{
    Client, ErrorKind, Request,
    methods::firestore::{
        COMMIT, DocumentPrecondition, RUN_QUERY, Write, batch_get, batch_get_request, commit,
        commit_request, run_query, run_query_request,
    },
};
use names::{DatabaseName, Timestamp};
use serde::{Serialize, de::DeserializeOwned};
use std::sync::Arc;

/// How many records a process keeps in memory.
const CACHED_RECORDS: usize = 1_000;
/// How many records are read in one call. Google documents no limit; the
/// response must fit into memory.
const BATCH: usize = 100;
/// The page size where all records are read.
const PAGE: u32 = 300;

/// The records of one Firestore database. Cheap to clone; clones share a cache.
#[derive(Clone)]
pub struct Ledger {
    client: Client,
    database: DatabaseName,
    pub(crate) cache: Arc<RecordCache>,
}

impl Ledger {
    /// The records of `database`, with the identity of `client`.
    #[must_use]
    pub fn new(client: Client, database: DatabaseName) -> Self {
        Self {
            client,
            database,
            cache: Arc::new(RecordCache::new(CACHED_RECORDS)),
        }
    }

    /// Reads a record and its outbox, as of one moment.
    ///
    /// # Errors
    /// What is stored cannot be read ([`Error::Unreadable`]), or the call
    /// failed ([`Error::Api`]).
    pub async fn load<R: Record, E: DeserializeOwned>(
        &self,
        id: &R::Id,
    ) -> Result<Option<Loaded<R, E>>, Error> {
        let stored = self.read::<R>(id, true).await?;
        stored.map(|stored| stored.loaded(id)).transpose()
    }

    /// Reads a record without its outbox.
    ///
    /// # Errors
    /// As [`Ledger::load`].
    pub async fn get<R: Record>(&self, id: &R::Id) -> Result<Option<Entry<R>>, Error> {
        let stored = self.read::<R>(id, false).await?;
        stored.map(|stored| stored.entry(id)).transpose()
    }

    /// Reads the records of `ids` that are there, without their outboxes, in
    /// as few calls as Firestore takes. One that cannot be read is logged and
    /// left out.
    ///
    /// # Errors
    /// [`Error::Api`]: a call failed; [`Error::Unreadable`]: an id is none.
    pub async fn get_all<R: Record>(&self, ids: &[R::Id]) -> Result<Vec<Entry<R>>, Error> {
        let mut entries = Vec::new();
        for ids in ids.chunks(BATCH) {
            let names = ids
                .iter()
                .map(|id| DocumentNames::new(&self.database, R::COLLECTION, &id.to_string()));
            let names = names.collect::<Result<Vec<_>, _>>()?;
            let wanted: Vec<String> = names.iter().map(|names| names.record.clone()).collect();
            let documents = batch_get(&self.client, &self.database, &wanted).await;
            let documents = documents.map_err(|e| self.failed(R::COLLECTION, e.method, e.kind))?;
            for (id, names) in ids.iter().zip(&names) {
                let found = StoredRecord::find(names, &documents);
                match found.and_then(|found| found.map(|stored| stored.entry(id)).transpose()) {
                    Ok(entry) => entries.extend(entry),
                    Err(fault) => tracing::error!(%fault, "a record is left out"),
                }
            }
        }
        Ok(entries)
    }

    /// Creates a record and its outbox.
    ///
    /// # Errors
    /// [`Error::Exists`], also if it was created by this call and the answer
    /// was lost: load it and decide. [`Error::TooLarge`] and
    /// [`Error::Unreadable`] (a number beyond 64 bits) before the call;
    /// [`Error::Conflict`] under contention; [`Error::Api`].
    pub async fn create<R: Record, E: Serialize>(
        &self,
        id: &R::Id,
        record: &R,
        effects: &[E],
    ) -> Result<Entry<R>, Error> {
        let stored = self.write_new(id, record, effects).await?;
        Ok(stored.entry_of(id, record.clone()))
    }

    /// Replaces a record and its outbox, if nobody wrote since `entry` was
    /// read or written. Effects that `entry` had and that are not in `effects`
    /// are done.
    ///
    /// # Errors
    /// [`Error::Conflict`], also if this call wrote and the answer was lost:
    /// load it and decide again. [`Error::TooLarge`] and [`Error::Unreadable`]
    /// (a number beyond 64 bits) before the call; [`Error::Api`].
    pub async fn replace<R: Record, E: Serialize>(
        &self,
        entry: &Entry<R>,
        record: &R,
        effects: &[E],
    ) -> Result<Entry<R>, Error> {
        let Entry {
            id,
            revision,
            version,
            ..
        } = entry;
        let stored = self
            .write_over(id, *revision, version, record, effects)
            .await?;
        Ok(stored.entry_of(&entry.id, record.clone()))
    }

    /// Reads the records that `query` matches, without their outboxes.
    ///
    /// # Errors
    /// [`Error::Api`]: the call failed, or the query is not one that an index
    /// serves.
    pub async fn query<R: Record>(&self, query: &Query) -> Result<Page<R>, Error> {
        let structured = query.structured(R::COLLECTION).map_err(|what| {
            self.failed(R::COLLECTION, RUN_QUERY.id, ErrorKind::InvalidRequest(what))
        })?;
        let documents = run_query(&self.client, &self.database, PARENT, &structured).await;
        let documents = documents.map_err(|e| self.failed(R::COLLECTION, e.method, e.kind))?;
        Ok(query.page(&documents))
    }

    /// The ids of the records that are due at `now`, the earliest first. One
    /// that cannot be read is logged: nothing looks after it.
    ///
    /// # Errors
    /// [`Error::Api`]: a call failed.
    pub async fn due<R: Record>(&self, now: Timestamp) -> Result<Vec<R::Id>, Error> {
        let mut query = Query {
            due_by: Some(now),
            limit: PAGE,
            ..Query::default()
        };
        let mut ids = Vec::new();
        loop {
            let page = self.query::<R>(&query).await?;
            for fault in &page.unreadable {
                tracing::error!(%fault, "a record cannot be read, so nothing looks after it");
            }
            ids.extend(page.entries.into_iter().map(|entry| entry.id));
            query.after = page.next;
            if query.after.is_none() {
                return Ok(ids);
            }
        }
    }

    /// A sample of every request of [`Ledger::decide`] in `database`.
    #[must_use]
    pub fn calls(database: &DatabaseName) -> Vec<Request> {
        let mut calls = Self::update_calls(database);
        let outbox = format!("{database}/documents/{PARENT}/{OUTBOX}/sample");
        calls.push(commit_request(database, &[Write::Delete(outbox)]));
        calls
    }

    /// A sample of every request of [`Ledger::update`] in `database`: without
    /// effects there is no outbox to delete.
    #[must_use]
    pub fn update_calls(database: &DatabaseName) -> Vec<Request> {
        let name = format!("{database}/documents/{PARENT}/sample/sample");
        let set = |exists| Write::Set {
            name: name.clone(),
            fields: serde_json::Map::new(),
            precondition: Some(DocumentPrecondition::Exists(exists)),
        };
        vec![
            batch_get_request(database, std::slice::from_ref(&name)),
            commit_request(database, &[set(false), set(true)]),
        ]
    }

    /// A sample of every request of [`Ledger::query`] and [`Ledger::due`].
    #[must_use]
    pub fn query_calls(database: &DatabaseName) -> Vec<Request> {
        vec![run_query_request(database, PARENT, &serde_json::json!({}))]
    }

    pub(crate) async fn read<R: Record>(
        &self,
        id: &R::Id,
        with_outbox: bool,
    ) -> Result<Option<StoredRecord>, Error> {
        let names = DocumentNames::new(&self.database, R::COLLECTION, &id.to_string())?;
        let mut wanted = vec![names.record.clone()];
        if with_outbox {
            wanted.push(names.outbox.clone());
        }
        let documents = batch_get(&self.client, &self.database, &wanted).await;
        let documents = documents.map_err(|e| self.failed(&names.key, e.method, e.kind))?;
        let stored = StoredRecord::find(&names, &documents)?;
        Ok(stored.map(|mut stored| {
            stored.version.outbox |= !with_outbox;
            stored
        }))
    }

    pub(crate) async fn write_new<R: Record, E: Serialize>(
        &self,
        id: &R::Id,
        record: &R,
        effects: &[E],
    ) -> Result<StoredRecord, Error> {
        let names = DocumentNames::new(&self.database, R::COLLECTION, &id.to_string())?;
        let planned = Commit::create(&names, record, effects, self.client.clock().now())?;
        self.commit(names, planned, of_create).await
    }

    pub(crate) async fn write_over<R: Record, E: Serialize>(
        &self,
        id: &R::Id,
        revision: u64,
        version: &DocumentVersion,
        record: &R,
        effects: &[E],
    ) -> Result<StoredRecord, Error> {
        let names = DocumentNames::new(&self.database, R::COLLECTION, &id.to_string())?;
        let planned = Commit::replace(&names, revision, version, record, effects)?;
        self.commit(names, planned, of_replace).await
    }

    async fn commit(
        &self,
        names: DocumentNames,
        planned: Commit,
        refused: fn(String, gcp::Error) -> Error,
    ) -> Result<StoredRecord, Error> {
        let Commit { writes, mut stored } = planned;
        let times = match commit(&self.client, &self.database, &writes).await {
            Ok(times) => times,
            Err(e) => {
                let resource = self.resource(&names.key);
                return Err(refused(names.key, gcp::Error { resource, ..e }));
            }
        };
        let time = times.into_iter().next().flatten();
        stored.version.update_time = time.ok_or_else(|| {
            let kind = ErrorKind::InvalidResponse("no update time for the record".into());
            self.failed(&names.key, COMMIT.id, kind)
        })?;
        Ok(stored)
    }

    fn failed(&self, key: &str, method: &'static str, kind: ErrorKind) -> Error {
        let resource = self.resource(key);
        Error::Api(Box::new(gcp::Error {
            method,
            resource,
            is_conditional: false,
            kind,
        }))
    }

    /// The path of the request would name the database only.
    fn resource(&self, key: &str) -> String {
        format!("{}/documents/{PARENT}/{key}", self.database)
    }
}
