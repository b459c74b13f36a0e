//! Time-driven changes of keys: rotation, and destruction of versions.

use super::{
    store::Kms,
    version::{State, Version, version_name},
};
use crate::Cloud;
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_STANDARD};
use names::{Duration, Timestamp};

impl Kms {
    /// Creates the next version of a key and returns its number.
    ///
    /// # Panics
    /// If the key does not exist.
    pub(super) fn add_version(&mut self, key: &str, now: Timestamp) -> u32 {
        let row = self.keys.get_mut(key).expect("the caller looked it up");
        row.last += 1;
        let number = row.last;
        let name = version_name(key, number);
        let material = digest(&SHA256, format!("{name}\n{now}").as_bytes());
        let version = Version {
            state: State::Enabled,
            created: now,
            destroy: None,
            material: BASE64_STANDARD.encode(material),
            encryptions: 0,
        };
        self.versions.insert(name, version);
        number
    }

    /// Creates the next version of a key and makes it the primary.
    pub(super) fn rotate(&mut self, key: &str, now: Timestamp) {
        let number = self.add_version(key, now);
        if let Some(row) = self.keys.get_mut(key) {
            row.primary = Some(number);
        }
    }

    /// When the next rotation or destruction is due.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let rotations = self.keys.iter().filter_map(|(_, key)| key.next_rotation);
        let scheduled = self
            .versions
            .iter()
            .filter(|(_, version)| version.state == State::DestroyScheduled);
        rotations
            .chain(scheduled.filter_map(|(_, version)| version.destroy))
            .min()
    }

    fn destroy(&mut self, now: Timestamp) {
        let due = |version: &Version| {
            version.state == State::DestroyScheduled && version.destroy.is_some_and(|at| at <= now)
        };
        let all = self.versions.iter().filter(|(_, version)| due(version));
        let names: Vec<String> = all.map(|(name, _)| name.clone()).collect();
        for version in names {
            if let Some(version) = self.versions.get_mut(&version) {
                version.state = State::Destroyed;
                version.material.clear();
            }
        }
    }

    /// Rotates each key as often as it was due. That a key without a period
    /// rotates once is unverified.
    fn rotate_due(&mut self, now: Timestamp) {
        let all = self.keys.iter();
        let due = all.filter(|(_, key)| key.next_rotation.is_some_and(|at| at <= now));
        let names: Vec<String> = due.map(|(name, _)| name.clone()).collect();
        for name in names {
            while let Some(key) = self.keys.get_mut(&name)
                && let Some(at) = key.next_rotation.filter(|at| *at <= now)
            {
                let period = key.rotation_period.filter(|p| *p > Duration::ZERO);
                key.next_rotation = period.map(|period| at + period);
                self.rotate(&name, at);
            }
        }
    }
}

pub(crate) fn advance(cloud: &mut Cloud, now: Timestamp) {
    cloud.kms.rotate_due(now);
    cloud.kms.destroy(now);
}
