//! The network for machines. Pure.

use crate::{Settings, Spec};
use names::{Internet, IpRange, NetworkName, Region, RouterName, SubnetworkName};
use plan::{Network, Resource, Router, Subnetwork};
use std::collections::BTreeSet;

/// The name of the network, and of its subnetwork and router in each region.
pub const NETWORK: &str = "groundcrew";

/// Google's regions (Compute Engine, "Regions and zones", 2026-11). A region's
/// position determines its IP range: add new regions at the end.
pub(crate) const REGIONS: [&str; 43] = [
    "africa-south1",
    "asia-east1",
    "asia-east2",
    "asia-northeast1",
    "asia-northeast2",
    "asia-northeast3",
    "asia-south1",
    "asia-south2",
    "asia-southeast1",
    "asia-southeast2",
    "asia-southeast3",
    "australia-southeast1",
    "australia-southeast2",
    "europe-central2",
    "europe-north1",
    "europe-north2",
    "europe-southwest1",
    "europe-west1",
    "europe-west2",
    "europe-west3",
    "europe-west4",
    "europe-west6",
    "europe-west8",
    "europe-west9",
    "europe-west10",
    "europe-west12",
    "me-central1",
    "me-central2",
    "me-west1",
    "northamerica-northeast1",
    "northamerica-northeast2",
    "northamerica-south1",
    "southamerica-east1",
    "southamerica-west1",
    "us-central1",
    "us-east1",
    "us-east4",
    "us-east5",
    "us-south1",
    "us-west1",
    "us-west2",
    "us-west3",
    "us-west4",
];

/// A network with a subnetwork in each region in which machines run; nothing if
/// the spec names an existing subnetwork. There are no firewall rules, so nothing
/// comes in. Machines reach Google's APIs through Private Google Access, and the
/// internet if the spec says how: through a router with a Cloud NAT in each region.
pub(crate) fn network(spec: &Spec, settings: &Settings) -> Vec<Resource> {
    if spec.subnetwork.is_some() {
        return Vec::new();
    }
    let project = || spec.project.clone();
    let name = NetworkName::new(project(), NETWORK).expect("a network's name");
    let subnetwork = |region: &Region| {
        Resource::Subnetwork(Subnetwork {
            name: SubnetworkName::new(project(), region.clone(), NETWORK).expect("a name"),
            network: name.clone(),
            range: range(region),
            description: "What groundcrew's machines have their addresses from.".to_owned(),
        })
    };
    let regions = regions(spec, settings);
    let subnetworks = regions.iter().map(subnetwork);
    let router = |region: &Region| {
        Resource::Router(Router {
            name: RouterName::new(project(), region.clone(), NETWORK).expect("a name"),
            network: name.clone(),
            description: "Through which groundcrew's machines reach the internet.".to_owned(),
        })
    };
    let has_nat = spec.internet == Internet::Nat;
    let routers = regions.iter().filter(|_| has_nat).map(router);
    let network = Resource::Network(Network {
        name: name.clone(),
        description: "What groundcrew's machines are on; nothing comes in.".to_owned(),
    });
    let within = subnetworks.chain(routers);
    [network].into_iter().chain(within).collect()
}

/// The existing subnetworks that the spec names, one in each region.
pub(crate) fn named_subnetworks(spec: &Spec, settings: &Settings) -> Vec<SubnetworkName> {
    let Some(name) = &spec.subnetwork else {
        return Vec::new();
    };
    let project = &spec.project;
    let regions = regions(spec, settings).into_iter();
    regions
        .map(|region| {
            let path = format!("projects/{project}/regions/{region}/subnetworks/{name}");
            path.parse().expect("the spec checks the name")
        })
        .collect()
}

/// The regions in which machines run: those of the spec, or of groundcrew's
/// settings, or else the bucket's location, if that is a region.
#[must_use]
pub fn regions(spec: &Spec, settings: &Settings) -> BTreeSet<Region> {
    let own: BTreeSet<Region> = spec.regions.iter().cloned().collect();
    match (own.is_empty(), settings.regions.is_empty()) {
        (false, _) => own,
        (true, false) => settings.regions.clone(),
        (true, true) => spec.location.as_str().parse().into_iter().collect(),
    }
}

/// Every region in which a subnetwork may have been created.
pub(crate) fn all_regions(spec: &Spec, settings: &Settings) -> Vec<Region> {
    let known = REGIONS.iter().filter_map(|region| region.parse().ok());
    let all: BTreeSet<Region> = known.chain(regions(spec, settings)).collect();
    all.into_iter().collect()
}

/// 4,096 addresses of 10.128.0.0/9. The range of a region that is not in the list
/// is derived from its name, in the upper half.
fn range(region: &Region) -> IpRange {
    let listed = REGIONS.iter().position(|name| *name == region.as_str());
    let index = listed.map_or_else(
        || {
            let hash = region.as_str().bytes().fold(0_u32, |hash, byte| {
                hash.wrapping_mul(31).wrapping_add(byte.into())
            });
            1024 + hash % 1024
        },
        |index| u32::try_from(index).expect("a short list"),
    );
    let address = std::net::Ipv4Addr::from_bits((10 << 24 | 128 << 16) + (index << 12));
    format!("{address}/20").parse().expect("a range")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_region_has_its_own_ip_range() {
        let of = |region: &str| range(&region.parse().expect("a region")).to_string();
        let all: BTreeSet<String> = REGIONS.iter().map(|region| of(region)).collect();
        assert_eq!(all.len(), REGIONS.len());
        assert_eq!(of("africa-south1"), "10.128.0.0/20");
        assert_eq!(of("us-central1"), "10.130.32.0/20");
        let new = of("atlantis-north1");
        assert!(new.starts_with("10.") && !all.contains(&new), "{new}");
    }
}
