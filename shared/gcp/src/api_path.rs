//! The paths of resources in their APIs.

use names::{
    BillingAccountName, BucketName, CryptoKeyName, CustomRoleName, DatabaseName, FolderName,
    KeyRingName, ManagedFolderName, NetworkName, ProjectId, RepositoryName, RouterName,
    RunServiceName, ScheduleName, ServiceAccountEmail, ServiceName, SinkName, SubnetworkName,
    SubscriptionName, TopicName,
};

/// The path of a resource in its API: `projects/p/topics/t`.
pub trait ApiPath: Sync {
    /// The path, from the first collection on.
    fn path(&self) -> String;
}

macro_rules! paths {
    ($($name:ty)*) => {$(
        impl ApiPath for $name {
            fn path(&self) -> String {
                self.to_string()
            }
        }
    )*};
}

// Names that are written as paths.
paths!(BillingAccountName CryptoKeyName CustomRoleName DatabaseName FolderName KeyRingName
    NetworkName RepositoryName RouterName RunServiceName ScheduleName ServiceName SinkName SubnetworkName
    SubscriptionName TopicName);

impl ApiPath for str {
    fn path(&self) -> String {
        self.to_owned()
    }
}

impl ApiPath for ProjectId {
    fn path(&self) -> String {
        format!("projects/{self}")
    }
}

impl ApiPath for BucketName {
    fn path(&self) -> String {
        format!("b/{self}")
    }
}

impl ApiPath for ManagedFolderName {
    fn path(&self) -> String {
        format!("b/{}/managedFolders/{}", self.bucket(), self.prefix())
    }
}

/// The email contains the project, except for Google's default accounts, where
/// `-` stands for any project.
impl ApiPath for ServiceAccountEmail {
    fn path(&self) -> String {
        let host = self.as_str().split_once('@').map_or("", |(_, host)| host);
        let project = host.strip_suffix(".iam.gserviceaccount.com");
        format!("projects/{}/serviceAccounts/{self}", project.unwrap_or("-"))
    }
}
