//! The values of `constraints/gcp.resourceLocations`: locations, and groups of
//! them (`in:eu-locations`). Of Google's groups these are known: `asia`, `eu`,
//! `europe`, `us`, and that of each region. Which larger locations are in them is
//! unverified, but that `eu` has neither London, nor Zurich, nor the multi-region
//! `europe`.
//! <https://cloud.google.com/resource-manager/docs/organization-policy/defining-locations>

use crate::api::compute::is_region;

/// Locations of several regions, and the groups that they are in.
const LARGER: &[(&str, &[&str])] = &[
    ("asia", &["asia"]),
    ("asia1", &["asia"]),
    ("eu", &["eu", "europe"]),
    ("eur3", &["eu", "europe"]),
    ("eur4", &["eu", "europe"]),
    ("eur5", &["europe"]),
    ("eur7", &["europe"]),
    ("eur8", &["europe"]),
    ("europe", &["europe"]),
    ("global", &[]),
    ("nam4", &["us"]),
    ("nam5", &["us"]),
    ("us", &["us"]),
];

/// Regions in Europe that are not in the European Union.
const NOT_IN_EU: &[&str] = &["europe-west2", "europe-west6"];

/// The region of a location that is a region or a zone.
fn region(location: &str) -> Option<&str> {
    let zone = || location.rsplit_once('-').map(|(region, _)| region);
    [Some(location), zone()]
        .into_iter()
        .flatten()
        .find(|name| is_region(name))
}

/// Whether `group` (`eu-locations`) is known.
fn is_group(group: &str) -> bool {
    let name = group.strip_suffix("-locations");
    name.is_some_and(|name| matches!(name, "asia" | "eu" | "europe" | "us") || is_region(name))
}

fn contains(group: &str, location: &str) -> bool {
    let Some(name) = group.strip_suffix("-locations") else {
        return false;
    };
    let Some(region) = region(location) else {
        let mut larger = LARGER.iter().filter(|(known, _)| *known == location);
        return larger.any(|(_, groups)| groups.contains(&name));
    };
    let (continent, _) = region.split_once('-').unwrap_or_default();
    region == name
        || continent == name
        || name == "eu" && continent == "europe" && !NOT_IN_EU.contains(&region)
}

/// The value of a policy as it is stored: a region or group gets the prefix `in:`,
/// as documented. `None` if there is no such location.
pub(super) fn canonical(value: &str) -> Option<String> {
    let exact = value.strip_prefix("is:").unwrap_or(value);
    if let Some(group) = value.strip_prefix("in:") {
        return is_group(group).then(|| value.to_owned());
    }
    if is_group(exact) {
        return Some(format!("in:{exact}"));
    }
    if is_region(value) {
        return Some(format!("in:{value}-locations"));
    }
    let known = region(exact).is_some() || LARGER.iter().any(|(name, _)| *name == exact);
    known.then(|| value.to_owned())
}

/// Whether a value of a policy stands for a location, among others.
pub(super) fn stands_for(value: &str, location: &str) -> bool {
    match value.strip_prefix("in:") {
        Some(group) => contains(group, location),
        None => value.strip_prefix("is:").unwrap_or(value) == location,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_have_the_zones_of_their_regions() {
        for (group, inside, outside) in [
            ("eu-locations", "europe-west1", "europe-west2"),
            ("eu-locations", "europe-west4-b", "europe-west6-a"),
            ("eu-locations", "eu", "europe"),
            ("europe-locations", "europe-west2-a", "us-central1"),
            ("us-locations", "us-central1-a", "europe-west1-b"),
            ("us-locations", "nam5", "global"),
            ("us-east1-locations", "us-east1-b", "us-east4"),
        ] {
            assert!(contains(group, inside), "{group} {inside}");
            assert!(!contains(group, outside), "{group} {outside}");
        }
    }

    #[test]
    fn regions_and_groups_get_a_prefix() {
        for (given, stored) in [
            ("us-east1", Some("in:us-east1-locations")),
            ("us-locations", Some("in:us-locations")),
            ("in:eu-locations", Some("in:eu-locations")),
            ("us-east1-b", Some("us-east1-b")),
            ("is:us-east1", Some("is:us-east1")),
            ("us", Some("us")),
            ("in:mars-locations", None),
            ("mars", None),
            ("under:folders/1", None),
        ] {
            assert_eq!(canonical(given).as_deref(), stored, "{given}");
        }
    }
}
