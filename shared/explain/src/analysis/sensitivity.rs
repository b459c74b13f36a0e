//! Which permissions give access to data or identities, or change access.

use serde::Serialize;

/// What a sensitive permission allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sensitivity {
    /// Reads stored data.
    ReadsData,
    /// Decrypts with a key.
    Decrypts,
    /// Acts as another identity.
    Impersonates,
    /// Changes policies, roles or other access settings.
    ChangesAccess,
}

/// From the services' lists of permissions. Listing objects counts as reading:
/// names can be confidential.
const READS: &[&str] = &[
    "artifactregistry.repositories.downloadArtifacts",
    "bigquery.tables.export",
    "bigquery.tables.getData",
    "compute.disks.createSnapshot",
    "compute.disks.use",
    "compute.disks.useReadOnly",
    "compute.images.useReadOnly",
    "compute.instances.getScreenshot",
    "compute.instances.getSerialPortOutput",
    "compute.snapshots.useReadOnly",
    "datastore.entities.get",
    "datastore.entities.list",
    "logging.logEntries.download",
    "logging.logEntries.list",
    "pubsub.subscriptions.consume",
    "pubsub.topics.attachSubscription",
    "secretmanager.versions.access",
    "spanner.databases.read",
    "storage.objects.get",
    "storage.objects.list",
];

const DECRYPTS: &[&str] = &[
    "cloudkms.cryptoKeyVersions.useToDecapsulate",
    "cloudkms.cryptoKeyVersions.useToDecrypt",
    "cloudkms.cryptoKeyVersions.useToDecryptViaDelegation",
];

const IMPERSONATES: &[&str] = &[
    "compute.instances.osAdminLogin",
    "compute.instances.osLogin",
    "compute.instances.setMetadata",
    "compute.projects.setCommonInstanceMetadata",
    "iam.serviceAccountKeys.create",
    "iam.serviceAccounts.actAs",
    "iam.serviceAccounts.getAccessToken",
    "iam.serviceAccounts.getOpenIdToken",
    "iam.serviceAccounts.implicitDelegation",
    "iam.serviceAccounts.signBlob",
    "iam.serviceAccounts.signJwt",
];

/// In addition to every `setIamPolicy`. Updating a bucket can turn off uniform
/// bucket-level access and public access prevention; a project that is moved
/// inherits other policies.
const CHANGES: &[&str] = &[
    "iam.roles.undelete",
    "iam.roles.update",
    "orgpolicy.policies.update",
    "orgpolicy.policy.set",
    "resourcemanager.projects.move",
    "storage.buckets.update",
];

impl Sensitivity {
    /// The sensitivity of a permission; `None` if it affects neither data nor
    /// identities by itself.
    #[must_use]
    pub fn of(permission: &str) -> Option<Self> {
        if permission.ends_with(".setIamPolicy") {
            return Some(Self::ChangesAccess);
        }
        let tables = [
            (READS, Self::ReadsData),
            (DECRYPTS, Self::Decrypts),
            (IMPERSONATES, Self::Impersonates),
            (CHANGES, Self::ChangesAccess),
        ];
        let found = tables.iter().find(|(table, _)| table.contains(&permission));
        found.map(|(_, sensitivity)| *sensitivity)
    }

    /// A verb phrase for a sentence whose subject is the principal.
    #[must_use]
    pub fn verb(self) -> &'static str {
        match self {
            Self::ReadsData => "reads data",
            Self::Decrypts => "decrypts",
            Self::Impersonates => "acts as another identity",
            Self::ChangesAccess => "changes access",
        }
    }
}
