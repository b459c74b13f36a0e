//! Names of networks, and how machines reach the internet.

use crate::{
    ProjectId, Region,
    name::{is_label, name, resource_name},
};
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

const ID_RULE: &str =
    "1 to 63 lower-case letters, digits and hyphens, a letter first, no hyphen last";

fn is_network_id(t: &str) -> bool {
    is_label(t, 1, 63)
}

name!(
    /// The IPv4 addresses of a subnetwork in CIDR notation, `10.0.0.0/20`.
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

resource_name!(
    /// A network, `projects/{project}/global/networks/{id}`.
    NetworkName,
    "network",
    ["projects" / PROJECT project: ProjectId] "global/networks",
    ID_RULE,
    is_network_id
);

resource_name!(
    /// A subnetwork, `projects/{project}/regions/{region}/subnetworks/{id}`.
    SubnetworkName,
    "subnetwork",
    ["projects" / PROJECT project: ProjectId, "regions" / REGION region: Region] "subnetworks",
    ID_RULE,
    is_network_id
);

resource_name!(
    /// A Cloud Router, `projects/{project}/regions/{region}/routers/{id}`.
    RouterName,
    "router",
    ["projects" / PROJECT project: ProjectId, "regions" / REGION region: Region] "routers",
    ID_RULE,
    is_network_id
);

/// How machines reach the internet beyond Google's APIs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Internet {
    /// Not at all, unless the owner of their network has provided for it.
    #[default]
    None,
    /// Through a Cloud NAT of the network that groundcrew creates.
    Nat,
    /// From an external address of each machine.
    Address,
}

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
    fn names_are_unchanged_by_parsing_and_printing() {
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
