//! Keys.
//!
//! A key that has to go loses its rotation and its versions, which Google
//! destroys after a time of its own (30 days unless the key says otherwise);
//! only then it can be deleted.

use super::{Context, Deletion, api_of, done, mark_among};
use crate::{CompareRule, DesiredFields, Fault, Lifecycle, ObservedState, ResourceId, Value};
use gcp::{
    Client, Error,
    methods::kms::{self, CryptoKeyVersion},
};
use names::{CryptoKeyName, DeploymentName, Duration, Timestamp, label};
use serde_json::json;
use std::collections::BTreeMap;

/// A symmetric key that encrypts and decrypts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CryptoKey {
    /// Its name.
    pub name: CryptoKeyName,
    /// How often it gets a new version: at least a day.
    pub rotation: Duration,
    /// Its labels; the deployment's is added.
    pub labels: BTreeMap<String, String>,
}

/// A label of a retired key: its ring is groundcrew's as well. Rings have no
/// labels, and outlive the deployment record with their keys.
pub(crate) const RING_IS_OURS: (&str, &str) = ("groundcrew-ring", "made");

const PURPOSE: &str = "ENCRYPT_DECRYPT";

impl CryptoKey {
    pub(super) fn id(&self) -> ResourceId {
        ResourceId::Key(self.name.clone())
    }

    pub(super) fn needs(&self) -> Vec<ResourceId> {
        let ring = self.name.ring();
        let api = api_of(ring.project(), "cloudkms.googleapis.com");
        api.into_iter()
            .chain([ResourceId::Ring(ring.clone())])
            .collect()
    }

    fn labelled(&self, deployment: &DeploymentName) -> BTreeMap<String, String> {
        let mut labels = self.labels.clone();
        labels.insert(label::DEPLOYMENT.to_owned(), deployment.to_string());
        labels
    }

    pub(super) fn wanted(&self, deployment: Option<&DeploymentName>) -> DesiredFields {
        let mut wanted: DesiredFields = [
            ("purpose", (PURPOSE.into(), CompareRule::Fixed)),
            ("primary", ("ENABLED".into(), CompareRule::Exactly)),
        ]
        .into();
        if let Some(deployment) = deployment {
            let period = Value::Text(format!("{}s", self.rotation.as_secs()));
            let labels = Value::Map(self.labelled(deployment));
            wanted.insert("rotation", (period, CompareRule::Exactly));
            wanted.insert("labels", (labels, CompareRule::AtLeast));
        }
        wanted
    }

    fn rotation(&self, now: Timestamp) -> (Duration, Timestamp) {
        (self.rotation, now + self.rotation)
    }

    pub(super) async fn create(&self, site: Context<'_>) -> Result<Option<String>, Fault> {
        let (period, next) = self.rotation(site.client.clock().now());
        let body = json!({
            "purpose": PURPOSE,
            "labels": self.labelled(site.deployment),
            "rotationPeriod": format!("{}s", period.as_secs()),
            "nextRotationTime": next,
        });
        kms::create_key(site.client, &self.name, &body).await?;
        Ok(None)
    }

    pub(super) async fn change(&self, site: Context<'_>, ours: bool) -> Result<(), Fault> {
        let there = kms::get_key(site.client, &self.name).await?;
        if there
            .primary
            .is_none_or(|primary| primary.state != "ENABLED")
        {
            let version = kms::create_version(site.client, &self.name).await?;
            kms::update_primary(site.client, &self.name, &version.name).await?;
        }
        if ours {
            let mut labels = there.labels;
            labels.extend(self.labelled(site.deployment));
            let rotation = self.rotation(site.client.clock().now());
            kms::patch_key(site.client, &self.name, &labels, Some(rotation)).await?;
        }
        Ok(())
    }
}

pub(super) async fn observe(
    client: &Client,
    name: &CryptoKeyName,
) -> Result<Option<ObservedState>, Error> {
    let key = kms::get_key(client, name).await?;
    let state = key.primary.map(|primary| primary.state).unwrap_or_default();
    let life = match state.as_str() {
        "ENABLED" => Lifecycle::Active,
        _ => life(&kms::list_versions(client, name).await?),
    };
    Ok(Some(ObservedState {
        fields: [
            ("purpose", key.purpose.as_str().into()),
            ("primary", state.as_str().into()),
            ("rotation", key.rotation_period.as_str().into()),
            ("labels", Value::Map(key.labels.clone())),
        ]
        .into(),
        uid: None,
        ownership: mark_among(&key.labels),
        lifecycle: life,
    }))
}

/// Whether a key with these versions can still be used, is being destroyed, or
/// can be deleted.
fn life(versions: &[CryptoKeyVersion]) -> Lifecycle {
    let is = |state: &'static str| move |version: &&CryptoKeyVersion| version.state == state;
    let over = versions.iter().filter(is("DESTROYED")).count();
    let ending = versions.iter().filter(is("DESTROY_SCHEDULED"));
    match (ending.clone().count(), over) {
        (0, over) if over == versions.len() => Lifecycle::Destroyed,
        (ending_count, over) if ending_count + over == versions.len() => {
            Lifecycle::Destroying(ending.filter_map(|version| version.destroy_time).max())
        }
        _ => Lifecycle::Active,
    }
}

/// Retires a key, or deletes it once that is possible; `ring` says whether its
/// ring is to go as well, then or later.
pub(super) async fn delete(
    client: &Client,
    name: &CryptoKeyName,
    ring: bool,
) -> Result<Deletion, Fault> {
    let key = kms::get_key(client, name).await?;
    let mut labels = key.labels.clone();
    if ring {
        let (label, made) = RING_IS_OURS;
        labels.insert(label.to_owned(), made.to_owned());
    }
    if !key.rotation_period.is_empty() || labels != key.labels {
        kms::patch_key(client, name, &labels, None).await?;
    }
    let mut versions = kms::list_versions(client, name).await?;
    for version in &mut versions {
        if !matches!(version.state.as_str(), "DESTROYED" | "DESTROY_SCHEDULED") {
            *version = kms::destroy_version(client, &version.name).await?;
        }
    }
    match life(&versions) {
        Lifecycle::Destroying(until) => Ok(Deletion::Retained(until)),
        Lifecycle::Active | Lifecycle::SoftDeleted => Ok(Deletion::Retained(None)),
        Lifecycle::Destroyed => {
            for version in &versions {
                done(kms::delete_version(client, &version.name).await?)?;
            }
            done(kms::delete_key(client, name).await?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_lives_as_long_as_one_of_its_versions() {
        let version = |state: &str, destroy: Option<i64>| CryptoKeyVersion {
            name: String::new(),
            state: state.to_owned(),
            destroy_time: destroy.map(Timestamp::from_seconds),
        };
        let destroyed = || version("DESTROYED", None);
        let ending = |at| version("DESTROY_SCHEDULED", Some(at));
        let until = |at| Lifecycle::Destroying(Some(Timestamp::from_seconds(at)));
        for (versions, expected) in [
            (vec![], Lifecycle::Destroyed),
            (vec![destroyed()], Lifecycle::Destroyed),
            (vec![destroyed(), ending(5), ending(9), ending(7)], until(9)),
            (
                vec![ending(5), version("DISABLED", None)],
                Lifecycle::Active,
            ),
            (vec![version("ENABLED", None)], Lifecycle::Active),
        ] {
            assert_eq!(life(&versions), expected, "{versions:?}");
        }
    }
}
