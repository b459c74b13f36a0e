//! Names in Cloud KMS.

use crate::{
    ProjectId,
    name::{InvalidName, is_label, name, resource_name},
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

name!(
    /// The location of a key ring: a region such as `europe-west4`, a
    /// multi-region such as `eu`, or `global`.
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

const ID_RULE: &str = "1 to 63 letters, digits, underscores and hyphens";

resource_name!(
    /// A key ring, `projects/{project}/locations/{location}/keyRings/{id}`.
    KeyRingName,
    "key ring",
    ["projects" / PROJECT project: ProjectId, "locations" / LOCATION location: Location] "keyRings",
    ID_RULE,
    is_kms_id
);

impl KeyRingName {
    /// The parent in Google's API, `projects/{project}/locations/{location}`.
    #[must_use]
    pub fn parent(&self) -> String {
        format!("projects/{}/locations/{}", self.project, self.location)
    }
}

/// A key, `{ring}/cryptoKeys/{id}`. Cloud KMS never frees the name again, not
/// even after the key was deleted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CryptoKeyName {
    ring: KeyRingName,
    id: String,
}

impl CryptoKeyName {
    /// The key ring that contains it.
    #[must_use]
    pub fn ring(&self) -> &KeyRingName {
        &self.ring
    }

    /// The last segment of the name.
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
            return Err(InvalidName::new("key", id, ID_RULE));
        }
        Ok(Self {
            ring: ring.parse()?,
            id: id.to_owned(),
        })
    }
}

crate::as_text!(CryptoKeyName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unchanged_by_parsing_and_printing() {
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
