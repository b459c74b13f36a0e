//! Names of networks.

use crate::{
    ProjectId, Region,
    id::{InvalidName, is_label, name},
};
use serde::{Deserialize, Serialize};
use std::{fmt, net::Ipv4Addr, str::FromStr};

const ID: &str = "1 to 63 lower-case letters, digits and hyphens, a letter first, no hyphen last";

name!(
    /// The addresses of a subnetwork, `10.0.0.0/20`.
    IpRange,
    "range of addresses",
    "IPv4 addresses such as 10.0.0.0/20: a prefix of 8 to 29 bits, and no bit set after it",
    |t| t.split_once('/').is_some_and(|(address, length)| {
        let length = length.parse().ok().filter(|n| (8..=29).contains(n));
        let address = address.parse::<Ipv4Addr>().ok();
        let parts = address.zip(length);
        parts.is_some_and(|(address, length): (_, u32)| {
            address.to_bits() & (u32::MAX >> length) == 0
        })
    })
);

/// A network, `projects/{project}/global/networks/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NetworkName {
    project: ProjectId,
    id: String,
}

impl NetworkName {
    /// The network `id` of `project`, if `id` has the right form.
    ///
    /// # Errors
    /// `id` is no name of a network.
    pub fn new(project: ProjectId, id: &str) -> Result<Self, InvalidName> {
        match is_label(id, 1, 63) {
            true => Ok(Self {
                project,
                id: id.to_owned(),
            }),
            false => Err(InvalidName::new("network", id, ID)),
        }
    }

    /// The project that holds it.
    #[must_use]
    pub fn project(&self) -> &ProjectId {
        &self.project
    }

    /// Its last segment.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Display for NetworkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "projects/{}/global/networks/{}", self.project, self.id)
    }
}

impl FromStr for NetworkName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let form = "projects/PROJECT/global/networks/ID";
        match text.split('/').collect::<Vec<_>>()[..] {
            ["projects", project, "global", "networks", id] => Self::new(project.parse()?, id),
            _ => Err(InvalidName::new("network", text, form)),
        }
    }
}

/// A subnetwork, `projects/{project}/regions/{region}/subnetworks/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SubnetworkName {
    project: ProjectId,
    region: Region,
    id: String,
}

impl SubnetworkName {
    /// The subnetwork `id` in `region` of `project`, if `id` has the right
    /// form.
    ///
    /// # Errors
    /// `id` is no name of a subnetwork.
    pub fn new(project: ProjectId, region: Region, id: &str) -> Result<Self, InvalidName> {
        match is_label(id, 1, 63) {
            true => Ok(Self {
                project,
                region,
                id: id.to_owned(),
            }),
            false => Err(InvalidName::new("subnetwork", id, ID)),
        }
    }

    /// The project that holds it.
    #[must_use]
    pub fn project(&self) -> &ProjectId {
        &self.project
    }

    /// The region that it lies in.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// Its last segment.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Display for SubnetworkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "projects/{}/regions/{}/subnetworks/{}",
            self.project, self.region, self.id
        )
    }
}

impl FromStr for SubnetworkName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let form = "projects/PROJECT/regions/REGION/subnetworks/ID";
        match text.split('/').collect::<Vec<_>>()[..] {
            ["projects", project, "regions", region, "subnetworks", id] => {
                Self::new(project.parse()?, region.parse()?, id)
            }
            _ => Err(InvalidName::new("subnetwork", text, form)),
        }
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

as_text!(NetworkName SubnetworkName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_have_no_bit_after_their_prefix() {
        for (text, valid) in [
            ("10.0.0.0/20", true),
            ("192.168.1.8/29", true),
            ("10.0.0.1/20", false),
            ("10.0.0.0/30", false),
            ("10.0.0.0/7", false),
            ("10.0.0.0", false),
            ("::/20", false),
        ] {
            assert_eq!(text.parse::<IpRange>().is_ok(), valid, "{text}");
        }
    }

    #[test]
    fn names_print_as_they_parse() {
        let text = "projects/demo-project/global/networks/groundcrew";
        let network: NetworkName = text.parse().expect("valid");
        assert_eq!(network.to_string(), text);
        let text = "projects/demo-project/regions/us-central1/subnetworks/groundcrew";
        let subnetwork: SubnetworkName = text.parse().expect("valid");
        assert_eq!(subnetwork.to_string(), text);
        assert_eq!(subnetwork.region().as_str(), "us-central1");
        for wrong in [
            "",
            "groundcrew",
            "projects/demo-project/global/networks/",
            "projects/demo-project/global/networks/a/b",
            "projects/demo-project/regions/us-central1/subnetworks/A",
            "projects/demo-project/regions/us-central1/networks/a",
        ] {
            assert!(wrong.parse::<NetworkName>().is_err(), "{wrong:?} parsed");
            assert!(wrong.parse::<SubnetworkName>().is_err(), "{wrong:?} parsed");
        }
    }
}
