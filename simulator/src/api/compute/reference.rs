//! References between resources, names, labels and fingerprints.

use super::zones::region_of;
use crate::iam::compute_account;
use serde_json::Value;

/// Resolves a reference to its full relative path: whatever precedes
/// `projects/` is dropped, and a bare name is looked up in `collection`.
///
/// `zones/z/machineTypes/t` ⇒ `projects/p/zones/z/machineTypes/t`.
pub(super) fn full_path(reference: &str, project: &str, collection: &str) -> String {
    if let Some(at) = reference.find("projects/") {
        return reference[at..].to_owned();
    }
    if ["zones/", "regions/", "global/"]
        .iter()
        .any(|scope| reference.starts_with(scope))
    {
        return format!("projects/{project}/{reference}");
    }
    format!("projects/{project}/{collection}/{reference}")
}

/// The last segment of a path.
pub(super) fn last_segment(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, last)| last)
}

/// Whether this is a valid label. Its value may be empty or begin with a digit.
pub(super) fn is_label(key: &str, value: &str) -> bool {
    let plain = |c: char| {
        (c.is_alphabetic() && !c.is_uppercase()) || c.is_numeric() || matches!(c, '-' | '_')
    };
    key.starts_with(|c: char| c.is_alphabetic() && !c.is_uppercase())
        && key.chars().count() <= 63
        && key.chars().all(plain)
        && value.chars().count() <= 63
        && value.chars().all(plain)
}

/// Resolves the email address `default` to the default service account.
pub(super) fn resolve_account(email: &str, number: &str) -> String {
    match email {
        "default" => compute_account(number),
        email => email.to_owned(),
    }
}

/// The path of the subnetwork of an interface: the one it references, or the
/// one named like its network in the region.
pub(super) fn subnetwork_path(interface: &Value, project: &str, zone: &str) -> String {
    let region = region_of(zone);
    let collection = format!("regions/{region}/subnetworks");
    if let Some(named) = interface["subnetwork"]
        .as_str()
        .filter(|named| !named.is_empty())
    {
        return full_path(named, project, &collection);
    }
    let network = interface["network"]
        .as_str()
        .filter(|named| !named.is_empty());
    let network = full_path(network.unwrap_or("default"), project, "global/networks");
    let owner = network.split('/').nth(1).unwrap_or(project);
    format!("projects/{owner}/{collection}/{}", last_segment(&network))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_reference_is_the_same() {
        for spelling in [
            "n1-standard-4",
            "zones/z/machineTypes/n1-standard-4",
            "projects/p/zones/z/machineTypes/n1-standard-4",
            "https://www.googleapis.com/compute/v1/projects/p/zones/z/machineTypes/n1-standard-4",
        ] {
            let path = full_path(spelling, "p", "zones/z/machineTypes");
            assert_eq!(
                path, "projects/p/zones/z/machineTypes/n1-standard-4",
                "{spelling}"
            );
        }
    }
}
