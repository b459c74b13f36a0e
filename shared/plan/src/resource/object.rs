//! Objects of the deployment's bucket that hold ciphertext.
//!
//! The object's metadata holds the SHA-256 of the plaintext, so that an
//! unchanged secret is not encrypted again.

use super::{
    context::Context,
    kind::{Deletion, Kind},
    row::{Row, Sent, observed},
};
use crate::{
    CompareRule, DesiredFields, Fault, ObjectId, ObservedState, ResourceId, Secret, StepInput,
};
use gcp::{
    ApiPath, Client, Collection, Error, Request,
    methods::{
        kms,
        storage::{self, Precondition},
    },
};
use names::{BucketName, CryptoKeyName, DeploymentId, ObjectName};
use serde_json::json;

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

impl ApiPath for ObjectId {
    fn path(&self) -> String {
        format!("b/{}/o/{}", self.bucket, self.name)
    }
}

impl Object {
    async fn write(&self, context: &Context<'_>, condition: Precondition) -> Result<(), Fault> {
        let Some(content) = &self.content else {
            return Err(Fault::Refused(
                "the manifest has no content for the object".to_owned(),
            ));
        };
        let aad = self.aad.as_bytes();
        let ciphertext = kms::encrypt(context.client, &self.key, content.expose(), aad).await?;
        storage::insert_object_with_metadata(
            context.client,
            &self.bucket,
            &self.name,
            "application/octet-stream",
            &ciphertext,
            &self.body(context.deployment, Sent::Created)["metadata"],
            condition,
        )
        .await?;
        Ok(())
    }
}

/// Objects have no standard methods: a write is an upload.
impl Kind for Object {
    type Name = ObjectId;

    const COLLECTION: &'static Collection = &Collection::EMPTY;
    /// Metadata: the plaintext's SHA-256, and how it was encrypted.
    const ROWS: &'static [Row<Self>] = &[
        Row::new("metadata", "metadata", |_| json!({}))
            .mark()
            .only_created(),
        Row::new("sha256", "metadata.groundcrew-sha256", |o: &Self| {
            json!(o.content.as_ref().map(Secret::sha256))
        })
        .needed(),
        Row::new("key", "metadata.groundcrew-key", |o: &Self| json!(o.key)).needed(),
        Row::new("aad", "metadata.groundcrew-aad", |o: &Self| json!(o.aad)).needed(),
    ];

    fn name(&self) -> ObjectId {
        ObjectId {
            bucket: self.bucket.clone(),
            name: self.name.clone(),
        }
    }

    fn dependencies(&self) -> Vec<ResourceId> {
        vec![
            ResourceId::Bucket(self.bucket.clone()),
            ResourceId::Key(self.key.clone()),
        ]
    }

    fn may_be_absent(&self) -> bool {
        self.content.is_none()
    }

    fn desired_fields(&self, deployment: Option<&DeploymentId>) -> DesiredFields {
        if self.content.is_none() {
            return DesiredFields::new();
        }
        let mut fields = super::row::desired(Self::ROWS, self, deployment);
        if deployment.is_none() {
            // Someone else's object is not overwritten.
            for (_, rule) in fields.values_mut() {
                *rule = CompareRule::Immutable;
            }
        }
        fields
    }

    fn calls(&self) -> Vec<Request> {
        let path = self.name().path();
        let methods = [&storage::OBJECTS_GET, &storage::OBJECTS_DELETE];
        let mut calls: Vec<Request> = methods.map(|method| Request::on(method, &path)).into();
        // An object that is kept as it is, is not written.
        if self.content.is_some() {
            calls.extend([
                // An existing object may be overwritten.
                Request::new(&storage::OBJECTS_INSERT)
                    .path("bucket", &self.bucket)
                    .query("name", &self.name)
                    .query("ifGenerationMatch", 1),
                Request::on(&kms::KEYS_ENCRYPT, &self.key.path()),
            ]);
        }
        calls
    }

    async fn create(&self, context: &Context<'_>, _: &StepInput) -> Result<Option<String>, Fault> {
        self.write(context, Precondition::Absent).await?;
        Ok(None)
    }

    async fn change(&self, context: &Context<'_>, _: &StepInput, _: Sent) -> Result<(), Fault> {
        let current = storage::get_object(context.client, &self.bucket, &self.name).await?;
        let unchanged = Precondition::Generation(current.generation);
        self.write(context, unchanged).await
    }

    async fn observe(client: &Client, id: &ObjectId) -> Result<Option<ObservedState>, Error> {
        let get = Request::on(&storage::OBJECTS_GET, &id.path());
        let object = client.json(&get).await?;
        Ok(Some(observed(Self::ROWS, Self::UID, &object)))
    }

    async fn delete(
        context: &Context<'_>,
        id: &ObjectId,
        _: &StepInput,
    ) -> Result<Deletion, Fault> {
        let current = storage::get_object(context.client, &id.bucket, &id.name).await?;
        // With a precondition, the call may be retried when its answer is lost.
        let unchanged = Precondition::Generation(current.generation);
        storage::delete_object(context.client, &id.bucket, &id.name, unchanged).await?;
        Ok(Deletion::Done)
    }
}
