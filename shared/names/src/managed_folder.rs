//! Managed folders of Cloud Storage.

use crate::{BucketName, InvalidName, ObjectName};
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
    /// The bucket that contains it.
    #[must_use]
    pub fn bucket(&self) -> &BucketName {
        &self.bucket
    }

    /// The prefix that the names of its objects share, such as `volumes/data/`.
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
        let malformed = || InvalidName::new("managed folder", text, "BUCKET/PREFIX/, without //");
        let (bucket, prefix) = text.split_once('/').ok_or_else(malformed)?;
        let inside = prefix.strip_suffix('/').ok_or_else(malformed)?;
        if inside.split('/').any(str::is_empty) {
            return Err(malformed());
        }
        Ok(Self {
            bucket: bucket.parse()?,
            prefix: prefix.parse()?,
        })
    }
}

crate::as_text!(ManagedFolderName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_unchanged_by_parsing_and_printing() {
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
