//! What a job's machine needs, derived from its machine type: GPUs, scheduling,
//! the disk, zones.

mod catalog;
mod gpu;

use crate::{Gpu, JobSpec};
use catalog::series;
use gpu::Attachable;
use names::{MachineType, Zone};

/// The machine type of a job that names neither a machine nor a GPU.
const DEFAULT: &str = "e2-standard-2";

impl JobSpec {
    /// The machine type: the one that is given, or the smallest usual one with the
    /// GPUs that are.
    ///
    /// # Panics
    /// Never: the tables have valid names.
    #[must_use]
    pub fn machine_type(&self) -> MachineType {
        let default = || {
            let machine = self.gpu.as_ref().and_then(default_for);
            let machine = machine.unwrap_or_else(|| DEFAULT.to_owned());
            machine.parse().expect("a machine type")
        };
        self.machine.clone().unwrap_or_else(default)
    }

    /// The GPUs to attach; none if they are part of the machine type.
    #[must_use]
    pub fn gpu_to_attach(&self) -> Option<&Gpu> {
        let machine = self.machine_type();
        let attached = |gpu: &&Gpu| {
            !gpu::has_built_in(machine.as_str()) || gpu.kind.as_str().ends_with("-vws")
        };
        self.gpu.as_ref().filter(attached)
    }

    /// Whether the machine has a GPU, attached or part of its type.
    #[must_use]
    pub fn has_gpu(&self) -> bool {
        let machine = self.machine_type();
        self.gpu.is_some() || gpu::are_built_in(series(machine.as_str()))
    }

    /// Whether Compute Engine can move the machine to another host while it runs.
    /// From memory of its documentation of live migration (unverified).
    #[must_use]
    pub fn can_migrate(&self) -> bool {
        let machine = self.machine_type();
        let machine = machine.as_str();
        let moved = match series(machine) {
            // High performance computing, and terabytes of local disks.
            "h3" | "h4d" | "x4" | "z3" => false,
            series => !series.starts_with("ct") && !series.starts_with("tpu"),
        };
        moved && !machine.ends_with("-metal") && !self.has_gpu() && !self.spot
    }

    /// The type of the boot disk; `None` for Google's default, `pd-standard`.
    /// From memory of its documentation of machine families (unverified).
    #[must_use]
    pub fn boot_disk_type(&self) -> Option<&'static str> {
        let machine = self.machine_type();
        match series(machine.as_str()) {
            "a2" | "c2" | "c2d" | "e2" | "f1" | "g1" | "m1" | "m2" | "n1" | "n2" | "n2d"
            | "t2a" | "t2d" => None,
            "a3" if machine.as_str().contains("ultragpu") => Some("hyperdisk-balanced"),
            "a3" | "c3" | "c3d" | "ct3" | "ct3p" | "ct5l" | "ct5lp" | "ct5p" | "g2" | "h3"
            | "m3" | "z3" => Some("pd-balanced"),
            // The newer ones take nothing else.
            _ => Some("hyperdisk-balanced"),
        }
    }

    /// Whether `zone` offers the machine and its GPUs; `None` if that is not
    /// known. The data are older than Google's zones: whoever is told `false` asks
    /// elsewhere first.
    #[must_use]
    pub fn is_offered_in(&self, zone: &Zone) -> Option<bool> {
        let machine = catalog::machine_in(self.machine_type().as_str(), zone);
        let gpu = self.gpu_to_attach().map(|gpu| gpu.kind.as_str());
        match (machine, gpu.and_then(|kind| catalog::gpu_in(kind, zone))) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), _) => Some(true),
            (None, known) => known,
        }
    }

    /// Whether the machine and its GPUs go together.
    pub(crate) fn check_hardware(&self) -> Result<(), String> {
        let machine = self.machine.as_ref().map(MachineType::as_str);
        if let Some(machine) = machine {
            check_machine(machine)?;
        }
        match (&self.gpu, machine) {
            (None, _) => Ok(()),
            (Some(gpu), None) if default_for(gpu).is_some() => Ok(()),
            (Some(gpu), _) => check_gpu(gpu, machine),
        }
    }
}

/// The default machine type for these GPUs; `None` if they are not known.
fn default_for(gpu: &Gpu) -> Option<String> {
    let kind = gpu.kind.as_str();
    if let Some(model) = gpu::attachable(kind) {
        let known = model.limits.iter().any(|(count, ..)| *count == gpu.count);
        return known.then(|| Attachable::default_machine(gpu.count));
    }
    let mut machines = gpu::machines_with(kind);
    let found = machines.find(|(count, _)| *count == gpu.count);
    found.map(|(_, machine)| machine.to_owned())
}

/// A series that is not known may be new: Google decides.
fn check_machine(machine: &str) -> Result<(), String> {
    let series = series(machine);
    if catalog::size(machine).is_none() && catalog::knows_series(series) {
        return Err(format!(
            "machine: the series {series} has no machine type {machine}"
        ));
    }
    Ok(())
}

fn check_gpu(gpu: &Gpu, machine: Option<&str>) -> Result<(), String> {
    let Gpu { kind, count } = gpu;
    if let Some(model) = gpu::attachable(kind.as_str()) {
        if !model.limits.iter().any(|(known, ..)| known == count) {
            let counts = model.counts();
            return Err(format!(
                "gpu.count: {kind} comes in {counts}, not in {count}"
            ));
        }
        let machine = machine.unwrap_or_default();
        if series(machine) != "n1" {
            return Err(format!(
                "gpu: {kind} can be attached to machines of the series n1 only, not to {machine}: \
                 leave the machine out, or give one of n1"
            ));
        }
        let excess = catalog::size(machine).and_then(|size| model.excess(*count, size));
        return match excess {
            Some((cpus, gb)) => Err(format!(
                "machine: {machine} is too large for {count} x {kind}: \
                 at most {cpus} vCPUs and {gb} GB"
            )),
            None => Ok(()),
        };
    }
    let with: Vec<String> = gpu::machines_with(kind.as_str())
        .map(|(count, machine)| format!("{count} in {machine}"))
        .collect();
    let fits = |machine| gpu::machines_with(kind.as_str()).any(|known| known == (*count, machine));
    match machine {
        None if with.is_empty() => Err(format!(
            "gpu: {kind} is not known, so the machine must be given; known are {}",
            gpu::models()
        )),
        Some(machine) if fits(machine) => Ok(()),
        None | Some(_) if !with.is_empty() => Err(format!(
            "gpu: {kind} is part of machine types, not {count} in {}: {}",
            machine.unwrap_or("any"),
            with.join(", ")
        )),
        // A model that is new, on a machine that can have GPUs as far as is known.
        Some(machine) => match series(machine) {
            series if series == "n1" || !catalog::knows_series(series) => Ok(()),
            series if series.starts_with(['a', 'g']) => Ok(()),
            series => Err(format!("gpu: machines of the series {series} take no GPU")),
        },
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
