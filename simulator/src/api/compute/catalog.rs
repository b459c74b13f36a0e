//! The built-in catalog: zones, machine types, accelerators, public images.
//!
//! A small excerpt of Google's catalog (as of 2026).

/// The regions, each with the letters of its zones.
pub(super) const REGIONS: &[(&str, &str)] = &[
    ("asia-east1", "abc"),
    ("europe-west1", "bcd"),
    ("europe-west4", "abc"),
    ("us-central1", "abcf"),
    ("us-east1", "bcd"),
];

/// Every zone, in order.
pub(super) fn zones() -> impl Iterator<Item = String> {
    REGIONS
        .iter()
        .flat_map(|(region, letters)| letters.chars().map(move |l| format!("{region}-{l}")))
}

pub(super) fn is_zone(zone: &str) -> bool {
    zones().any(|candidate| candidate == zone)
}

/// The region of a zone: the part before the last hyphen.
pub(super) fn region_of(zone: &str) -> &str {
    zone.rsplit_once('-').map_or(zone, |(region, _)| region)
}

/// A GPU model.
pub(super) struct Accelerator {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    /// The quota metric, which `PREEMPTIBLE_` may precede.
    pub(super) quota: &'static str,
    /// The machine family that it can be attached to.
    pub(super) family: &'static str,
    pub(super) max_per_instance: u32,
    zones: &'static str,
}

pub(super) const ACCELERATORS: &[Accelerator] = &[
    Accelerator {
        name: "nvidia-l4",
        description: "NVIDIA L4",
        quota: "NVIDIA_L4_GPUS",
        family: "g2",
        max_per_instance: 8,
        zones: "asia-east1-a asia-east1-b asia-east1-c europe-west1-b europe-west1-c \
                europe-west4-a europe-west4-b europe-west4-c us-central1-a us-central1-b \
                us-central1-c us-east1-b us-east1-c us-east1-d",
    },
    Accelerator {
        name: "nvidia-tesla-a100",
        description: "NVIDIA A100 40GB",
        quota: "NVIDIA_A100_GPUS",
        family: "a2",
        max_per_instance: 16,
        zones: "europe-west4-a europe-west4-b us-central1-a us-central1-b us-central1-c \
                us-central1-f us-east1-b",
    },
    Accelerator {
        name: "nvidia-tesla-t4",
        description: "NVIDIA T4",
        quota: "NVIDIA_T4_GPUS",
        family: "n1",
        max_per_instance: 4,
        zones: "asia-east1-a asia-east1-c europe-west1-b europe-west1-c europe-west1-d \
                europe-west4-a europe-west4-b europe-west4-c us-central1-a us-central1-b \
                us-central1-c us-central1-f us-east1-c us-east1-d",
    },
    Accelerator {
        name: "nvidia-tesla-v100",
        description: "NVIDIA V100",
        quota: "NVIDIA_V100_GPUS",
        family: "n1",
        max_per_instance: 8,
        zones: "asia-east1-c europe-west4-a europe-west4-b europe-west4-c us-central1-a \
                us-central1-b us-central1-c us-central1-f us-east1-c",
    },
];

impl Accelerator {
    pub(super) fn is_in(&self, zone: &str) -> bool {
        self.zones
            .split_whitespace()
            .any(|candidate| candidate == zone)
    }
}

/// The accelerator called `name`, if `zone` has it.
pub(super) fn accelerator(zone: &str, name: &str) -> Option<&'static Accelerator> {
    ACCELERATORS
        .iter()
        .find(|candidate| candidate.name == name && candidate.is_in(zone))
}

/// A machine type in one zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MachineType {
    pub(super) name: String,
    pub(super) cpus: u32,
    pub(super) memory_mb: u32,
    pub(super) shared_cpu: bool,
    /// The GPUs that are part of the machine type: model and count.
    pub(super) accelerator: Option<(&'static str, u32)>,
}

impl MachineType {
    pub(super) fn family(&self) -> &str {
        match self.name.split_once('-') {
            Some(("custom", _)) | None => "n1",
            Some((family, _)) => family,
        }
    }
}

/// (family and series, MB of memory per vCPU, vCPU counts)
const SERIES: &[(&str, u32, &[u32])] = &[
    ("c3-highcpu", 2048, &[4, 8, 22, 44, 88, 176]),
    ("c3-standard", 4096, &[4, 8, 22, 44, 88, 176]),
    ("e2-highcpu", 1024, &[2, 4, 8, 16, 32]),
    ("e2-highmem", 8192, &[2, 4, 8, 16]),
    ("e2-standard", 4096, &[2, 4, 8, 16, 32]),
    ("n1-highcpu", 922, &[2, 4, 8, 16, 32, 64, 96]),
    ("n1-highmem", 6656, &[2, 4, 8, 16, 32, 64, 96]),
    ("n1-standard", 3840, &[1, 2, 4, 8, 16, 32, 64, 96]),
    ("n2-highcpu", 1024, &[2, 4, 8, 16, 32, 48, 64, 80, 96]),
    ("n2-highmem", 8192, &[2, 4, 8, 16, 32, 48, 64, 80, 96, 128]),
    ("n2-standard", 4096, &[2, 4, 8, 16, 32, 48, 64, 80, 96, 128]),
];

