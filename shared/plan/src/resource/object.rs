//! Objects of the deployment's bucket that hold ciphertext.
//!
//! What an object's plaintext was is known by its SHA-256 in the object's
//! metadata, so that the same secret is not encrypted again.

use super::{Context, Deletion, mark_among};
use crate::{
    CompareRule, DesiredFields, Fault, Lifecycle, ObservedState, ResourceId, Secret, Value,
};
use gcp::{
    Client, Error,
    methods::{
        kms,
        storage::{self, Precondition},
    },
};
use names::{BucketName, CryptoKeyName, DeploymentName, ObjectName, label};
use std::collections::BTreeMap;

/// An object whose content is encrypted by Cloud KMS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The bucket that it lies in.
    pub bucket: BucketName,
    /// Its name there.
    pub name: ObjectName,
    /// What encrypts it.
    pub key: CryptoKeyName,
    /// What the ciphertext is bound to: whoever decrypts must say the same.
    pub aad: String,
    /// What it holds, in plain. Without it the object is kept as it is, if it
    /// is there.
    pub content: Option<Secret>,
}

/// Metadata of the object: its plaintext's SHA-256, and how it was encrypted.
const SHA256: &str = "groundcrew-sha256";
const KEY: &str = "groundcrew-key";
const AAD: &str = "groundcrew-aad";

impl Object {
    pub(super) fn id(&self) -> ResourceId {
        ResourceId::Object(self.bucket.clone(), self.name.clone())
    }

    pub(super) fn needs(&self) -> Vec<ResourceId> {
        vec![
            ResourceId::Bucket(self.bucket.clone()),
            ResourceId::Key(self.key.clone()),
        ]
    }

    pub(super) fn wanted(&self, deployment: Option<&DeploymentName>) -> DesiredFields {
        let Some(content) = &self.content else {
            return DesiredFields::new();
        };
        // Somebody else's object is not written over.
        let rule = match deployment {
            Some(_) => CompareRule::Exactly,
            None => CompareRule::Fixed,
        };
        [
            ("sha256", (content.sha256().into(), rule)),
            ("key", (Value::Text(self.key.to_string()), rule)),
            ("aad", (self.aad.as_str().into(), rule)),
        ]
        .into()
    }

    pub(super) async fn create(&self, site: Context<'_>) -> Result<Option<String>, Fault> {
        self.write(site, Precondition::Absent).await?;
        Ok(None)
    }

    pub(super) async fn change(&self, site: Context<'_>) -> Result<(), Fault> {
        let there = storage::get_object(site.client, &self.bucket, &self.name).await?;
        let same = Precondition::Generation(there.generation);
        self.write(site, same).await
    }

    async fn write(&self, site: Context<'_>, condition: Precondition) -> Result<(), Fault> {
        let Some(content) = &self.content else {
            return Err(Fault::Refused("there is nothing to write".to_owned()));
        };
        let aad = self.aad.as_bytes();
        let sealed = kms::encrypt(site.client, &self.key, content.expose(), aad).await?;
        let metadata: BTreeMap<String, String> = [
            (label::DEPLOYMENT, site.deployment.to_string()),
            (SHA256, content.sha256().to_owned()),
            (KEY, self.key.to_string()),
            (AAD, self.aad.clone()),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .into();
        storage::insert_object_with_metadata(
            site.client,
            &self.bucket,
            &self.name,
            "application/octet-stream",
            &sealed,
            &metadata,
            condition,
        )
        .await?;
        Ok(())
    }
}

pub(super) async fn observe(
    client: &Client,
    bucket: &BucketName,
    name: &ObjectName,
) -> Result<Option<ObservedState>, Error> {
    let object = storage::get_object(client, bucket, name).await?;
    let text = |key: &str| {
        let value = object.metadata.get(key).map_or("", String::as_str);
        Value::from(value)
    };
    Ok(Some(ObservedState {
        fields: [
            ("sha256", text(SHA256)),
            ("key", text(KEY)),
            ("aad", text(AAD)),
        ]
        .into(),
        uid: None,
        ownership: mark_among(&object.metadata),
        lifecycle: Lifecycle::Active,
    }))
}

pub(super) async fn delete(
    client: &Client,
    bucket: &BucketName,
    name: &ObjectName,
) -> Result<Deletion, Fault> {
    let there = storage::get_object(client, bucket, name).await?;
    // Fenced, so that it may be sent again when the answer is lost.
    let same = Precondition::Generation(there.generation);
    storage::delete_object(client, bucket, name, same).await?;
    Ok(Deletion::Done)
}
