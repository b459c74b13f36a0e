//! Documents as they were: versions that commits have replaced, for reads at a
//! past time and in read-only transactions. They are not journaled.

use super::{document::Document, value::fields_size};
use names::{Duration, Timestamp};
use std::collections::{BTreeMap, VecDeque};

/// How long Google keeps versions.
pub(super) const KEPT: Duration = Duration::from_secs(3600);

/// How many are kept here, and of which size together.
const MAX_VERSIONS: usize = 1000;

const MAX_BYTES: usize = 8 << 20;

/// Versions in the order of the commits that replaced them.
#[derive(Debug, Clone, Default)]
pub(super) struct Versions {
    replaced: VecDeque<Replaced>,
    /// Their size together.
    bytes: usize,
    /// From when on all versions are there, by database.
    since: BTreeMap<String, Timestamp>,
}

#[derive(Debug, Clone)]
struct Replaced {
    name: String,
    at: Timestamp,
    before: Option<Document>,
}

impl Replaced {
    fn size(&self) -> usize {
        self.before
            .as_ref()
            .map_or(0, |document| fields_size(&document.fields))
    }
}

impl Versions {
    /// Records a commit at `at`, the first after `last`: names, and documents as
    /// they were.
    pub(super) fn record(
        &mut self,
        database: &str,
        last: Timestamp,
        at: Timestamp,
        changes: Vec<(String, Option<Document>)>,
    ) {
        self.since.entry(database.to_owned()).or_insert(last);
        for (name, before) in changes {
            let replaced = Replaced { name, at, before };
            self.bytes += replaced.size();
            self.replaced.push_back(replaced);
        }
        while let Some(first) = self.replaced.front()
            && (self.replaced.len() > MAX_VERSIONS
                || self.bytes > MAX_BYTES
                || first.at < at - KEPT)
        {
            let (database, _) = first.name.split_once("/documents/").unwrap_or_default();
            if let Some(since) = self.since.get_mut(database) {
                *since = first.at.max(*since);
            }
            self.bytes -= first.size();
            self.replaced.pop_front();
        }
    }

    /// Forgets the versions of a database.
    pub(super) fn forget(&mut self, database: &str) {
        let prefix = format!("{database}/");
        self.replaced.retain(|one| !one.name.starts_with(&prefix));
        self.bytes = self.replaced.iter().map(Replaced::size).sum();
        self.since.remove(database);
    }

    /// The time from which on all versions of a database are there; `None` if it
    /// has had no commit yet.
    pub(super) fn since(&self, database: &str) -> Option<Timestamp> {
        self.since.get(database).copied()
    }

    /// The documents of a database that were different at a time, as they were.
    pub(super) fn past(
        &self,
        database: &str,
        time: Timestamp,
    ) -> BTreeMap<&str, Option<&Document>> {
        let prefix = format!("{database}/");
        let later = self.replaced.iter().rev();
        let later = later.filter(|one| one.at > time && one.name.starts_with(&prefix));
        // Of the versions that were replaced later, the oldest was there.
        later
            .map(|one| (one.name.as_str(), one.before.as_ref()))
            .collect()
    }
}
