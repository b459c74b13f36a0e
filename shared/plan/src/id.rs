//! Resource ids.

use crate::{BudgetId, FolderId, PolicyTarget, kinds::kinds};
use gcp::ApiPath;
use names::{
    BucketName, CryptoKeyName, CustomRoleName, DatabaseName, InvalidName, KeyRingName,
    ManagedFolderName, NetworkName, ObjectName, ProjectId, RepositoryName, RouterName,
    ScheduleName, ServiceAccountEmail, ServiceName, SinkName, SubnetworkName, SubscriptionName,
    TopicName,
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

macro_rules! ids {
    ($($(#[$doc:meta])* $Variant:ident: $module:ident::$Kind:ident, $Name:ty, $words:literal;)*) => {
        /// The kind and name of a resource; as text `role projects/p/roles/r`.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum ResourceId {$(
            $(#[$doc])*
            $Variant($Name),
        )*}

        impl fmt::Display for ResourceId {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$Variant(name) => write!(f, concat!($words, " {}"), name),)*
                }
            }
        }

        impl FromStr for ResourceId {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<Self, InvalidName> {
                $(if let Some(name) = text.strip_prefix(concat!($words, " ")) {
                    return name.parse().map(Self::$Variant);
                })*
                Err(invalid(text, "a kind, a space and a name"))
            }
        }
    };
}

kinds!(ids);

impl ResourceId {
    /// The API's name, if it is an API.
    #[must_use]
    pub fn api(&self) -> Option<&ServiceName> {
        if let Self::Api(name) = self {
            return Some(name);
        }
        None
    }
}

impl PolicyTarget {
    /// The resource, if its kind can be part of a plan.
    #[must_use]
    pub fn resource(&self) -> Option<ResourceId> {
        self.to_string().parse().ok()
    }
}

/// The name of an object; as text `{bucket}/{object}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    /// The bucket that contains it.
    pub bucket: BucketName,
    /// Its name in the bucket.
    pub name: ObjectName,
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.bucket, self.name)
    }
}

impl FromStr for ObjectId {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let parts = text.split_once('/');
        let (bucket, name) = parts.ok_or_else(|| invalid(text, "BUCKET/OBJECT"))?;
        Ok(Self {
            bucket: bucket.parse()?,
            name: name.parse()?,
        })
    }
}

/// A composite index, by its fields: its name in Google's API is Google's. As
/// text `{database}/collectionGroups/{collection}/indexes/state:ASCENDING,…`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndexId {
    /// The database that contains it.
    pub database: DatabaseName,
    /// The collection whose documents are indexed.
    pub collection: String,
    /// Each field, and `ASCENDING` or `DESCENDING`.
    pub fields: Vec<(String, String)>,
}

impl fmt::Display for IndexId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = self.fields.iter();
        let fields: Vec<String> = fields
            .map(|(path, order)| format!("{path}:{order}"))
            .collect();
        let (database, collection) = (&self.database, &self.collection);
        let fields = fields.join(",");
        write!(
            f,
            "{database}/collectionGroups/{collection}/indexes/{fields}"
        )
    }
}

impl FromStr for IndexId {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let malformed = || invalid(text, "DATABASE/collectionGroups/ID/indexes/FIELD:ORDER,…");
        let parts = text.split_once("/collectionGroups/");
        let (database, rest) = parts.ok_or_else(malformed)?;
        let (collection, fields) = rest.split_once("/indexes/").ok_or_else(malformed)?;
        let field = |field: &str| {
            let (path, order) = field.split_once(':')?;
            let is_order = matches!(order, "ASCENDING" | "DESCENDING");
            is_order.then(|| (path.to_owned(), order.to_owned()))
        };
        let fields: Option<Vec<_>> = fields.split(',').map(field).collect();
        Ok(Self {
            database: database.parse()?,
            collection: collection.to_owned(),
            fields: fields.ok_or_else(malformed)?,
        })
    }
}

/// A field of a Firestore collection. As text
/// `{database}/collectionGroups/{collection}/fields/{field}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldId {
    /// The database that contains it.
    pub database: DatabaseName,
    /// The collection whose documents have it.
    pub collection: String,
    /// Its path within a document.
    pub field: String,
}

impl fmt::Display for FieldId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (database, collection, field) = (&self.database, &self.collection, &self.field);
        write!(f, "{database}/collectionGroups/{collection}/fields/{field}")
    }
}

impl FromStr for FieldId {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let malformed = || invalid(text, "DATABASE/collectionGroups/ID/fields/FIELD");
        let parts = text.split_once("/collectionGroups/");
        let (database, rest) = parts.ok_or_else(malformed)?;
        let (collection, field) = rest.split_once("/fields/").ok_or_else(malformed)?;
        Ok(Self {
            database: database.parse()?,
            collection: collection.to_owned(),
            field: field.to_owned(),
        })
    }
}

impl ApiPath for FieldId {
    fn path(&self) -> String {
        self.to_string()
    }
}

impl ApiPath for IndexId {
    fn path(&self) -> String {
        self.to_string()
    }
}

fn invalid(text: &str, rule: &'static str) -> InvalidName {
    InvalidName {
        kind: "resource",
        value: text.chars().take(80).collect(),
        rule,
    }
}

names::as_text!(ResourceId);

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
            "subscription projects/demo-project/subscriptions/s-1",
            "index projects/demo-project/databases/jobs/collectionGroups/c/indexes/a:ASCENDING,b:DESCENDING",
            "field projects/demo-project/databases/jobs/collectionGroups/c/fields/a",
            "schedule projects/demo-project/locations/us-central1/jobs/tick",
            "sink projects/demo-project/sinks/s",
            "policy of project demo-project",
            "policy of bucket b-1",
            "policy of topic projects/demo-project/topics/t-1",
            "policy of resource-folder folders/123/Our shop",
            "resource-folder organizations/1/shop",
            "project demo-project",
            "billing of demo-project",
            "lien on demo-project",
            "budget billingAccounts/012345-6789AB-CDEF01/groundcrew: shop",
            "automatic grants on project demo-project",
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
            "index projects/demo-project/databases/jobs/collectionGroups/c/indexes/a",
            "policy of api x",
            "policy of object b-1/o",
            "object b-1",
            "resource-folder folders/123",
            "resource-folder folders/123/",
            "policy bucket b-1",
        ] {
            assert!(invalid.parse::<ResourceId>().is_err(), "{invalid:?}");
        }
    }
}
