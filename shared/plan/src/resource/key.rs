//! Keys.
//!
//! Before a key can be deleted, its rotation is stopped and its versions are
//! scheduled for destruction. Google destroys them after the key's destruction
//! period (30 days by default); only then can the key be deleted.

use super::{
    api::api_of,
    context::Context,
    mark::ownership_from_labels,
    operation::{Deletion, accepted},
};
use crate::{CompareRule, DesiredFields, Fault, FieldValue, Lifecycle, ObservedState, ResourceId};
use gcp::{
    Client, Error, Method, Request,
    methods::kms::{self, CryptoKeyVersion},
};
use names::{CryptoKeyName, DeploymentName, Duration, Timestamp, label};
use serde_json::json;
use std::collections::BTreeMap;

/// A symmetric key that encrypts and decrypts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CryptoKey {
    /// `projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}`.
    pub name: CryptoKeyName,
    /// Rotation period: at least one day.
    pub rotation: Duration,
    /// Its labels; the deployment's mark is added.
    pub labels: BTreeMap<String, String>,
}

/// A label on a key whose versions are being destroyed: groundcrew created the
/// key's ring, too. Rings have no labels, and outlive the deployment record
/// together with their keys.
pub(crate) const RING_LABEL: (&str, &str) = ("groundcrew-ring", "made");

const PURPOSE: &str = "ENCRYPT_DECRYPT";

impl CryptoKey {
    pub(super) fn id(&self) -> ResourceId {
        ResourceId::Key(self.name.clone())
    }

    pub(super) fn dependencies(&self) -> Vec<ResourceId> {
        let ring = self.name.ring();
        let api = api_of(ring.project(), "cloudkms.googleapis.com");
        api.into_iter()
            .chain([ResourceId::Ring(ring.clone())])
            .collect()
    }

    fn all_labels(&self, deployment: &DeploymentName) -> BTreeMap<String, String> {
        let mut labels = self.labels.clone();
        labels.insert(label::DEPLOYMENT.to_owned(), deployment.to_string());
        labels
    }

    pub(super) fn desired_fields(&self, deployment: Option<&DeploymentName>) -> DesiredFields {
        let mut fields: DesiredFields = [
            ("purpose", (PURPOSE.into(), CompareRule::Immutable)),
            ("primary", ("ENABLED".into(), CompareRule::Exactly)),
        ]
        .into();
        if let Some(deployment) = deployment {
            let period = FieldValue::Text(format!("{}s", self.rotation.as_secs()));
            let labels = FieldValue::Map(self.all_labels(deployment));
            fields.insert("rotation", (period, CompareRule::Exactly));
            fields.insert("labels", (labels, CompareRule::Contains));
        }
        fields
    }

    /// The rotation period, and when the key is rotated next.
    fn rotation(&self, now: Timestamp) -> (Duration, Timestamp) {
        (self.rotation, now + self.rotation)
    }

    pub(super) fn calls(&self) -> Vec<Request> {
        let on = |method: &'static Method| Request::new(method).path("name", &self.name);
        let under = |method: &'static Method| Request::new(method).path("parent", &self.name);
        vec![
            Request::new(&kms::KEYS_CREATE).path("parent", self.name.ring()),
            on(&kms::KEYS_GET),
            on(&kms::KEYS_PATCH),
            on(&kms::KEYS_UPDATE_PRIMARY),
            on(&kms::KEYS_DELETE),
            under(&kms::VERSIONS_CREATE),
            under(&kms::VERSIONS_LIST),
            on(&kms::VERSIONS_DESTROY),
            on(&kms::VERSIONS_DELETE),
        ]
    }

    pub(super) async fn create(&self, context: &Context<'_>) -> Result<Option<String>, Fault> {
        let (period, next) = self.rotation(context.client.clock().now());
        let body = json!({
            "purpose": PURPOSE,
            "labels": self.all_labels(context.deployment),
            "rotationPeriod": format!("{}s", period.as_secs()),
            "nextRotationTime": next,
        });
        kms::create_key(context.client, &self.name, &body).await?;
        Ok(None)
    }

