//! The built-in catalog: disk types, and public images, a small excerpt of Google's
//! (as of 2026).

/// The disk types of zones: name, description, and the size in GB of a disk for
/// which none is given (the last are unverified but for `pd-standard`).
pub(super) const DISK_TYPES: &[(&str, &str, i64)] = &[
    ("hyperdisk-balanced", "Hyperdisk Balanced", 100),
    (
        "hyperdisk-balanced-high-availability",
        "Hyperdisk Balanced High Availability",
        100,
    ),
    ("hyperdisk-extreme", "Hyperdisk Extreme", 1000),
    ("hyperdisk-ml", "Hyperdisk ML", 100),
    ("hyperdisk-throughput", "Hyperdisk Throughput", 2048),
    ("local-ssd", "Local SSD", 375),
    ("pd-balanced", "Balanced Persistent Disk", 100),
    ("pd-extreme", "Extreme Persistent Disk", 1000),
    ("pd-ssd", "SSD Persistent Disk", 100),
    ("pd-standard", "Standard Persistent Disk", 500),
];

pub(super) fn is_disk_type(name: &str) -> bool {
    DISK_TYPES.iter().any(|(known, ..)| *known == name)
}

/// (project, family, newest image, size in GB) of public images.
const IMAGES: &[(&str, &str, &str, i64)] = &[
    ("cos-cloud", "cos-stable", "cos-stable-125-19216-104-25", 10),
    (
        "debian-cloud",
        "debian-11",
        "debian-11-bullseye-v20260915",
        10,
    ),
    (
        "debian-cloud",
        "debian-12",
        "debian-12-bookworm-v20261110",
        10,
    ),
    (
        "debian-cloud",
        "debian-13",
        "debian-13-trixie-v20261110",
        10,
    ),
    (
        "deeplearning-platform-release",
        "common-cu128-ubuntu-2204-nvidia-570",
        "common-cu128-ubuntu-2204-nvidia-570-v20261105",
        50,
    ),
    (
        "ubuntu-os-cloud",
        "ubuntu-2404-lts-amd64",
        "ubuntu-2404-noble-amd64-v20261105",
        10,
    ),
];

/// A disk image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// The project that owns it.
    pub project: String,
    /// The image family. The image is the newest one of it.
    pub family: String,
    /// Name of the image.
    pub name: String,
    /// Size in GB. A disk created from it is at least this large.
    pub size_gb: i64,
}

impl Image {
    /// `projects/p/global/images/i`.
    pub(super) fn path(&self) -> String {
        format!("projects/{}/global/images/{}", self.project, self.name)
    }
}

/// The public images.
pub(super) fn public_images() -> Vec<Image> {
    IMAGES
        .iter()
        .map(|(project, family, name, size_gb)| Image {
            project: (*project).to_owned(),
            family: (*family).to_owned(),
            name: (*name).to_owned(),
            size_gb: *size_gb,
        })
        .collect()
}
