//! Resources of a kind: found, stored, removed.

use super::{kind::Kind, row::Row};
use crate::{Cloud, iam::Resource};
use names::Timestamp;
use serde_json::Value;

impl Kind {
    /// The resource with this name, as IAM knows it.
    pub(crate) fn resource(&'static self, name: impl Into<String>) -> Resource {
        Resource::new(self.facts().service, self.type_of(), name)
    }

    fn full_name(&'static self, name: &str) -> String {
        format!("//{}/{name}", self.facts().service)
    }

    /// The row of the resource with this name, unless it is deleted.
    pub(crate) fn row<'a>(&'static self, cloud: &'a Cloud, name: &str) -> Option<&'a Row> {
        let row = cloud.resources.rows.get(&self.full_name(name))?;
        row.expires.is_none().then_some(row)
    }

    /// The row, deleted or not.
    pub(crate) fn any_row<'a>(&'static self, cloud: &'a Cloud, name: &str) -> Option<&'a Row> {
        cloud.resources.rows.get(&self.full_name(name))
    }

    /// The row to be changed, deleted or not.
    pub(crate) fn row_mut<'a>(
        &'static self,
        cloud: &'a mut Cloud,
        name: &str,
    ) -> Option<&'a mut Row> {
        cloud.resources.rows.get_mut(&self.full_name(name))
    }

    /// The row of a new resource, which is not stored yet.
    pub(crate) fn new_row(&'static self, uid: String, now: Timestamp, body: Value) -> Row {
        Row {
            kind: self.type_of().to_owned(),
            uid,
            created: now,
            updated: now,
            ready: now,
            generation: 1,
            expires: None,
            body,
        }
    }

    /// Stores a row, and returns the one that it replaces.
    pub(crate) fn store(&'static self, cloud: &mut Cloud, name: &str, row: Row) -> Option<Row> {
        cloud.resources.rows.insert(self.full_name(name), row)
    }

    /// The resources of this kind whose names begin with `prefix`, deleted ones
    /// included, sorted by name.
    pub(crate) fn rows<'a>(
        &'static self,
        cloud: &'a Cloud,
        prefix: &str,
    ) -> impl Iterator<Item = (&'a str, &'a Row)> + use<'a> {
        let service = self.full_name("").len();
        let all = cloud.resources.rows.with_prefix(self.full_name(prefix));
        all.filter(|(_, row)| row.kind == self.type_of())
            .map(move |(key, row)| (&key[service..], row))
    }

    /// Gives a resource another name, with its policy.
    pub(super) fn rename(&'static self, cloud: &mut Cloud, from: &str, to: &str) {
        let (from, to) = (self.full_name(from), self.full_name(to));
        if let Some(row) = cloud.resources.rows.remove(&from) {
            cloud.resources.rows.insert(to.as_str(), row);
        }
        cloud.iam.move_policy(&from, &to);
    }

    /// Whether a resource has no others inside.
    pub(crate) fn is_empty(&'static self, cloud: &Cloud, name: &str) -> bool {
        let inside = format!("{}/", self.full_name(name));
        cloud.resources.rows.with_prefix(inside).next().is_none()
    }

    /// Removes a resource, everything inside it, and their policies.
    pub(crate) fn remove(&'static self, cloud: &mut Cloud, name: &str) {
        expire(cloud, &self.full_name(name));
    }
}

/// Removes the resource with this full name, everything inside it, and their
/// policies.
pub(crate) fn expire(cloud: &mut Cloud, full_name: &str) {
    let inside = cloud.resources.rows.with_prefix(format!("{full_name}/"));
    let mut keys: Vec<String> = inside.map(|(key, _)| key.clone()).collect();
    keys.push(full_name.to_owned());
    for key in keys {
        cloud.resources.rows.remove(&key);
        cloud.agenda.cancel(&key);
        cloud.iam.forget(&key);
    }
}
