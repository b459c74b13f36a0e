//! Managed folders.

use crate::{BucketName, ObjectName, id::InvalidName};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A managed folder, `{bucket}/{prefix}`; the prefix ends with a slash.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ManagedFolderName {
    bucket: BucketName,
    prefix: ObjectName,
}

impl ManagedFolderName {
    /// The bucket that it is in.
    #[must_use]
    pub fn bucket(&self) -> &BucketName {
        &self.bucket
    }

    /// What the names of its objects begin with, `volumes/data/`.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.prefix.as_str()
    }
}

impl fmt::Display for ManagedFolderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.bucket, self.prefix)
    }
}

impl FromStr for ManagedFolderName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let broken = || InvalidName::new("managed folder", text, "BUCKET/PREFIX/, without //");
        let (bucket, prefix) = text.split_once('/').ok_or_else(broken)?;
        let inside = prefix.strip_suffix('/').ok_or_else(broken)?;
        if inside.split('/').any(str::is_empty) {
            return Err(broken());
        }
        Ok(Self {
            bucket: bucket.parse()?,
            prefix: prefix.parse()?,
        })
    }
}

impl TryFrom<String> for ManagedFolderName {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, InvalidName> {
        text.parse()
    }
}

impl From<ManagedFolderName> for String {
    fn from(name: ManagedFolderName) -> Self {
        name.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_prints_as_it_parses() {
        let folder: ManagedFolderName = "bucket-1/volumes/data/".parse().expect("valid");
        assert_eq!(folder.to_string(), "bucket-1/volumes/data/");
        assert_eq!(folder.prefix(), "volumes/data/");
        for wrong in [
            "bucket-1",
            "bucket-1/",
            "bucket-1/a",
            "bucket-1//a/",
            "b/a/",
        ] {
            assert!(
                wrong.parse::<ManagedFolderName>().is_err(),
                "{wrong:?} parsed"
            );
        }
    }
}
