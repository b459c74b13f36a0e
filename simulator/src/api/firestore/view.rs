//! All documents of a database, as they are or were.

use super::{Firestore, document::Document, versions::KEPT};
use crate::ApiError;
use names::Timestamp;
use std::collections::BTreeMap;

/// All documents at one time.
#[derive(Debug)]
pub(super) struct View<'a> {
    store: &'a Firestore,
    /// Those that were different then.
    past: BTreeMap<&'a str, Option<&'a Document>>,
}

impl Firestore {
    /// The documents as they are.
    pub(super) const fn latest(&self) -> View<'_> {
        View {
            store: self,
            past: BTreeMap::new(),
        }
    }

    /// The documents of a database as they were at a time.
    pub(super) fn at(&self, database: &str, time: Timestamp) -> View<'_> {
        View {
            store: self,
            past: self.versions.past(database, time),
        }
    }

    /// Checks that the documents at a time can be told.
    pub(super) fn check_read_time(
        &self,
        database: &str,
        time: Timestamp,
        now: Timestamp,
    ) -> Result<(), ApiError> {
        let last = self.database(database)?.last_commit;
        if time > now.max(last) {
            let message = "The requested read time is in the future.";
            return Err(ApiError::invalid(message));
        }
        let since = self.versions.since(database).unwrap_or(last);
        if time < since || time < now - KEPT {
            return Err(ApiError::failed_precondition(
                "The requested snapshot version is too old.",
            ));
        }
        Ok(())
    }
}

impl<'a> View<'a> {
    pub(super) fn get(&self, name: &str) -> Option<&'a Document> {
        match self.past.get(name) {
            Some(past) => *past,
            None => self.store.documents.get(name),
        }
    }

    /// The documents below a name that ends with a slash, sorted by name, as far
    /// as `keep` says so.
    pub(super) fn below(
        &self,
        prefix: &str,
        keep: impl Fn(&str) -> bool,
    ) -> Vec<(&'a str, &'a Document)> {
        let current = self.store.documents.with_prefix(prefix);
        let current = current
            .map(|(name, document)| (name.as_str(), document))
            .filter(|(name, _)| keep(name) && !self.past.contains_key(name));
        let mut found: Vec<_> = current.collect();
        if !self.past.is_empty() {
            let past = self.past.iter();
            let past = past.filter_map(|(name, document)| Some((*name, (*document)?)));
            found.extend(past.filter(|(name, _)| name.starts_with(prefix) && keep(name)));
            found.sort_by_key(|(name, _)| *name);
        }
        found
    }

    /// The documents of one collection (`…/documents/c`), sorted by name.
    pub(super) fn collection(&self, collection: &str) -> Vec<(&'a str, &'a Document)> {
        let prefix = format!("{collection}/");
        self.below(&prefix, |name| !name[prefix.len()..].contains('/'))
    }

    /// The documents below `parent` in collections with this ID, at any depth.
    pub(super) fn group(&self, parent: &str, id: &str) -> Vec<(&'a str, &'a Document)> {
        let of_group = |name: &str| name.rsplit('/').nth(1) == Some(id);
        self.below(&format!("{parent}/"), of_group)
    }
}
