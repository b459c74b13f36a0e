//! The kinds of resources, derived from their full names.

use names::FullResourceName;
use serde::Serialize;

/// The kind of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ResourceKind {
    /// An organisation.
    Organization,
    /// A folder of projects.
    Folder,
    /// A project.
    Project,
    /// A service account.
    Account,
    /// A bucket.
    Bucket,
    /// A managed folder of a bucket.
    ManagedFolder,
    /// A key ring.
    KeyRing,
    /// A key.
    Key,
    /// A Pub/Sub topic.
    Topic,
    /// A Pub/Sub subscription.
    Subscription,
    /// A Compute Engine instance.
    Machine,
    /// Something else.
    Other,
}

impl ResourceKind {
    /// The kind of the resource with this name.
    #[must_use]
    pub fn of(name: &FullResourceName) -> Self {
        let segments: Vec<&str> = name.path().split('/').collect();
        let service = name.service().strip_suffix(".googleapis.com");
        match (service.unwrap_or_default(), &segments[..]) {
            ("cloudresourcemanager", ["organizations", _]) => Self::Organization,
            ("cloudresourcemanager", ["folders", _]) => Self::Folder,
            ("cloudresourcemanager", ["projects", _]) => Self::Project,
            ("iam", ["projects", _, "serviceAccounts", _]) => Self::Account,
            ("storage", ["projects", _, "buckets", _]) => Self::Bucket,
            ("storage", ["projects", _, "buckets", _, "managedFolders", ..]) => Self::ManagedFolder,
            ("cloudkms", ["projects", _, "locations", _, "keyRings", _]) => Self::KeyRing,
            ("cloudkms", [.., "keyRings", _, "cryptoKeys", _]) => Self::Key,
            ("pubsub", ["projects", _, "topics", _]) => Self::Topic,
            ("pubsub", ["projects", _, "subscriptions", _]) => Self::Subscription,
            ("compute", ["projects", _, "zones", _, "instances", _]) => Self::Machine,
            _ => Self::Other,
        }
    }

    /// Prefixes of the permissions that apply to resources of this kind. All
    /// permissions apply to containers of other resources.
    fn prefixes(self) -> &'static [&'static str] {
        match self {
            Self::Organization | Self::Folder | Self::Project | Self::Other => &[""],
            Self::Account => &["iam.serviceAccounts.", "iam.serviceAccountKeys."],
            Self::Bucket => &["storage."],
            Self::ManagedFolder => &[
                "storage.objects.",
                "storage.managedFolders.",
                "storage.multipartUploads.",
            ],
            Self::KeyRing => &["cloudkms."],
            Self::Key => &["cloudkms.cryptoKeys.", "cloudkms.cryptoKeyVersions."],
            Self::Topic => &["pubsub.topics."],
            Self::Subscription => &["pubsub.subscriptions."],
            Self::Machine => &["compute.instances."],
        }
    }

    /// Whether a permission applies to resources of this kind.
    pub(super) fn accepts(self, permission: &str) -> bool {
        self.prefixes().iter().any(|p| permission.starts_with(p))
    }

    /// The permission to change the policy of such a resource.
    pub(super) fn set_policy_permission(self) -> Option<&'static str> {
        Some(match self {
            Self::Organization => "resourcemanager.organizations.setIamPolicy",
            Self::Folder => "resourcemanager.folders.setIamPolicy",
            Self::Project => "resourcemanager.projects.setIamPolicy",
            Self::Account => "iam.serviceAccounts.setIamPolicy",
            Self::Bucket => "storage.buckets.setIamPolicy",
            Self::ManagedFolder => "storage.managedFolders.setIamPolicy",
            Self::KeyRing => "cloudkms.keyRings.setIamPolicy",
            Self::Key => "cloudkms.cryptoKeys.setIamPolicy",
            Self::Topic => "pubsub.topics.setIamPolicy",
            Self::Subscription => "pubsub.subscriptions.setIamPolicy",
            Self::Machine => "compute.instances.setIamPolicy",
            Self::Other => return None,
        })
    }
}

/// A short name for messages: `bucket b`, `account a@…`.
pub(super) fn display_name(name: &FullResourceName) -> String {
    let path = name.path();
    let last = path.rsplit('/').next().unwrap_or(path);
    let after = |word: &str| path.split_once(word).map_or(path, |(_, rest)| rest);
    match ResourceKind::of(name) {
        ResourceKind::Organization => format!("organization {last}"),
        ResourceKind::Folder => format!("folder {last}"),
        ResourceKind::Project => format!("project {last}"),
        ResourceKind::Account => format!("account {last}"),
        ResourceKind::Bucket => format!("bucket {last}"),
        ResourceKind::ManagedFolder => {
            let inside = after("/buckets/").replacen("/managedFolders/", "/", 1);
            format!("managed folder {inside}")
        }
        ResourceKind::KeyRing => format!("key ring {path}"),
        ResourceKind::Key => format!("key {path}"),
        ResourceKind::Topic => format!("topic {path}"),
        ResourceKind::Subscription => format!("subscription {path}"),
        ResourceKind::Machine => {
            format!("machine {}", after("/zones/").replacen("instances/", "", 1))
        }
        ResourceKind::Other => name.to_string(),
    }
}