/// (name, vCPUs, MB of memory, GPU model, number of GPUs; 0 GPUs: shared-core)
const OTHER_TYPES: &[(&str, u32, u32, &str, u32)] = &[
    ("a2-highgpu-1g", 12, 87_040, "nvidia-tesla-a100", 1),
    ("a2-highgpu-2g", 24, 174_080, "nvidia-tesla-a100", 2),
    ("a2-highgpu-4g", 48, 348_160, "nvidia-tesla-a100", 4),
    ("a2-highgpu-8g", 96, 696_320, "nvidia-tesla-a100", 8),
    ("e2-medium", 2, 4096, "", 0),
    ("e2-micro", 2, 1024, "", 0),
    ("e2-small", 2, 2048, "", 0),
    ("g2-standard-12", 12, 49_152, "nvidia-l4", 1),
    ("g2-standard-16", 16, 65_536, "nvidia-l4", 1),
    ("g2-standard-24", 24, 98_304, "nvidia-l4", 2),
    ("g2-standard-32", 32, 131_072, "nvidia-l4", 1),
    ("g2-standard-4", 4, 16_384, "nvidia-l4", 1),
    ("g2-standard-48", 48, 196_608, "nvidia-l4", 4),
    ("g2-standard-8", 8, 32_768, "nvidia-l4", 1),
    ("g2-standard-96", 96, 393_216, "nvidia-l4", 8),
];

/// The predefined machine types of `zone`, sorted by name.
pub(super) fn machine_types(zone: &str) -> Vec<MachineType> {
    let check_shape = SERIES.iter().flat_map(|(shape, per_cpu, sizes)| {
        sizes.iter().map(move |cpus| MachineType {
            name: format!("{shape}-{cpus}"),
            cpus: *cpus,
            memory_mb: per_cpu * cpus,
            shared_cpu: false,
            accelerator: None,
        })
    });
    let single = OTHER_TYPES
        .iter()
        .filter(|(.., model, count)| *count == 0 || accelerator(zone, model).is_some())
        .map(|(name, cpus, memory_mb, model, count)| MachineType {
            name: (*name).to_owned(),
            cpus: *cpus,
            memory_mb: *memory_mb,
            shared_cpu: *count == 0,
            accelerator: (*count > 0).then_some((*model, *count)),
        });
    let mut all: Vec<MachineType> = check_shape.chain(single).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

/// The machine type called `name` in `zone`, predefined or custom
/// (`custom-4-16384`, `n2-custom-4-16384`).
pub(super) fn machine_type(zone: &str, name: &str) -> Option<MachineType> {
    if let Some(candidate) = machine_types(zone)
        .into_iter()
        .find(|candidate| candidate.name == name)
    {
        return Some(candidate);
    }
    let (family, shape) = name.split_once("custom-")?;
    let (cpus, memory_mb) = shape.split_once('-')?;
    let (cpus, memory_mb) = (cpus.parse().ok()?, memory_mb.parse().ok()?);
    let valid = ["", "n1-", "n2-", "e2-"].contains(&family)
        && (1..=128).contains(&cpus)
        && memory_mb >= 256
        && memory_mb % 256 == 0;
    valid.then(|| MachineType {
        name: name.to_owned(),
        cpus,
        memory_mb,
        shared_cpu: false,
        accelerator: None,
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_of_an_accelerator_exists() {
        for accelerator in ACCELERATORS {
            for zone in accelerator.zones.split_whitespace() {
                assert!(is_zone(zone), "{zone}");
            }
        }
    }

    #[test]
    fn a_machine_type_is_found_where_it_is() {
        for (zone, name, cpus) in [
            ("us-central1-a", "n1-standard-4", Some(4)),
            ("us-central1-a", "a2-highgpu-1g", Some(12)),
            ("us-east1-d", "a2-highgpu-1g", None),
            ("us-east1-d", "custom-4-16384", Some(4)),
            ("us-east1-d", "n2-custom-6-8192", Some(6)),
            ("us-east1-d", "n2-custom-6-8000", None),
            ("us-east1-d", "t2d-custom-6-8192", None),
            ("us-east1-d", "n1-standard-3", None),
        ] {
            assert_eq!(
                machine_type(zone, name).map(|m| m.cpus),
                cpus,
                "{zone} {name}"
            );
        }
    }
}
