//! Machine types and GPUs: which there are, where, and what goes together.
//!
//! Names, sizes and zones are generated data, which the product reads, too. What
//! goes together was read from Google's documentation a second time (unverified).

use serde::Deserialize;
use std::{collections::BTreeMap, sync::LazyLock};

#[derive(Deserialize)]
struct Table {
    zones: Vec<String>,
    accelerators: BTreeMap<String, Vec<(usize, usize)>>,
    machine_types: BTreeMap<String, Row>,
}

#[derive(Deserialize)]
struct Row {
    cpus: u32,
    memory_mb: u32,
    #[serde(default)]
    shared_cpu: bool,
    zones: Option<Vec<(usize, usize)>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let text = include_str!("../../../../shared/events/data/machine-types.json");
    serde_json::from_str(text).expect("generated")
});

impl Table {
    /// Whether the runs contain the zone. What has none in the source is
    /// everywhere.
    fn is_in(&self, runs: Option<&Vec<(usize, usize)>>, zone: &str) -> bool {
        let index = self.zones.iter().position(|known| known == zone);
        runs.is_none_or(|runs| {
            index.is_some_and(|i| runs.iter().any(|run| (run.0..=run.1).contains(&i)))
        })
    }
}

/// All of Google's zones, sorted by name.
pub(super) fn zones() -> &'static [String] {
    &TABLE.zones
}

/// A GPU model.
pub(super) struct Accelerator {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    /// The quota metric, which `PREEMPTIBLE_` may precede.
    pub(super) quota: &'static str,
    pub(super) max_per_instance: u32,
    /// For models that are attached to N1 machines: (GPUs, most vCPUs, most GB).
    /// None for those that are part of machine types.
    pub(super) attaches: &'static [(u32, u32, u32)],
}

/// The quota of models that have none of their own.
pub(super) const PER_FAMILY: &str = "GPUS_PER_GPU_FAMILY";

type Attaches = &'static [(u32, u32, u32)];

const P4: Attaches = &[(1, 24, 156), (2, 48, 312), (4, 96, 624)];
const P100: Attaches = &[(1, 16, 104), (2, 32, 208), (4, 96, 624)];
const T4: Attaches = &[(1, 48, 312), (2, 48, 312), (4, 96, 624)];

const fn model(
    name: &'static str,
    description: &'static str,
    quota: &'static str,
    max_per_instance: u32,
    attaches: Attaches,
) -> Accelerator {
    Accelerator {
        name,
        description,
        quota,
        max_per_instance,
        attaches,
    }
}

#[rustfmt::skip]
pub(super) const ACCELERATORS: &[Accelerator] = &[
    model("nvidia-a100-80gb", "NVIDIA A100 80GB", "NVIDIA_A100_80GB_GPUS", 8, &[]),
    model("nvidia-b200", "NVIDIA B200", PER_FAMILY, 8, &[]),
    model("nvidia-gb200", "NVIDIA GB200", PER_FAMILY, 4, &[]),
    model("nvidia-gb300", "NVIDIA GB300", PER_FAMILY, 4, &[]),
    model("nvidia-h100-80gb", "NVIDIA H100 80GB", PER_FAMILY, 8, &[]),
    model("nvidia-h100-mega-80gb", "NVIDIA H100 80GB MEGA", PER_FAMILY, 8, &[]),
    model("nvidia-h200-141gb", "NVIDIA H200 141GB", PER_FAMILY, 8, &[]),
    model("nvidia-l4", "NVIDIA L4", "NVIDIA_L4_GPUS", 8, &[]),
    model("nvidia-l4-vws", "NVIDIA L4 Virtual Workstation", "NVIDIA_L4_GPUS", 8, &[]),
    model("nvidia-rtx-pro-6000", "NVIDIA RTX PRO 6000", PER_FAMILY, 8, &[]),
    model("nvidia-tesla-a100", "NVIDIA A100 40GB", "NVIDIA_A100_GPUS", 16, &[]),
    model("nvidia-tesla-k80", "NVIDIA Tesla K80", "NVIDIA_K80_GPUS", 8, &[(1, 8, 52), (2, 16, 104), (4, 32, 208), (8, 64, 416)]),
    model("nvidia-tesla-p100", "NVIDIA Tesla P100", "NVIDIA_P100_GPUS", 4, P100),
    model("nvidia-tesla-p100-vws", "NVIDIA Tesla P100 Virtual Workstation", "NVIDIA_P100_VWS_GPUS", 4, P100),
    model("nvidia-tesla-p4", "NVIDIA Tesla P4", "NVIDIA_P4_GPUS", 4, P4),
    model("nvidia-tesla-p4-vws", "NVIDIA Tesla P4 Virtual Workstation", "NVIDIA_P4_VWS_GPUS", 4, P4),
    model("nvidia-tesla-t4", "NVIDIA T4", "NVIDIA_T4_GPUS", 4, T4),
    model("nvidia-tesla-t4-vws", "NVIDIA T4 Virtual Workstation", "NVIDIA_T4_VWS_GPUS", 4, T4),
    model("nvidia-tesla-v100", "NVIDIA V100", "NVIDIA_V100_GPUS", 8, &[(1, 12, 78), (2, 24, 156), (4, 48, 312), (8, 96, 624)]),
];

