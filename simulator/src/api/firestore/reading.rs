//! Transactions. Those that write are optimistic: nothing is locked, and a commit
//! is refused if something that the transaction has read is different by then.
//! Others read all documents as they were at one time.

use super::{
    Firestore,
    query::Query,
    transaction::{Found, Transaction},
    view::View,
    wire::{Consistency, TransactionOptions, consistency},
};
use crate::{ApiError, Call, iam::hash};
use base64::{Engine, prelude::BASE64_STANDARD};
use names::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;

/// How a call reads.
#[derive(Debug)]
pub(super) struct Reading {
    database: String,
    /// The time of what it reads.
    pub(super) at: Timestamp,
    is_past: bool,
    /// The transaction that it belongs to, if that may write.
    recorded_in: Option<String>,
    /// The transaction that it began.
    begun: Option<String>,
}

impl Reading {
    /// Says in the first of some answers which transaction was begun.
    pub(super) fn tell(&self, answers: &mut [Value]) {
        if let (Some(id), Some(first)) = (&self.begun, answers.first_mut()) {
            first["transaction"] = id.as_str().into();
        }
    }
}

impl Firestore {
    /// Begins a transaction; returns its ID, bytes in base64.
    pub(super) fn begin(
        &mut self,
        database: &str,
        options: TransactionOptions,
        now: Timestamp,
    ) -> Result<String, ApiError> {
        let latest = self.read_time(database, now)?;
        let read_only = match options {
            TransactionOptions::ReadWrite => None,
            TransactionOptions::ReadOnly(None) => Some(latest),
            TransactionOptions::ReadOnly(Some(time)) => {
                self.check_read_time(database, time, now)?;
                Some(time)
            }
        };
        self.transactions.retain(|_, one| !one.is_over(now));
        self.begun_transactions += 1;
        let number = self.begun_transactions.to_string();
        let id = hash(&[database, &now.to_string(), &number]);
        let id = BASE64_STANDARD.encode(format!("{number}-{id:016x}"));
        let transaction = Transaction {
            database: database.to_owned(),
            begun: now,
            used: now,
            read_only,
            documents: BTreeMap::new(),
            queries: Vec::new(),
        };
        self.transactions.insert(id.clone(), transaction);
        Ok(id)
    }

    /// A transaction in use.
    fn transaction(
        &mut self,
        database: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<&mut Transaction, ApiError> {
        let found = self.transactions.get_mut(id);
        let found = found.filter(|one| one.database == database && !one.is_over(now));
        let found = found.ok_or_else(|| {
            ApiError::invalid("The referenced transaction has expired or is no longer valid.")
        })?;
        found.used = now;
        Ok(found)
    }

    pub(super) fn rollback(
        &mut self,
        database: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<(), ApiError> {
        self.transaction(database, id, now)?;
        self.transactions.remove(id);
        Ok(())
    }

    /// How a call reads. It may begin a transaction.
    pub(super) fn reading(&mut self, call: &Call, database: &str) -> Result<Reading, ApiError> {
        let mut reading = Reading {
            database: database.to_owned(),
            at: self.read_time(database, call.now)?,
            is_past: false,
            recorded_in: None,
            begun: None,
        };
        let id = match consistency(call)? {
            Consistency::Latest => return Ok(reading),
            Consistency::At(time) => {
                self.check_read_time(database, time, call.now)?;
                (reading.at, reading.is_past) = (time, true);
                return Ok(reading);
            }
            Consistency::In(id) => id,
            Consistency::New(options) => {
                let id = self.begin(database, options, call.now)?;
                reading.begun.insert(id).clone()
            }
        };
        match self.transaction(database, &id, call.now)?.read_only {
            Some(time) => {
                self.check_read_time(database, time, call.now)?;
                (reading.at, reading.is_past) = (time, true);
            }
            None => reading.recorded_in = Some(id),
        }
        Ok(reading)
    }

    /// What a reading sees.
    pub(super) fn view(&self, reading: &Reading) -> View<'_> {
        match reading.is_past {
            true => self.at(&reading.database, reading.at),
            false => self.latest(),
        }
    }

    /// Records that these documents were read, so that a commit finds out if they
    /// have changed.
    pub(super) fn record_documents<'n>(
        &mut self,
        reading: &Reading,
        names: impl Iterator<Item = &'n str>,
    ) {
        let Some(id) = &reading.recorded_in else {
            return;
        };
        let Some(transaction) = self.transactions.get_mut(id) else {
            return;
        };
        for name in names {
            let updated = self.documents.get(name).map(|document| document.updated);
            transaction
                .documents
                .entry(name.to_owned())
                .or_insert(updated);
        }
    }

    /// Records that a query was run below `parent`.
    pub(super) fn record_query(&mut self, reading: &Reading, parent: &str, query: &Value) {
        let Some(id) = &reading.recorded_in else {
            return;
        };
        let found = self.found(parent, query);
        if let Some(transaction) = self.transactions.get_mut(id) {
            let query = (parent.to_owned(), query.clone(), found);
            transaction.queries.push(query);
        }
    }

    fn found(&self, parent: &str, query: &Value) -> Found {
        let query = Query::read(query).expect("it was run before");
        let found = query.find(&self.latest(), parent);
        found
            .into_iter()
            .map(|(name, document)| (name.to_owned(), document.updated))
            .collect()
    }

    /// Checks that a transaction can be committed.
    pub(super) fn check_commit(
        &mut self,
        database: &str,
        id: &str,
        writes: bool,
        now: Timestamp,
    ) -> Result<(), ApiError> {
        let transaction = self.transaction(database, id, now)?;
        if transaction.read_only.is_some() {
            return match writes {
                true => Err(ApiError::invalid(
                    "Cannot modify entities in a read-only transaction.",
                )),
                false => Ok(()),
            };
        }
        let transaction = &self.transactions[id];
        let mut documents = transaction.documents.iter();
        let same_documents = documents.all(|(name, seen)| {
            let current = self.documents.get(name);
            current.map(|document| document.updated) == *seen
        });
        let mut queries = transaction.queries.iter();
        let same_results = queries.all(|(parent, query, seen)| self.found(parent, query) == *seen);
        match same_documents && same_results {
            true => Ok(()),
            false => Err(ApiError::conflict(
                "Too much contention on these documents. Please try again.",
            )),
        }
    }
}