    pub(super) async fn change(&self, context: &Context<'_>, ours: bool) -> Result<(), Fault> {
        let current = kms::get_key(context.client, &self.name).await?;
        if current
            .primary
            .is_none_or(|primary| primary.state != "ENABLED")
        {
            let version = kms::create_version(context.client, &self.name).await?;
            kms::update_primary(context.client, &self.name, &version.name).await?;
        }
        if ours {
            let mut labels = current.labels;
            labels.extend(self.all_labels(context.deployment));
            let rotation = self.rotation(context.client.clock().now());
            kms::patch_key(context.client, &self.name, &labels, Some(rotation)).await?;
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
    let lifecycle = match state.as_str() {
        "ENABLED" => Lifecycle::Active,
        _ => lifecycle_of(&kms::list_versions(client, name).await?),
    };
    Ok(Some(ObservedState {
        fields: [
            ("purpose", key.purpose.as_str().into()),
            ("primary", state.as_str().into()),
            ("rotation", key.rotation_period.as_str().into()),
            ("labels", FieldValue::Map(key.labels.clone())),
        ]
        .into(),
        uid: None,
        ownership: ownership_from_labels(&key.labels),
        lifecycle,
    }))
}

/// Whether a key with these versions can still be used, is being destroyed, or
/// can be deleted.
fn lifecycle_of(versions: &[CryptoKeyVersion]) -> Lifecycle {
    let is = |state: &'static str| move |version: &&CryptoKeyVersion| version.state == state;
    let destroyed = versions.iter().filter(is("DESTROYED")).count();
    let scheduled = versions.iter().filter(is("DESTROY_SCHEDULED"));
    match (scheduled.clone().count(), destroyed) {
        (0, destroyed) if destroyed == versions.len() => Lifecycle::Destroyed,
        (count, destroyed) if count + destroyed == versions.len() => {
            Lifecycle::Destroying(scheduled.filter_map(|version| version.destroy_time).max())
        }
        _ => Lifecycle::Active,
    }
}

/// Deletes a key if all its versions are destroyed; otherwise schedules them
/// for destruction, and marks the key if its ring is removed, too.
pub(super) async fn delete(context: &Context<'_>, name: &CryptoKeyName) -> Result<Deletion, Fault> {
    let client = context.client;
    let ring = ResourceId::Ring(name.ring().clone());
    let key = kms::get_key(client, name).await?;
    let mut labels = key.labels.clone();
    if context.removed.contains(&ring) {
        let (label, value) = RING_LABEL;
        labels.insert(label.to_owned(), value.to_owned());
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
    match lifecycle_of(&versions) {
        Lifecycle::Destroying(until) => Ok(Deletion::Retained(until)),
        Lifecycle::Active | Lifecycle::SoftDeleted => Ok(Deletion::Retained(None)),
        Lifecycle::Destroyed => {
            for version in &versions {
                accepted(kms::delete_version(client, &version.name).await?)?;
            }
            accepted(kms::delete_key(client, name).await?)
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
        let scheduled = |at| version("DESTROY_SCHEDULED", Some(at));
        let until = |at| Lifecycle::Destroying(Some(Timestamp::from_seconds(at)));
        for (versions, expected) in [
            (vec![], Lifecycle::Destroyed),
            (vec![destroyed()], Lifecycle::Destroyed),
            (
                vec![destroyed(), scheduled(5), scheduled(9), scheduled(7)],
                until(9),
            ),
            (
                vec![scheduled(5), version("DISABLED", None)],
                Lifecycle::Active,
            ),
            (vec![version("ENABLED", None)], Lifecycle::Active),
        ] {
            assert_eq!(lifecycle_of(&versions), expected, "{versions:?}");
        }
    }
}
