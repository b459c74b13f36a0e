//! The resources that have IAM policies.

use crate::FolderId;
use gcp::{ApiPath, Collection, ResourceName};
use names::{
    BillingAccountName, BucketName, CryptoKeyName, InvalidName, ManagedFolderName, ProjectId,
    ServiceAccountEmail, TopicName,
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Declares [`PolicyTarget`]. A kind that can be part of a plan has the words of
/// its [`crate::ResourceId`].
macro_rules! targets {
    ($($(#[$doc:meta])* $Variant:ident($Name:ident) $words:literal;)*) => {
        /// The resource that an IAM policy belongs to.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum PolicyTarget {$(
            $(#[$doc])*
            $Variant($Name),
        )*}

        impl PolicyTarget {
            /// The collection of the resource.
            pub(crate) fn collection(&self) -> &'static Collection {
                match self {
                    $(Self::$Variant(_) => $Name::COLLECTION,)*
                }
            }
        }

        impl ApiPath for PolicyTarget {
            fn path(&self) -> String {
                match self {
                    $(Self::$Variant(name) => name.path(),)*
                }
            }
        }

        impl fmt::Display for PolicyTarget {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$Variant(name) => write!(f, concat!($words, " {}"), name),)*
                }
            }
        }

        impl FromStr for PolicyTarget {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<Self, InvalidName> {
                $(if let Some(name) = text.strip_prefix(concat!($words, " ")) {
                    return name.parse().map(Self::$Variant);
                })*
                Err(InvalidName {
                    kind: "resource with a policy",
                    value: text.chars().take(80).collect(),
                    rule: "a kind, a space and a name",
                })
            }
        }
    };
}

targets! {
    /// A project.
    Project(ProjectId) "project";
    /// A service account.
    Account(ServiceAccountEmail) "account";
    /// A key.
    Key(CryptoKeyName) "key";
    /// A bucket.
    Bucket(BucketName) "bucket";
    /// A managed folder.
    Folder(ManagedFolderName) "folder";
    /// A topic.
    Topic(TopicName) "topic";
    /// A folder in the resource hierarchy.
    ResourceFolder(FolderId) "resource-folder";
    /// A billing account.
    BillingAccount(BillingAccountName) "billing-account";
}

names::as_text!(PolicyTarget);
