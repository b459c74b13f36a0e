//! Time to live: documents whose field has a time in the past are deleted.

use super::{
    Firestore, field::Ttl, field_path::FieldPath, path::field_name, value::FieldValue, write::Write,
};
use crate::{Cloud, agenda::Event};
use names::{Duration, Timestamp};

/// From the time at which a document expires to its deletion. Google says: at
/// most a day, typically.
const DELAY: Duration = Duration::from_secs(3600);

/// The database and the collection group of a document.
fn group_of(name: &str) -> Option<(&str, &str)> {
    let (database, path) = name.split_once("/documents/")?;
    Some((database, path.rsplit('/').nth(1)?))
}

impl Firestore {
    /// The field whose times expire the documents of a collection group.
    pub(super) fn ttl(&self, database: &str, group: &str) -> Option<(FieldPath, Ttl)> {
        let prefix = field_name(database, group, "");
        let mut all = self.fields.with_prefix(&*prefix);
        all.find_map(|(name, set)| Some((FieldPath::parse(&name[prefix.len()..]).ok()?, set.ttl?)))
    }

    /// When a document expires, if it does.
    pub(super) fn expiry(&self, name: &str) -> Option<Timestamp> {
        let (database, group) = group_of(name)?;
        let (path, ttl) = self.ttl(database, group)?;
        if let FieldValue::Timestamp(at) = path.get(&self.documents.get(name)?.fields)? {
            Some(*at + ttl.offset)
        } else {
            None
        }
    }
}

/// Schedules the deletion of a document that expires then, `now` at the
/// earliest.
pub(super) fn schedule(cloud: &mut Cloud, name: &str, expiry: Timestamp, now: Timestamp) {
    let at = expiry.max(now) + DELAY;
    cloud.agenda.add(at, name, Event::ExpireDocument);
}

/// Schedules the deletion of all documents of a collection group that expire.
pub(super) fn schedule_all(cloud: &mut Cloud, database: &str, group: &str, now: Timestamp) {
    let store = &cloud.firestore;
    let documents = store
        .latest()
        .group(&format!("{database}/documents"), group);
    let expiries = documents
        .into_iter()
        .filter_map(|(name, _)| Some((name.to_owned(), store.expiry(name)?)));
    for (name, expiry) in expiries.collect::<Vec<_>>() {
        schedule(cloud, &name, expiry, now);
    }
}

/// Deletes a document, unless it does not expire any more, or later. What is
/// below it stays.
pub(crate) fn expire(cloud: &mut Cloud, name: &str, now: Timestamp) {
    let store = &mut cloud.firestore;
    let is_due = |expiry: Timestamp| expiry + DELAY <= now;
    if let (Some((database, _)), true) = (group_of(name), store.expiry(name).is_some_and(is_due)) {
        let delete = Write::delete(name, None);
        let deleted = store.commit(database, &[delete], now);
        debug_assert!(deleted.is_ok(), "a deletion needs nothing but a database");
    }
}
