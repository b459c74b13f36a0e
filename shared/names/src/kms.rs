//! Names in Cloud KMS.

use crate::{
    ProjectId,
    id::{InvalidName, is_label, name},
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

name!(
    /// Where a key ring lies: a region such as `europe-west4`, a multi-region
    /// such as `eu`, or `global`.
    Location,
    "location",
    "a region, a multi-region or global: lower-case letters, digits and hyphens",
    |t| is_label(t, 2, 40)
);

fn is_kms_id(t: &str) -> bool {
    (1..=63).contains(&t.len())
        && t.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

const ID: &str = "1 to 63 letters, digits, underscores and hyphens";

/// A key ring, `projects/{project}/locations/{location}/keyRings/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyRingName {
    project: ProjectId,
    location: Location,
    id: String,
}

impl KeyRingName {
    /// The project that holds it.
    #[must_use]
    pub fn project(&self) -> &ProjectId {
        &self.project
    }

    /// What it lies in: `projects/{project}/locations/{location}`.
    #[must_use]
    pub fn parent(&self) -> String {
        format!("projects/{}/locations/{}", self.project, self.location)
    }

    /// Its last segment.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Display for KeyRingName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/keyRings/{}", self.parent(), self.id)
    }
}

impl FromStr for KeyRingName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let form = "projects/PROJECT/locations/LOCATION/keyRings/ID";
        let ["projects", project, "locations", location, "keyRings", id] =
            text.split('/').collect::<Vec<_>>()[..]
        else {
            return Err(InvalidName::new("key ring", text, form));
        };
        if !is_kms_id(id) {
            return Err(InvalidName::new("key ring", id, ID));
        }
        Ok(Self {
            project: project.parse()?,
            location: location.parse()?,
            id: id.to_owned(),
        })
    }
}

/// A key, `{ring}/cryptoKeys/{id}`. The name is never free again, not even
/// after the key was deleted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CryptoKeyName {
    ring: KeyRingName,
    id: String,
}

impl CryptoKeyName {
    /// The ring that holds it.
    #[must_use]
    pub fn ring(&self) -> &KeyRingName {
        &self.ring
    }

    /// Its last segment.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Display for CryptoKeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/cryptoKeys/{}", self.ring, self.id)
    }
}

impl FromStr for CryptoKeyName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let (ring, id) = text
            .split_once("/cryptoKeys/")
            .ok_or_else(|| InvalidName::new("key", text, "KEYRING/cryptoKeys/ID"))?;
        if !is_kms_id(id) {
            return Err(InvalidName::new("key", id, ID));
        }
        Ok(Self {
            ring: ring.parse()?,
            id: id.to_owned(),
        })
    }
}

macro_rules! as_text {
    ($($name:ident)*) => {$(
        impl TryFrom<String> for $name {
            type Error = InvalidName;

            fn try_from(text: String) -> Result<Self, InvalidName> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.to_string()
            }
        }
    )*};
}

as_text!(KeyRingName CryptoKeyName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_print_as_they_parse() {
        let text = "projects/demo-project/locations/global/keyRings/groundcrew/cryptoKeys/ssh";
        let key: CryptoKeyName = text.parse().expect("valid");
        assert_eq!(key.to_string(), text);
        assert_eq!(
            key.ring().parent(),
            "projects/demo-project/locations/global"
        );
        for wrong in [
            "",
            "projects/demo-project/locations/global/keyRings/groundcrew",
            "projects/demo-project/locations/global/keyRings/a b/cryptoKeys/c",
            "projects/demo-project/locations/global/keyRings/a/cryptoKeys/b/c",
            "projects/x/locations/global/keyRings/a/cryptoKeys/b",
        ] {
            assert!(wrong.parse::<CryptoKeyName>().is_err(), "{wrong:?} parsed");
        }
    }
}
