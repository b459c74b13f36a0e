//! What a permission is good for, where data or identities are at stake.

use serde::Serialize;

/// What is shown apart from the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sensitivity {
    /// Reads what is stored.
    ReadsData,
    /// Decrypts with a key.
    Decrypts,
    /// Acts as another identity.
    Becomes,
    /// Changes who may do what.
    ChangesAccess,
}

/// Reads of stored data, by the services' own lists of permissions. What lists
/// names of objects reads those too.
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

const BECOMES: &[&str] = &[
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

/// Besides every `setIamPolicy`. A bucket's update can end uniform access and
/// public access prevention; a project that is moved inherits elsewhere.
const CHANGES: &[&str] = &[
    "iam.roles.undelete",
    "iam.roles.update",
    "orgpolicy.policies.update",
    "orgpolicy.policy.set",
    "resourcemanager.projects.move",
    "storage.buckets.update",
];

impl Sensitivity {
    /// What a permission is good for; `None` if it is harmless to data and
    /// identities by itself.
    #[must_use]
    pub fn of(permission: &str) -> Option<Self> {
        if permission.ends_with(".setIamPolicy") {
            return Some(Self::ChangesAccess);
        }
        let tables = [
            (READS, Self::ReadsData),
            (DECRYPTS, Self::Decrypts),
            (BECOMES, Self::Becomes),
            (CHANGES, Self::ChangesAccess),
        ];
        let found = tables.iter().find(|(table, _)| table.contains(&permission));
        found.map(|(_, power)| *power)
    }

    /// The power in words, for the end of a sentence.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::ReadsData => "reads data",
            Self::Decrypts => "decrypts",
            Self::Becomes => "becomes another",
            Self::ChangesAccess => "changes access",
        }
    }
}
