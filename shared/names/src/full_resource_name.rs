//! Full resource names, which identify a resource across all services.

use crate::{
    BucketName, CryptoKeyName, KeyRingName, ManagedFolderName, ProjectId, ServiceAccountEmail,
    SubscriptionName, TopicName, name::name,
};

name!(
    /// A full resource name, `//SERVICE/PATH`, such as
    /// `//cloudresourcemanager.googleapis.com/projects/p` (Google Cloud API
    /// design guide, "Resource names").
    FullResourceName,
    "full resource name",
    "//SERVICE.googleapis.com/PATH, such as //cloudresourcemanager.googleapis.com/projects/p",
    |t| t.strip_prefix("//").and_then(|rest| rest.split_once('/')).is_some_and(|(host, path)| {
        host.ends_with(".googleapis.com")
            && !host.starts_with('.')
            && !path.is_empty()
            && !path.starts_with('/')
            && !t.contains(['\r', '\n'])
    })
);

impl FullResourceName {
    /// The service's host, such as `storage.googleapis.com`.
    ///
    /// # Panics
    /// Never: the form was checked by the parser.
    #[must_use]
    pub fn service(&self) -> &str {
        self.parts().0
    }

    /// The path after the host, such as `projects/_/buckets/b`.
    ///
    /// # Panics
    /// Never: the form was checked by the parser.
    #[must_use]
    pub fn path(&self) -> &str {
        self.parts().1
    }

    fn parts(&self) -> (&str, &str) {
        self.as_str()[2..].split_once('/').expect("a full name")
    }

    /// The name of a project.
    #[must_use]
    pub fn project(id: &ProjectId) -> Self {
        Self(format!(
            "//cloudresourcemanager.googleapis.com/projects/{id}"
        ))
    }

    /// The name of a service account in `project`.
    #[must_use]
    pub fn account(project: &ProjectId, email: &ServiceAccountEmail) -> Self {
        Self(format!(
            "//iam.googleapis.com/projects/{project}/serviceAccounts/{email}"
        ))
    }

    /// The name of a bucket.
    #[must_use]
    pub fn bucket(name: &BucketName) -> Self {
        Self(format!(
            "//storage.googleapis.com/projects/_/buckets/{name}"
        ))
    }

    /// The name of a managed folder.
    #[must_use]
    pub fn managed_folder(name: &ManagedFolderName) -> Self {
        Self(format!(
            "{}/managedFolders/{}",
            Self::bucket(name.bucket()),
            name.prefix()
        ))
    }
}

macro_rules! from_name {
    ($($name:ident in $service:literal)*) => {$(
        impl From<&$name> for FullResourceName {
            fn from(name: &$name) -> Self {
                Self(format!(concat!("//", $service, ".googleapis.com/{}"), name))
            }
        }
    )*};
}

from_name!(KeyRingName in "cloudkms" CryptoKeyName in "cloudkms"
    TopicName in "pubsub" SubscriptionName in "pubsub");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_names_are_validated_and_split_into_service_and_path() {
        let folder: ManagedFolderName = "bucket-1/volumes/data/".parse().expect("valid");
        let name = FullResourceName::managed_folder(&folder);
        assert_eq!(
            name.as_str(),
            "//storage.googleapis.com/projects/_/buckets/bucket-1/managedFolders/volumes/data/"
        );
        assert_eq!(name.service(), "storage.googleapis.com");
        assert!(name.path().starts_with("projects/_/buckets/bucket-1/"));
        assert_eq!(name.to_string().parse(), Ok(name));
        let topic: TopicName = "projects/demo-project/topics/ticks".parse().expect("valid");
        assert_eq!(
            FullResourceName::from(&topic).as_str(),
            "//pubsub.googleapis.com/projects/demo-project/topics/ticks"
        );
        for wrong in [
            "",
            "projects/p",
            "//cloudresourcemanager.googleapis.com",
            "//cloudresourcemanager.googleapis.com/",
            "//example.com/projects/p",
            "//.googleapis.com/projects/p",
        ] {
            assert!(
                wrong.parse::<FullResourceName>().is_err(),
                "{wrong:?} parsed"
            );
        }
    }
}
