//! Sizes of machine types and the zones that offer them: generated data.

use names::Zone;
use serde::Deserialize;
use std::{collections::BTreeMap, sync::LazyLock};

/// The file that `groundcrew generate` makes.
#[derive(Deserialize)]
struct Catalog {
    zones: Vec<Zone>,
    accelerators: BTreeMap<String, Runs>,
    machine_types: BTreeMap<String, MachineTypeEntry>,
}

/// First and last of each run of indices into `zones`.
type Runs = Vec<(usize, usize)>;

#[derive(Deserialize)]
struct MachineTypeEntry {
    #[serde(flatten)]
    size: Size,
    /// Missing where the source does not say.
    zones: Option<Runs>,
}

/// The size of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) struct Size {
    pub(super) cpus: u32,
    pub(super) memory_mb: u32,
}

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../data/machine-types.json")).expect("generated")
});

/// The series of a machine type, such as `n1`.
pub(super) fn series(machine: &str) -> &str {
    match machine.split_once('-') {
        Some(("custom", _)) | None => "n1",
        Some((series, _)) => series,
    }
}

/// Whether any machine type of the series is known.
pub(super) fn knows_series(series: &str) -> bool {
    let mut known = CATALOG.machine_types.keys();
    known.any(|name| self::series(name) == series)
}

/// The size of a machine type, predefined or custom (`n2-custom-4-16384`).
pub(super) fn size(machine: &str) -> Option<Size> {
    if let Some(entry) = CATALOG.machine_types.get(machine) {
        return Some(entry.size);
    }
    let mut shape = custom(machine)?.split('-');
    Some(Size {
        cpus: shape.next()?.parse().ok()?,
        memory_mb: shape.next()?.parse().ok()?,
    })
}

/// What follows `custom-`.
fn custom(machine: &str) -> Option<&str> {
    let (series, shape) = machine.split_once("custom-")?;
    (series.is_empty() || series.ends_with('-')).then_some(shape)
}

/// Whether `zone` offers the machine type; `None` if the source does not say.
pub(super) fn machine_in(machine: &str, zone: &Zone) -> Option<bool> {
    let types = &CATALOG.machine_types;
    let zones = match types.get(machine) {
        Some(entry) => entry.zones.as_ref()?,
        // Where there is a machine of the series there are custom ones.
        None if custom(machine).is_some() => types
            .iter()
            .filter(|(name, _)| series(name) == series(machine))
            .find_map(|(_, entry)| entry.zones.as_ref())?,
        None => return None,
    };
    contains(zones, zone)
}

/// Whether `zone` offers a GPU that is attached; `None` if the source does not
/// say.
pub(super) fn gpu_in(kind: &str, zone: &Zone) -> Option<bool> {
    contains(CATALOG.accelerators.get(kind)?, zone)
}

fn contains(runs: &Runs, zone: &Zone) -> Option<bool> {
    let index = CATALOG.zones.binary_search(zone).ok()?;
    Some(
        runs.iter()
            .any(|(first, last)| (*first..=*last).contains(&index)),
    )
}