impl Accelerator {
    pub(super) fn is_in(&self, zone: &str) -> bool {
        TABLE.is_in(TABLE.accelerators.get(self.name), zone)
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
    fn new(name: &str, row: &Row) -> Self {
        Self {
            name: name.to_owned(),
            cpus: row.cpus,
            memory_mb: row.memory_mb,
            shared_cpu: row.shared_cpu,
            accelerator: built_in(name, row.cpus),
        }
    }

    pub(super) fn family(&self) -> &str {
        family(&self.name)
    }

    /// Whether machines of this type can be moved to another host.
    pub(super) fn migrates(&self) -> bool {
        let metal = self.name.ends_with("-metal");
        let tpu = self.name.starts_with("ct") || self.name.starts_with("tpu");
        self.accelerator.is_none() && !metal && !tpu && !["h3", "h4d"].contains(&self.family())
    }

    /// Whether it can boot from a disk of this type.
    pub(super) fn boots_from(&self, disk: &str) -> bool {
        match self.family() {
            "c3" | "c3d" | "g2" | "h3" | "m3" | "z3" => disk != "pd-standard",
            "a3" if self.name.starts_with("a3-ultragpu") => disk.starts_with("hyperdisk-"),
            "a3" => disk != "pd-standard",
            "a4" | "a4x" | "c4" | "c4a" | "c4d" | "c4n" | "g4" | "h4d" | "m4" | "m4n" | "n4"
            | "n4a" | "n4d" | "x4" => disk.starts_with("hyperdisk-"),
            _ => true,
        }
    }
}

fn family(name: &str) -> &str {
    match name.split_once('-') {
        Some(("custom", _)) | None => "n1",
        Some((family, _)) => family,
    }
}

/// The GPUs of an accelerator-optimized machine type, by its name.
fn built_in(name: &str, cpus: u32) -> Option<(&'static str, u32)> {
    let mut parts = name.split('-');
    let (family, class, size) = (parts.next()?, parts.next()?, parts.next()?);
    let by_name = || size.strip_suffix('g')?.parse().ok();
    Some(match (family, class) {
        ("a2", "ultragpu") => ("nvidia-a100-80gb", by_name()?),
        ("a2", _) => ("nvidia-tesla-a100", by_name()?),
        ("a3", "megagpu") => ("nvidia-h100-mega-80gb", by_name()?),
        ("a3", "ultragpu") => ("nvidia-h200-141gb", by_name()?),
        ("a3", _) => ("nvidia-h100-80gb", by_name()?),
        ("a4", _) => ("nvidia-b200", by_name()?),
        ("a4x", "maxgpu") => ("nvidia-gb300", by_name()?),
        ("a4x", _) => ("nvidia-gb200", by_name()?),
        // Below 24 and at 32 vCPUs there is one.
        ("g2", _) if cpus == 32 => ("nvidia-l4", 1),
        ("g2", _) => ("nvidia-l4", (cpus / 12).next_power_of_two().clamp(1, 8)),
        ("g4", _) => ("nvidia-rtx-pro-6000", (cpus / 48).max(1)),
        _ => return None,
    })
}

/// The predefined machine types of `zone`, sorted by name.
pub(super) fn machine_types(zone: &str) -> Vec<MachineType> {
    let here = |row: &Row| TABLE.is_in(row.zones.as_ref(), zone);
    let all = TABLE.machine_types.iter().filter(|(_, row)| here(row));
    all.map(|(name, row)| MachineType::new(name, row)).collect()
}

/// The machine type called `name` in `zone`, predefined or custom
/// (`custom-4-16384`, `n2-custom-4-16384`).
pub(super) fn machine_type(zone: &str, name: &str) -> Option<MachineType> {
    if let Some(row) = TABLE.machine_types.get(name) {
        let here = TABLE.is_in(row.zones.as_ref(), zone);
        return here.then(|| MachineType::new(name, row));
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

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn built_in_gpus_follow_from_the_name() {
        for (name, gpus) in [
            ("a2-megagpu-16g", Some(("nvidia-tesla-a100", 16))),
            ("a2-ultragpu-2g", Some(("nvidia-a100-80gb", 2))),
            ("a3-edgegpu-8g-nolssd", Some(("nvidia-h100-80gb", 8))),
            ("a4x-maxgpu-4g-metal", Some(("nvidia-gb300", 4))),
            ("g2-standard-4", Some(("nvidia-l4", 1))),
            ("g2-standard-12", Some(("nvidia-l4", 1))),
            ("g2-standard-16", Some(("nvidia-l4", 1))),
            ("g2-standard-24", Some(("nvidia-l4", 2))),
            ("g2-standard-32", Some(("nvidia-l4", 1))),
            ("g2-standard-96", Some(("nvidia-l4", 8))),
            ("g4-standard-6", Some(("nvidia-rtx-pro-6000", 1))),
            ("g4-standard-384", Some(("nvidia-rtx-pro-6000", 8))),
            ("n1-standard-4", None),
        ] {
            let machine = machine_type("us-central1-a", name).or_else(|| {
                let row = TABLE.machine_types.get(name)?;
                Some(MachineType::new(name, row))
            });
            assert_eq!(machine.and_then(|m| m.accelerator), gpus, "{name}");
        }
    }
}
