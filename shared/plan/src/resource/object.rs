//! Objects of the deployment's bucket that hold ciphertext.
//!
//! The object's metadata holds the SHA-256 of the plaintext, so that an
//! unchanged secret is not encrypted again, and the key version that decrypts it:
//! the object is of use only as long as that version is.

use super::{
    context::Context,
    kind::{Deletion, Kind},
    row::{Row, Sent, observed},
};
use crate::{
    CompareRule, DesiredFields, Fault, FieldValue, ObjectId, ObservedState, ResourceId, Secret,
    StepInput,
};
use gcp::{
    ApiPath, Client, Collection, Error, RefusalCause, Request,
    methods::{
        kms,
        storage::{self, Precondition},
    },
};
use names::{BucketName, CryptoKeyName, DeploymentId, ObjectName};
use serde_json::{Value, json};

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

/// The metadata with the name of the key version.
const VERSION: &str = "groundcrew-key-version";
const ENABLED: &str = "ENABLED";

/// `ENABLED` if the version that encrypted an object with this metadata can
/// decrypt it; otherwise what is wrong with it.
async fn version_state(client: &Client, metadata: &Value) -> Result<String, Error> {
    let text = |field: &str| metadata[field].as_str().unwrap_or_default();
    let Ok(key) = text("groundcrew-key").parse::<CryptoKeyName>() else {
        return Ok("it is not known which key encrypted it".to_owned());
    };
    let versions = match kms::list_versions(client, &key).await {
        Ok(versions) => versions,
        Err(error) if error.is_not_found() => return Ok(format!("{key} does not exist")),
        // The plan that enables the API is followed by another.
        Err(error) if error.cause() == Some(RefusalCause::ApiDisabled) => {
            return Ok(ENABLED.to_owned());
        }
        Err(error) => return Err(error),
    };
    let name = text(VERSION);
    let found = versions.iter().find(|version| version.name == name);
    Ok(match found {
        Some(version) if version.state == ENABLED => ENABLED.to_owned(),
        Some(version) => format!("{name} is {}", version.state),
        None if !name.is_empty() => format!("{name} does not exist"),
        // Written before the version was recorded.
        None if versions.iter().all(|version| version.state == ENABLED) => ENABLED.to_owned(),
        None => "it is not known which version encrypted it".to_owned(),
    })
}

/// What is wrong with an object whose version has this state, and how a version
/// is made usable again where that is possible.
fn undecryptable(state: &str) -> (String, String) {
    if state == ENABLED {
        return (
            "it was encrypted with another key, or for another place".to_owned(),
            String::new(),
        );
    }
    let command = |verbs: &[&str], version: &str| {
        let parts: Vec<&str> = version.split('/').collect();
        let [_, project, _, location, _, ring, _, key, _, number] = parts[..] else {
            return String::new();
        };
        let each = verbs.iter().map(|verb| {
            format!(
                "gcloud kms keys versions {verb} {number} --key={key} --keyring={ring} \
                 --location={location} --project={project}"
            )
        });
        let commands: Vec<String> = each.collect();
        format!("make it usable with `{}`, ", commands.join(" && "))
    };
    let repair = match state.split_once(" is ") {
        Some((version, "DISABLED")) => command(&["enable"], version),
        // A restored version is disabled.
        Some((version, "DESTROY_SCHEDULED")) => command(&["restore", "enable"], version),
        Some(_) | None => String::new(),
    };
    (state.to_owned(), repair)
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
        let encrypted = kms::encrypt(context.client, &self.key, content.expose(), aad).await?;
        let mut metadata = self.body(context.deployment, Sent::Created)["metadata"].take();
        metadata[VERSION] = encrypted.version.into();
        storage::insert_object_with_metadata(
            context.client,
            &self.bucket,
            &self.name,
            "application/octet-stream",
            &encrypted.bytes,
            &metadata,
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
        Row::new("key-version", "keyVersion", |_| json!(ENABLED))
            .needed()
            .unsent(),
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

    /// An object that is kept as it is must still be decryptable; someone else's
    /// is not judged.
    fn desired_fields(&self, deployment: Option<&DeploymentId>) -> DesiredFields {
        if self.content.is_none() && deployment.is_none() {
            return DesiredFields::new();
        }
        let mut fields = super::row::desired(Self::ROWS, self, deployment);
        if self.content.is_none() {
            fields.remove("sha256");
        }
        if deployment.is_none() {
            // Someone else's object is not overwritten.
            for (_, rule) in fields.values_mut() {
                *rule = CompareRule::Immutable;
            }
        }
        fields
    }

    fn unchangeable(&self, state: &ObservedState) -> Option<String> {
        if self.content.is_some() {
            return None;
        }
        let version = state
            .fields
            .get("key-version")
            .and_then(FieldValue::as_text);
        let (what, repair) = undecryptable(version.unwrap_or_default());
        Some(format!(
            "{what}: machines cannot decrypt it; {repair}give the secret again \
             (`--ssh-key FILE`), or remove it (`--no-ssh-key`)"
        ))
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
        let mut object: Value = client.json(&get).await?;
        object["keyVersion"] = json!(version_state(client, &object["metadata"]).await?);
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
