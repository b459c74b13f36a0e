//! Resource ids.

use names::{
    BillingAccountName, BucketName, CryptoKeyName, CustomRoleName, FolderName, InvalidName,
    KeyRingName, ManagedFolderName, NetworkName, ObjectName, ProjectId, ServiceAccountEmail,
    ServiceName, SubnetworkName, TopicName,
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The kind and name of a resource; as text `role projects/p/roles/r`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ResourceId {
    /// An API of a project.
    Api(ServiceName),
    /// A custom role.
    Role(CustomRoleName),
    /// A service account.
    Account(ServiceAccountEmail),
    /// A key ring.
    Ring(KeyRingName),
    /// A key.
    Key(CryptoKeyName),
    /// A bucket.
    Bucket(BucketName),
    /// A managed folder of a bucket.
    Folder(ManagedFolderName),
    /// An object in a bucket.
    Object(BucketName, ObjectName),
    /// A network.
    Network(NetworkName),
    /// A subnetwork.
    Subnetwork(SubnetworkName),
    /// The IAM policy of a resource.
    Policy(PolicyTarget),
}

/// The resource that an IAM policy belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum PolicyTarget {
    /// A project.
    Project(ProjectId),
    /// A service account.
    Account(ServiceAccountEmail),
    /// A key.
    Key(CryptoKeyName),
    /// A bucket.
    Bucket(BucketName),
    /// A managed folder.
    Folder(ManagedFolderName),
    /// A topic.
    Topic(TopicName),
    /// A folder in the resource hierarchy.
    ResourceFolder(FolderName),
    /// A billing account.
    BillingAccount(BillingAccountName),
}

impl ResourceId {
    /// The API's name, if it is an API.
    #[must_use]
    pub fn api(&self) -> Option<&ServiceName> {
        match self {
            Self::Api(name) => Some(name),
            Self::Role(_)
            | Self::Account(_)
            | Self::Ring(_)
            | Self::Key(_)
            | Self::Bucket(_)
            | Self::Folder(_)
            | Self::Object(..)
            | Self::Network(_)
            | Self::Subnetwork(_)
            | Self::Policy(_) => None,
        }
    }
}

impl PolicyTarget {
    /// The resource, if its kind can be part of a plan.
    #[must_use]
    pub fn resource(&self) -> Option<ResourceId> {
        match self {
            Self::Project(_)
            | Self::Topic(_)
            | Self::ResourceFolder(_)
            | Self::BillingAccount(_) => None,
            Self::Account(email) => Some(ResourceId::Account(email.clone())),
            Self::Key(key) => Some(ResourceId::Key(key.clone())),
            Self::Bucket(bucket) => Some(ResourceId::Bucket(bucket.clone())),
            Self::Folder(name) => Some(ResourceId::Folder(name.clone())),
        }
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api(name) => write!(f, "api {name}"),
            Self::Role(name) => write!(f, "role {name}"),
            Self::Account(email) => write!(f, "account {email}"),
            Self::Ring(name) => write!(f, "key-ring {name}"),
            Self::Key(name) => write!(f, "key {name}"),
            Self::Bucket(name) => write!(f, "bucket {name}"),
            Self::Folder(name) => write!(f, "folder {name}"),
            Self::Object(bucket, name) => write!(f, "object {bucket}/{name}"),
            Self::Network(name) => write!(f, "network {name}"),
            Self::Subnetwork(name) => write!(f, "subnetwork {name}"),
            Self::Policy(target) => write!(f, "policy of {target}"),
        }
    }
}

impl fmt::Display for PolicyTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, self.resource()) {
            (Self::Project(id), _) => write!(f, "project {id}"),
            (Self::Topic(name), _) => write!(f, "topic {name}"),
            (Self::ResourceFolder(name), _) => write!(f, "resource-folder {name}"),
            (Self::BillingAccount(name), _) => write!(f, "billing-account {name}"),
            (_, Some(id)) => id.fmt(f),
            (_, None) => Ok(()),
        }
    }
}

fn invalid(text: &str) -> InvalidName {
    InvalidName {
        kind: "resource",
        value: text.chars().take(80).collect(),
        rule: "a kind, a space and a name",
    }
}

impl FromStr for ResourceId {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let (kind, name) = text.split_once(' ').ok_or_else(|| invalid(text))?;
        match kind {
            "api" => name.parse().map(Self::Api),
            "role" => name.parse().map(Self::Role),
            "account" => name.parse().map(Self::Account),
            "key-ring" => name.parse().map(Self::Ring),
            "key" => name.parse().map(Self::Key),
            "bucket" => name.parse().map(Self::Bucket),
            "folder" => name.parse().map(Self::Folder),
            "object" => {
                let (bucket, name) = name.split_once('/').ok_or_else(|| invalid(text))?;
                Ok(Self::Object(bucket.parse()?, name.parse()?))
            }
            "network" => name.parse().map(Self::Network),
            "subnetwork" => name.parse().map(Self::Subnetwork),
            "policy" => {
                let target = name.strip_prefix("of ").ok_or_else(|| invalid(text))?;
                target.parse().map(Self::Policy)
            }
            _ => Err(invalid(text)),
        }
    }
}

impl FromStr for PolicyTarget {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        match text.split_once(' ') {
            Some(("project", id)) => return id.parse().map(Self::Project),
            Some(("topic", name)) => return name.parse().map(Self::Topic),
            Some(("resource-folder", name)) => return name.parse().map(Self::ResourceFolder),
            Some(("billing-account", name)) => return name.parse().map(Self::BillingAccount),
            Some(_) | None => {}
        }
        match text.parse::<ResourceId>()? {
            ResourceId::Account(email) => Ok(Self::Account(email)),
            ResourceId::Key(key) => Ok(Self::Key(key)),
            ResourceId::Bucket(bucket) => Ok(Self::Bucket(bucket)),
            ResourceId::Folder(name) => Ok(Self::Folder(name)),
            ResourceId::Api(_)
            | ResourceId::Role(_)
            | ResourceId::Ring(_)
            | ResourceId::Object(..)
            | ResourceId::Network(_)
            | ResourceId::Subnetwork(_)
            | ResourceId::Policy(_) => Err(invalid(text)),
        }
    }
}

names::as_text!(ResourceId PolicyTarget);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_display_as_they_parse() {
        for text in [
            "api projects/demo-project/services/iam.googleapis.com",
            "role projects/demo-project/roles/groundcrewInstance",
            "account a@demo-project.iam.gserviceaccount.com",
            "key-ring projects/demo-project/locations/global/keyRings/r",
            "key projects/demo-project/locations/global/keyRings/r/cryptoKeys/k",
            "bucket b-1",
            "folder b-1/volumes/data/",
            "object b-1/secrets/ssh key",
            "network projects/demo-project/global/networks/n",
            "subnetwork projects/demo-project/regions/us-central1/subnetworks/s",
            "policy of project demo-project",
            "policy of bucket b-1",
            "policy of topic projects/demo-project/topics/t-1",
            "policy of resource-folder folders/123",
            "policy of billing-account billingAccounts/012345-6789AB-CDEF01",
            "policy of folder b-1/volumes/data/",
        ] {
            let id: ResourceId = text.parse().expect(text);
            assert_eq!(id.to_string(), text);
        }
        for invalid in [
            "",
            "role",
            "thing x",
            "policy of api x",
            "policy of object b-1/o",
            "object b-1",
            "policy bucket b-1",
        ] {
            assert!(invalid.parse::<ResourceId>().is_err(), "{invalid:?}");
        }
    }
}
