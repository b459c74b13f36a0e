//! Keys.
//!
//! Before a key can be deleted, its rotation is stopped and its versions are
//! scheduled for destruction. Google destroys them after the key's destruction
//! period (30 days by default); only then can the key be deleted.

use super::{
    api::api_of,
    context::Context,
    kind::{Deletion, Kind, Retention, finish, keep_labels},
    row::{Row, Sent, observed},
};
use crate::{Fault, Lifecycle, ObservedState, ResourceId, StepInput};
use gcp::{
    Answer, ApiPath, Client, Collection, Error, Method, Request,
    methods::kms::{self, CryptoKeyVersion, KEYS},
};
use names::{CryptoKeyName, Duration};
use serde_json::{Value, json};
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

impl CryptoKey {
    /// The fields, and when the key is rotated next.
    fn fields(&self, context: &Context<'_>, sent: Sent) -> Value {
        let mut fields = self.body(context.deployment, sent);
        fields["nextRotationTime"] = json!(context.client.clock().now() + self.rotation);
        fields
    }
}

impl Kind for CryptoKey {
    type Name = CryptoKeyName;

    const COLLECTION: &'static Collection = &KEYS;
    const ROWS: &'static [Row<Self>] = &[
        Row::new("purpose", "purpose", |_| json!("ENCRYPT_DECRYPT"))
            .immutable()
            .needed(),
        Row::new("primary", "primary.state", |_| json!("ENABLED"))
            .needed()
            .unsent(),
        Row::new("rotation", "rotationPeriod", |k: &Self| {
            json!(format!("{}s", k.rotation.as_secs()))
        }),
        Row::labels("labels", |k: &Self| json!(k.labels)),
    ];

    fn name(&self) -> CryptoKeyName {
        self.name.clone()
    }

    fn dependencies(&self) -> Vec<ResourceId> {
        let ring = self.name.ring();
        let [api] = api_of(ring.project(), "cloudkms.googleapis.com");
        vec![api, ResourceId::Ring(ring.clone())]
    }

    fn container(name: &CryptoKeyName) -> Option<ResourceId> {
        Some(ResourceId::Ring(name.ring().clone()))
    }

    fn retention(lifecycle: Lifecycle) -> Option<Retention> {
        match lifecycle {
            Lifecycle::Active => Some(Retention {
                reason: "it can be deleted when Google has destroyed its versions",
                until: None,
                needs_call: true,
            }),
            Lifecycle::Destroying(until) => Some(Retention {
                reason: "its versions are being destroyed",
                until,
                needs_call: false,
            }),
            Lifecycle::SoftDeleted | Lifecycle::Destroyed | Lifecycle::Hidden => None,
        }
    }

    fn more_calls(&self) -> Vec<Request> {
        let on = |method: &'static Method| Request::on(method, &self.name.path());
        [
            &kms::KEYS_UPDATE_PRIMARY,
            &kms::VERSIONS_CREATE,
            &kms::VERSIONS_LIST,
            &kms::VERSIONS_DESTROY,
            &kms::VERSIONS_DELETE,
        ]
        .map(on)
        .into()
    }

    async fn create(&self, context: &Context<'_>, _: &StepInput) -> Result<Option<String>, Fault> {
        let creation = self.creation(self.fields(context, Sent::Created));
        let created = context.client.answer(&creation).await?;
        finish::<Self>(context.client, &self.name, created).await
    }

    async fn change(&self, context: &Context<'_>, _: &StepInput, sent: Sent) -> Result<(), Fault> {
        let client = context.client;
        let current = client.get(&self.name).await?;
        let primary = current.primary.as_ref();
        if primary.is_none_or(|primary| primary.state != "ENABLED") {
            let version = kms::create_version(client, &self.name).await?;
            kms::update_primary(client, &self.name, &version.name).await?;
        }
        if sent != Sent::Adopted {
            let mut fields = self.fields(context, sent);
            keep_labels(&json!({ "labels": current.labels }), &mut fields);
            client.patch(&self.name, fields).await?;
        }
        Ok(())
    }

    async fn observe(
        client: &Client,
        name: &CryptoKeyName,
    ) -> Result<Option<ObservedState>, Error> {
        let key: Value = client.json(&KEYS.get(&name.path())).await?;
        let lifecycle = match key["primary"]["state"].as_str() {
            Some("ENABLED") => Lifecycle::Active,
            Some(_) | None => lifecycle_of(&kms::list_versions(client, name).await?),
        };
        Ok(Some(ObservedState {
            lifecycle,
            ..observed(Self::ROWS, Self::UID, &key)
        }))
    }

    /// Deletes a key if all its versions are destroyed; otherwise schedules them
    /// for destruction, and marks the key if its ring is removed, too.
    async fn delete(
        context: &Context<'_>,
        name: &CryptoKeyName,
        input: &StepInput,
    ) -> Result<Deletion, Fault> {
        let client = context.client;
        let key = client.get(name).await?;
        let mut labels = key.labels.clone();
        if input.removed_container.is_some() {
            let (label, value) = RING_LABEL;
            labels.insert(label.to_owned(), value.to_owned());
        }
        if !key.rotation_period.is_empty() || labels != key.labels {
            let fields = json!({
                "labels": labels, "rotationPeriod": null, "nextRotationTime": null,
            });
            client.patch(name, fields).await?;
        }
        let mut versions = kms::list_versions(client, name).await?;
        for version in &mut versions {
            if !matches!(version.state.as_str(), "DESTROYED" | "DESTROY_SCHEDULED") {
                *version = kms::destroy_version(client, &version.name).await?;
            }
        }
        match lifecycle_of(&versions) {
            Lifecycle::Destroying(until) => Ok(Deletion::Retained(until)),
            Lifecycle::Active | Lifecycle::SoftDeleted | Lifecycle::Hidden => {
                Ok(Deletion::Retained(None))
            }
            Lifecycle::Destroyed => {
                for version in &versions {
                    let deleted = kms::delete_version(client, &version.name).await?;
                    finish::<Self>(client, name, Answer::Operation(deleted)).await?;
                }
                finish::<Self>(client, name, client.delete(name).await?).await?;
                Ok(Deletion::Done)
            }
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use names::Timestamp;

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
