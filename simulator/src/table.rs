//! Tables: keyed collections that track changes for the journal.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Rows sorted by key. Each access to a `&mut` row marks it as changed.
#[derive(Debug, Clone)]
pub(crate) struct Table<T> {
    name: &'static str,
    rows: BTreeMap<String, T>,
    changed: BTreeSet<String>,
}

impl<T> Table<T> {
    /// An empty table; `name` identifies it in the journal and must not change.
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            rows: BTreeMap::new(),
            changed: BTreeSet::new(),
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&T> {
        self.rows.get(key)
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut T> {
        let row = self.rows.get_mut(key)?;
        self.changed.insert(key.to_owned());
        Some(row)
    }

    pub(crate) fn contains(&self, key: &str) -> bool {
        self.rows.contains_key(key)
    }

    pub(crate) fn insert(&mut self, key: impl Into<String>, row: T) -> Option<T> {
        let key = key.into();
        self.changed.insert(key.clone());
        self.rows.insert(key, row)
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<T> {
        let row = self.rows.remove(key)?;
        self.changed.insert(key.to_owned());
        Some(row)
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&String, &T)> {
        self.rows.iter()
    }

    /// The rows whose keys begin with `prefix`, sorted by key.
    pub(crate) fn with_prefix<'a, P: Into<String>>(
        &'a self,
        prefix: P,
    ) -> impl Iterator<Item = (&'a String, &'a T)> + use<'a, T, P> {
        let prefix = prefix.into();
        self.rows
            .range(prefix.clone()..)
            .take_while(move |(key, _)| key.starts_with(&prefix))
    }
}

/// What the journal requires of a table, independent of its row type.
pub(crate) trait Journaled {
    fn name(&self) -> &'static str;
    /// Takes the changes since the last call: key and row, `None` if removed.
    fn take_changes(&mut self) -> Vec<(String, Option<Value>)>;
    /// Discards the changes since the last call.
    fn forget_changes(&mut self);
    /// Restores a row from the journal without marking it as changed.
    fn restore(&mut self, key: &str, row: Option<Value>) -> Result<(), serde_json::Error>;
}

impl<T: Serialize + DeserializeOwned> Journaled for Table<T> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn take_changes(&mut self) -> Vec<(String, Option<Value>)> {
        let rows = &self.rows;
        std::mem::take(&mut self.changed)
            .into_iter()
            .map(|key| {
                let row = rows.get(&key).map(|row| {
                    serde_json::to_value(row).expect("rows are plain data with string keys")
                });
                (key, row)
            })
            .collect()
    }

    fn forget_changes(&mut self) {
        self.changed.clear();
    }

    fn restore(&mut self, key: &str, row: Option<Value>) -> Result<(), serde_json::Error> {
        match row {
            Some(row) => self
                .rows
                .insert(key.to_owned(), serde_json::from_value(row)?),
            None => self.rows.remove(key),
        };
        Ok(())
    }
}
