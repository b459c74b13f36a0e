//! Zones and regions.

use super::machine_types::zones;
use std::collections::BTreeMap;

pub(super) fn is_zone(name: &str) -> bool {
    zones()
        .binary_search_by(|zone| zone.as_str().cmp(name))
        .is_ok()
}

/// The region of a zone: the part before the last hyphen.
pub(super) fn region_of(zone: &str) -> &str {
    zone.rsplit_once('-').map_or(zone, |(region, _)| region)
}

/// The regions with their zones, sorted by name.
pub(super) fn regions() -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut regions = BTreeMap::<_, Vec<_>>::new();
    for zone in zones() {
        regions
            .entry(region_of(zone))
            .or_default()
            .push(zone.as_str());
    }
    regions
}

/// The names of the regions, sorted.
pub(crate) fn region_names() -> impl Iterator<Item = &'static str> {
    regions().into_keys()
}

/// Whether Google has a region of this name.
pub(crate) fn is_region(name: &str) -> bool {
    zones().iter().any(|zone| region_of(zone) == name)
}
