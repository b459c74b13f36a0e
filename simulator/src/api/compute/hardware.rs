//! The machine type, accelerators and disks in the body of an insert.

use super::{
    catalog::is_disk_type,
    context::InsertContext,
    instance::int64,
    machine_types::{self, Accelerator, MachineType},
    reference::{full_path, last_segment},
    validate::check_labels,
};
use crate::ApiError;
use crate::collection::{
    dialect::compute::{invalid_value, not_found},
    is_rfc1035,
};
use serde_json::{Value, json};

/// The name of the disk that `initializeParams` creates.
pub(super) fn disk_name(disk: &Value, index: usize, instance: &str) -> String {
    match disk["initializeParams"]["diskName"].as_str() {
        Some(named) => named.to_owned(),
        None if index == 0 => instance.to_owned(),
        None => format!("{instance}-{index}"),
    }
}

const MISSING: &str = "The referenced resource does not exist.";

/// Checks the machine type and its accelerators, and returns the machine type.
pub(super) fn check_machine_type(
    resource: &mut Value,
    context: &InsertContext<'_>,
) -> Result<MachineType, ApiError> {
    let InsertContext {
        project,
        zone,
        settings,
        ..
    } = context;
    let named = resource["machineType"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let path = full_path(&named, project, &format!("zones/{zone}/machineTypes"));
    let here = path.contains(&format!("/zones/{zone}/machineTypes/"));
    let machine = machine_types::machine_type(zone, last_segment(&path))
        .filter(|machine| here && !named.is_empty() && !settings.lacks(zone, &machine.name))
        .ok_or_else(|| invalid_value("machineType", &named, MISSING))?;
    resource["machineType"] = path.into();

    let requested = resource["guestAccelerators"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let accelerators = format!("zones/{zone}/acceleratorTypes");
    let mut gpus = Vec::new();
    for (index, gpu) in requested.iter().enumerate() {
        let field = format!("guestAccelerators[{index}]");
        let kind = gpu["acceleratorType"].as_str().unwrap_or_default();
        let path = full_path(kind, project, &accelerators);
        let accelerator = machine_types::accelerator(zone, last_segment(&path))
            .filter(|found| !settings.lacks(zone, found.name))
            .filter(|_| path.contains(&format!("/{accelerators}/")))
            .ok_or_else(|| invalid_value(&format!("{field}.acceleratorType"), kind, MISSING))?;
        let count = gpu["acceleratorCount"].as_u64().unwrap_or(0);
        check_gpus(&machine, accelerator, count, &field)?;
        gpus.push(json!({ "acceleratorType": path, "acceleratorCount": count }));
    }
    if gpus.len() > 1 {
        let reason = "At most one accelerator type can be given.";
        return Err(invalid_value(
            "guestAccelerators",
            &gpus.len().to_string(),
            reason,
        ));
    }
    if let (true, Some((model, count))) = (gpus.is_empty(), machine.accelerator) {
        let path = full_path(model, project, &accelerators);
        gpus.push(json!({ "acceleratorType": path, "acceleratorCount": count }));
    }
    if !gpus.is_empty() {
        resource["guestAccelerators"] = gpus.into();
    }
    Ok(machine)
}

/// Checks the number of GPUs, and that the machine can have them. Only the text
/// of the second refusal is known to be Google's.
fn check_gpus(
    machine: &MachineType,
    accelerator: &Accelerator,
    count: u64,
    field: &str,
) -> Result<(), ApiError> {
    let most = u64::from(accelerator.max_per_instance);
    let limits = accelerator.attaches;
    let limit = limits.iter().find(|(known, ..)| u64::from(*known) == count);
    if !(1..=most).contains(&count) || (!limits.is_empty() && limit.is_none()) {
        let counts: Vec<u32> = limits.iter().map(|(known, ..)| *known).collect();
        let reason = match counts.is_empty() {
            true => format!("Must be between 1 and {most}."),
            false => format!("Must be one of {counts:?}."),
        };
        return Err(invalid_value(
            &format!("{field}.acceleratorCount"),
            &count.to_string(),
            &reason,
        ));
    }
    let model = accelerator.name.trim_end_matches("-vws");
    let fits = match machine.accelerator {
        Some((own, number)) => own == model && u64::from(number) == count,
        None => machine.family() == "n1" && !limits.is_empty(),
    };
    let (name, gpu) = (&machine.name, accelerator.name);
    if !fits {
        return Err(ApiError::invalid(format!(
            "[{name}, {gpu}] features are not compatible for creating instance."
        )));
    }
    match limit {
        Some((_, cpus, gb)) if machine.cpus > *cpus || machine.memory_mb > gb * 1024 => {
            Err(ApiError::invalid(format!(
                "{name} exceeds the maximum of {cpus} vCPUs and {gb} GB of memory for {count} {gpu}."
            )))
        }
        Some(_) | None => Ok(()),
    }
}

/// Checks the type of a disk that is created. The text of the second refusal is
/// unverified.
fn check_disk_type(
    disk: &Value,
    named: &Value,
    field: &str,
    machine: &MachineType,
    context: &InsertContext<'_>,
) -> Result<(), ApiError> {
    let named = named.as_str().unwrap_or("pd-standard");
    let kind = last_segment(named);
    if !is_disk_type(kind) || context.settings.lacks(context.zone, kind) {
        let field = format!("{field}.initializeParams.diskType");
        return Err(invalid_value(&field, named, MISSING));
    }
    if disk["boot"] == true && !machine.boots_from(kind) {
        return Err(ApiError::invalid(format!(
            "{kind} disk type cannot be used by {} machine type.",
            machine.name
        )));
    }
    Ok(())
}

pub(super) fn read_disks(
    resource: &mut Value,
    instance: &str,
    machine: &MachineType,
    context: &InsertContext<'_>,
) -> Result<(), ApiError> {
    let InsertContext {
        project,
        zone,
        settings,
        ..
    } = context;
    let none = Vec::new();
    let requested = resource["disks"].as_array().unwrap_or(&none).clone();
    let boots = requested.iter().any(|disk| disk["boot"] == true);
    if !boots {
        let reason = "At least one disk must be a boot disk.";
        return Err(invalid_value("disks", "", reason));
    }
    let mut disks = Vec::new();
    for (index, mut disk) in requested.into_iter().enumerate() {
        let field = format!("disks[{index}]");
        let collection = format!("zones/{zone}/disks");
        let from = disk["initializeParams"].take();
        let size = &[&from["diskSizeGb"], &disk["diskSizeGb"]]
            .into_iter()
            .find(|s| !s.is_null());
        let size_gb = size.map(|size| int64(size).unwrap_or(-1));
        if let Some(gb) = size_gb.filter(|gb| !(1..=65_536).contains(gb)) {
            let reason = "Must be between 1 and 65536.";
            return Err(invalid_value(
                &format!("{field}.initializeParams.diskSizeGb"),
                &gb.to_string(),
                reason,
            ));
        }
        if let Some(source) = disk["source"].as_str() {
            disk["source"] = full_path(source, project, &collection).into();
        } else if let Some(requested) = from["sourceImage"].as_str() {
            let path = full_path(requested, project, "global/images");
            let image = settings.image(&path).ok_or_else(|| not_found(&path))?;
            let gb = size_gb.unwrap_or(image.size_gb);
            if gb < image.size_gb {
                let reason = format!(
                    "Requested disk size cannot be smaller than the image size ({} GB)",
                    image.size_gb
                );
                let field = format!("{field}.initializeParams.diskSizeGb");
                return Err(invalid_value(&field, &gb.to_string(), &reason));
            }
            disk["diskSizeGb"] = gb.to_string().into();
        } else if disk["boot"] == true {
            let reason = "A boot disk needs a source or a source image.";
            return Err(invalid_value(&format!("{field}.source"), "", reason));
        } else {
            disk["diskSizeGb"] = size_gb.unwrap_or(500).to_string().into();
        }
        if disk["source"].is_null() {
            check_disk_type(&disk, &from["diskType"], &field, machine, context)?;
            let name = disk_name(&json!({ "initializeParams": from }), index, instance);
            if !is_rfc1035(&name) {
                let reason = "Must be a resource name.";
                return Err(invalid_value(
                    &format!("{field}.initializeParams.diskName"),
                    &name,
                    reason,
                ));
            }
            check_labels(&from["labels"])?;
            disk["source"] = full_path(&name, project, &collection).into();
        }
        let fields = disk
            .as_object_mut()
            .ok_or_else(|| invalid_value(&field, "", "Must be an object."))?;
        fields.remove("initializeParams");
        for (key, value) in [
            ("autoDelete", json!(false)),
            ("boot", json!(false)),
            ("deviceName", json!(format!("persistent-disk-{index}"))),
            ("index", json!(index)),
            ("interface", json!("SCSI")),
            ("kind", json!("compute#attachedDisk")),
            ("mode", json!("READ_WRITE")),
            ("type", json!("PERSISTENT")),
        ] {
            fields.entry(key).or_insert(value);
        }
        disks.push(disk);
    }
    resource["disks"] = disks.into();
    Ok(())
}
