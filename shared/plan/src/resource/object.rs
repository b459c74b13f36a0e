//! Objects of the deployment's bucket that hold ciphertext.
//!
//! The object's metadata holds the SHA-256 of the plaintext, so that an
//! unchanged secret is not encrypted again.

use super::{context::Context, mark::ownership_from_labels, operation::Deletion};
use crate::{
    CompareRule, DesiredFields, Fault, FieldValue, Lifecycle, ObservedState, ResourceId, Secret,
};
use gcp::{
    Client, Error, Method, Request,
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
    /// The bucket that contains it.
    pub bucket: BucketName,
    /// Its name in the bucket.
    pub name: ObjectName,
    /// The Cloud KMS key that encrypts it.
    pub key: CryptoKeyName,
    /// Additional authenticated data: decryption needs the same value.
    pub aad: String,
    /// The plaintext. Without it, an existing object is kept as it is.
    pub content: Option<Secret>,
}

/// Metadata keys: the plaintext's SHA-256, and how it was encrypted.
const SHA256: &str = "groundcrew-sha256";
const KEY: &str = "groundcrew-key";
const AAD: &str = "groundcrew-aad";

impl Object {
    pub(super) fn id(&self) -> ResourceId {
        ResourceId::Object(self.bucket.clone(), self.name.clone())
    }

    pub(super) fn dependencies(&self) -> Vec<ResourceId> {
        vec![
            ResourceId::Bucket(self.bucket.clone()),
            ResourceId::Key(self.key.clone()),
        ]
    }

    pub(super) fn desired_fields(&self, deployment: Option<&DeploymentName>) -> DesiredFields {
        let Some(content) = &self.content else {
            return DesiredFields::new();
        };
        // Someone else's object is not overwritten.
        let rule = match deployment {
            Some(_) => CompareRule::Exactly,
            None => CompareRule::Immutable,
        };
        [
            ("sha256", (content.sha256().into(), rule)),
            ("key", (FieldValue::Text(self.key.to_string()), rule)),
            ("aad", (self.aad.as_str().into(), rule)),
        ]
        .into()
    }

    pub(super) fn calls(&self) -> Vec<Request> {
        let on = |method: &'static Method| Request::new(method).path("bucket", &self.bucket);
        let mut calls = vec![
            on(&storage::OBJECTS_GET).path("object", &self.name),
            on(&storage::OBJECTS_DELETE).path("object", &self.name),
        ];
        // An object that is kept as it is, is not written.
        if self.content.is_some() {
            calls.extend([
                // An existing object may be overwritten.
                on(&storage::OBJECTS_INSERT)
                    .query("name", &self.name)
                    .query("ifGenerationMatch", 1),
                Request::new(&kms::KEYS_ENCRYPT).path("name", &self.key),
            ]);
        }
        calls
    }

    pub(super) async fn create(&self, context: &Context<'_>) -> Result<Option<String>, Fault> {
        self.write(context, Precondition::Absent).await?;
        Ok(None)
    }

    pub(super) async fn change(&self, context: &Context<'_>) -> Result<(), Fault> {
        let current = storage::get_object(context.client, &self.bucket, &self.name).await?;
        let unchanged = Precondition::Generation(current.generation);
        self.write(context, unchanged).await
    }

    async fn write(&self, context: &Context<'_>, condition: Precondition) -> Result<(), Fault> {
        let Some(content) = &self.content else {
            return Err(Fault::Refused(
                "the manifest has no content for the object".to_owned(),
            ));
        };
        let aad = self.aad.as_bytes();
        let ciphertext = kms::encrypt(context.client, &self.key, content.expose(), aad).await?;
        let metadata: BTreeMap<String, String> = [
            (label::DEPLOYMENT, context.deployment.to_string()),
            (SHA256, content.sha256().to_owned()),
            (KEY, self.key.to_string()),
            (AAD, self.aad.clone()),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .into();
        storage::insert_object_with_metadata(
            context.client,
            &self.bucket,
            &self.name,
            "application/octet-stream",
            &ciphertext,
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
        FieldValue::from(value)
    };
    Ok(Some(ObservedState {
        fields: [
            ("sha256", text(SHA256)),
            ("key", text(KEY)),
            ("aad", text(AAD)),
        ]
        .into(),
        uid: None,
        ownership: ownership_from_labels(&object.metadata),
        lifecycle: Lifecycle::Active,
    }))
}

pub(super) async fn delete(
    client: &Client,
    bucket: &BucketName,
    name: &ObjectName,
) -> Result<Deletion, Fault> {
    let current = storage::get_object(client, bucket, name).await?;
    // With a precondition, the call may be retried when its answer is lost.
    let unchanged = Precondition::Generation(current.generation);
    storage::delete_object(client, bucket, name, unchanged).await?;
    Ok(Deletion::Done)
}
