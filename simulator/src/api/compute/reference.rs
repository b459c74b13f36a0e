//! References between resources, names, labels and fingerprints.

use super::catalog::region_of;
use aws_lc_rs::digest;
use base64::{Engine, prelude::BASE64_URL_SAFE};
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

/// The absolute URL of a resource.
pub(super) fn absolute_url(origin: &str, path: &str) -> String {
    format!("{origin}/compute/v1/{path}")
}

/// Fields that hold a reference. They are stored as full relative paths, since
/// the origin of links may differ between calls.
const LINKS: &[&str] = &[
    "acceleratorType",
    "diskType",
    "machineType",
    "network",
    "region",
    "selfLink",
    "source",
    "sourceImage",
    "subnetwork",
    "targetLink",
    "type",
    "zone",
];

/// Makes every link in `resource` absolute.
pub(super) fn make_links_absolute(resource: &mut Value, origin: &str) {
    if let Some(list) = resource.as_array_mut() {
        list.iter_mut()
            .for_each(|item| make_links_absolute(item, origin));
    }
    let Some(fields) = resource.as_object_mut() else {
        return;
    };
    for (key, value) in fields {
        match value.as_str() {
            Some(path) if path.starts_with("projects/") && LINKS.contains(&key.as_str()) => {
                *value = absolute_url(origin, path).into();
            }
            Some(_) => {}
            None => make_links_absolute(value, origin),
        }
    }
}

/// A fingerprint, which changes with the value.
pub(super) fn fingerprint(value: &Value) -> String {
    let digest = digest::digest(&digest::SHA256, value.to_string().as_bytes());
    BASE64_URL_SAFE.encode(&digest.as_ref()[..8])
}

/// Whether this is a valid resource name: RFC 1035, at most 63 characters.
pub(super) fn is_name(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    (1..=63).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && !text.ends_with('-')
        && text.bytes().all(|b| plain(b) || b == b'-')
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
        "default" => format!("{number}-compute@developer.gserviceaccount.com"),
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
    use serde_json::json;

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

    #[test]
    fn links_become_absolute_and_texts_do_not() {
        let mut value = json!({"disks": [{"source": "projects/p/zones/z/disks/d"}],
            "metadata": {"items": [{"key": "zone", "value": "projects/p"}]}});
        make_links_absolute(&mut value, "http://h");
        assert_eq!(
            value["disks"][0]["source"],
            "http://h/compute/v1/projects/p/zones/z/disks/d"
        );
        assert_eq!(value["metadata"]["items"][0]["value"], "projects/p");
    }
}
