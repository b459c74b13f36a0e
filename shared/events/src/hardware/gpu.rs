//! Which GPUs go with which machines.
//!
//! From memory of Compute Engine's documentation "GPU machine types"
//! (unverified). What is not in these tables is left to Google to refuse.

use super::catalog::Size;

/// A GPU model that is attached to machines of the series n1: each number that a
/// machine can have, with the most vCPUs and GB of memory that go with it.
pub(super) struct Attachable {
    kind: &'static str,
    pub(super) limits: &'static [(u32, u32, u32)],
}

const ATTACHABLE: &[Attachable] = &[
    Attachable {
        kind: "nvidia-tesla-k80",
        limits: &[(1, 8, 52), (2, 16, 104), (4, 32, 208), (8, 64, 416)],
    },
    Attachable {
        kind: "nvidia-tesla-p100",
        limits: &[(1, 16, 104), (2, 32, 208), (4, 96, 624)],
    },
    Attachable {
        kind: "nvidia-tesla-p4",
        limits: &[(1, 24, 156), (2, 48, 312), (4, 96, 624)],
    },
    Attachable {
        kind: "nvidia-tesla-t4",
        limits: &[(1, 48, 312), (2, 48, 312), (4, 96, 624)],
    },
    Attachable {
        kind: "nvidia-tesla-v100",
        limits: &[(1, 12, 78), (2, 24, 156), (4, 48, 312), (8, 96, 624)],
    },
];

/// GPUs that are part of machine types: model, number, and the machine types,
/// the default first.
const BUILT_IN: &[(&str, u32, &str)] = &[
    ("nvidia-a100-80gb", 1, "a2-ultragpu-1g"),
    ("nvidia-a100-80gb", 2, "a2-ultragpu-2g"),
    ("nvidia-a100-80gb", 4, "a2-ultragpu-4g"),
    ("nvidia-a100-80gb", 8, "a2-ultragpu-8g"),
    ("nvidia-b200", 8, "a4-highgpu-8g"),
    ("nvidia-gb200", 4, "a4x-highgpu-4g"),
    ("nvidia-gb300", 4, "a4x-maxgpu-4g-metal"),
    ("nvidia-h100-80gb", 1, "a3-highgpu-1g"),
    ("nvidia-h100-80gb", 2, "a3-highgpu-2g"),
    ("nvidia-h100-80gb", 4, "a3-highgpu-4g"),
    (
        "nvidia-h100-80gb",
        8,
        "a3-highgpu-8g a3-edgegpu-8g a3-edgegpu-8g-nolssd",
    ),
    ("nvidia-h100-mega-80gb", 8, "a3-megagpu-8g"),
    (
        "nvidia-h200-141gb",
        8,
        "a3-ultragpu-8g a3-ultragpu-8g-nolssd",
    ),
    (
        "nvidia-l4",
        1,
        "g2-standard-4 g2-standard-8 g2-standard-12 g2-standard-16 g2-standard-32",
    ),
    ("nvidia-l4", 2, "g2-standard-24"),
    ("nvidia-l4", 4, "g2-standard-48"),
    ("nvidia-l4", 8, "g2-standard-96"),
    // The small ones have a part of a GPU.
    (
        "nvidia-rtx-pro-6000",
        1,
        "g4-standard-48 g4-standard-24 g4-standard-12 g4-standard-6",
    ),
    ("nvidia-rtx-pro-6000", 2, "g4-standard-96"),
    ("nvidia-rtx-pro-6000", 4, "g4-standard-192"),
    ("nvidia-rtx-pro-6000", 8, "g4-standard-384"),
    ("nvidia-tesla-a100", 1, "a2-highgpu-1g"),
    ("nvidia-tesla-a100", 2, "a2-highgpu-2g"),
    ("nvidia-tesla-a100", 4, "a2-highgpu-4g"),
    ("nvidia-tesla-a100", 8, "a2-highgpu-8g"),
    ("nvidia-tesla-a100", 16, "a2-megagpu-16g"),
];

/// The model, whether or not it is licensed as a virtual workstation.
fn model(kind: &str) -> &str {
    kind.strip_suffix("-vws").unwrap_or(kind)
}

/// The GPU model, if it is attached to machines.
pub(super) fn attachable(kind: &str) -> Option<&'static Attachable> {
    ATTACHABLE.iter().find(|known| known.kind == model(kind))
}

/// The machine types that have such GPUs, the default first, each with their
/// number; none for a model that is not part of machine types.
pub(super) fn machines_with(kind: &str) -> impl Iterator<Item = (u32, &'static str)> {
    BUILT_IN
        .iter()
        .filter(move |(known, ..)| *known == model(kind))
        .flat_map(|(_, count, machines)| machines.split(' ').map(|machine| (*count, machine)))
}

/// Whether GPUs are part of the machine type.
pub(super) fn has_built_in(machine: &str) -> bool {
    let mut machines = BUILT_IN
        .iter()
        .flat_map(|(.., machines)| machines.split(' '));
    machines.any(|known| known == machine)
}

/// Whether GPUs are part of the machine types of the series.
pub(super) fn are_built_in(series: &str) -> bool {
    let mut machines = BUILT_IN.iter().map(|(.., machines)| *machines);
    machines.any(|machines| super::series(machines) == series)
}

/// The models of both tables, for people.
pub(super) fn models() -> String {
    let mut all: Vec<&str> = ATTACHABLE.iter().map(|known| known.kind).collect();
    all.extend(BUILT_IN.iter().map(|(kind, ..)| *kind));
    all.dedup();
    all.join(", ")
}

impl Attachable {
    /// The default machine type for this number of GPUs.
    pub(super) fn default_machine(count: u32) -> String {
        format!("n1-standard-{}", (4 * count).next_power_of_two().min(32))
    }

    /// The numbers that a machine can have.
    pub(super) fn counts(&self) -> String {
        let counts = self.limits.iter().map(|(count, ..)| count.to_string());
        counts.collect::<Vec<_>>().join(", ")
    }

    /// Whether a machine of this size is too large for `count` GPUs, and what is
    /// the most.
    pub(super) fn excess(&self, count: u32, size: Size) -> Option<(u32, u32)> {
        let (_, cpus, gb) = self.limits.iter().find(|(known, ..)| *known == count)?;
        (size.cpus > *cpus || size.memory_mb > gb * 1024).then_some((*cpus, *gb))
    }
}
