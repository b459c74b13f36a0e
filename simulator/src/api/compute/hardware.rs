//! The machine type, accelerators and disks of an insert.

use super::{
    catalog,
    context::Scene,
    error::{not_found, wrong},
    instance::int64,
    reference::{full, is_name, last},
    validate::labels,
};
use crate::ApiError;
use serde_json::{Value, json};

/// The name of the disk that `initializeParams` makes.
pub(super) fn disk_name(disk: &Value, index: usize, instance: &str) -> String {
    match disk["initializeParams"]["diskName"].as_str() {
        Some(named) => named.to_owned(),
        None if index == 0 => instance.to_owned(),
        None => format!("{instance}-{index}"),
    }
}

/// Checks the machine type and its accelerators; says whether there are GPUs.
pub(super) fn machine(resource: &mut Value, scene: &Scene<'_>) -> Result<bool, ApiError> {
    let Scene { project, zone, .. } = scene;
    let named = resource["machineType"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let path = full(&named, project, &format!("zones/{zone}/machineTypes"));
    let missing = "The referenced resource does not exist.";
    let here = path.contains(&format!("/zones/{zone}/machineTypes/"));
    let machine = catalog::machine_type(zone, last(&path))
        .filter(|_| here && !named.is_empty())
        .ok_or_else(|| wrong("machineType", &named, missing))?;
    resource["machineType"] = path.into();

    let asked = resource["guestAccelerators"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let accelerators = format!("zones/{zone}/acceleratorTypes");
    let mut gpus = Vec::new();
    for (index, gpu) in asked.iter().enumerate() {
        let field = format!("guestAccelerators[{index}]");
        let kind = gpu["acceleratorType"].as_str().unwrap_or_default();
        let path = full(kind, project, &accelerators);
        let known = catalog::accelerator(zone, last(&path))
            .filter(|_| path.contains(&format!("/{accelerators}/")))
            .ok_or_else(|| wrong(&format!("{field}.acceleratorType"), kind, missing))?;
        let count = gpu["acceleratorCount"].as_u64().unwrap_or(0);
        if !(1..=u64::from(known.most)).contains(&count) {
            let why = format!("Must be between 1 and {}.", known.most);
            return Err(wrong(
                &format!("{field}.acceleratorCount"),
                &count.to_string(),
                &why,
            ));
        }
        let bundled = machine
            .accelerator
            .is_none_or(|own| own == (known.name, count as u32));
        if known.family != machine.family() || !bundled {
            return Err(ApiError::invalid(format!(
                "[{}, {}] features are not compatible for creating instance.",
                machine.name, known.name
            )));
        }
        gpus.push(json!({ "acceleratorType": path, "acceleratorCount": count }));
    }
    if gpus.len() > 1 {
        let why = "At most one accelerator type can be given.";
        return Err(wrong("guestAccelerators", &gpus.len().to_string(), why));
    }
    if let (true, Some((model, count))) = (gpus.is_empty(), machine.accelerator) {
        let path = full(model, project, &accelerators);
        gpus.push(json!({ "acceleratorType": path, "acceleratorCount": count }));
    }
    let any = !gpus.is_empty();
    if any {
        resource["guestAccelerators"] = gpus.into();
    }
    Ok(any)
}

pub(super) fn disks(
    resource: &mut Value,
    instance: &str,
    scene: &Scene<'_>,
) -> Result<(), ApiError> {
    let Scene {
        project,
        zone,
        settings,
        ..
    } = scene;
    let none = Vec::new();
    let asked = resource["disks"].as_array().unwrap_or(&none).clone();
    let boots = asked.iter().any(|disk| disk["boot"] == true);
    if !boots {
        let why = "At least one disk must be a boot disk.";
        return Err(wrong("disks", "", why));
    }
    let mut disks = Vec::new();
    for (index, mut disk) in asked.into_iter().enumerate() {
        let field = format!("disks[{index}]");
        let collection = format!("zones/{zone}/disks");
        let from = disk["initializeParams"].take();
        let size = &[&from["diskSizeGb"], &disk["diskSizeGb"]]
            .into_iter()
            .find(|s| !s.is_null());
        let size_gb = size.map(|size| int64(size).unwrap_or(-1));
        if let Some(gb) = size_gb.filter(|gb| !(1..=65_536).contains(gb)) {
            let why = "Must be between 1 and 65536.";
            return Err(wrong(
                &format!("{field}.initializeParams.diskSizeGb"),
                &gb.to_string(),
                why,
            ));
        }
        if let Some(source) = disk["source"].as_str() {
            disk["source"] = full(source, project, &collection).into();
        } else if let Some(asked) = from["sourceImage"].as_str() {
            let path = full(asked, project, "global/images");
            let image = settings.image(&path).ok_or_else(|| not_found(&path))?;
            let gb = size_gb.unwrap_or(image.size_gb);
            if gb < image.size_gb {
                let why = format!(
                    "Requested disk size cannot be smaller than the image size ({} GB)",
                    image.size_gb
                );
                let field = format!("{field}.initializeParams.diskSizeGb");
                return Err(wrong(&field, &gb.to_string(), &why));
            }
            disk["diskSizeGb"] = gb.to_string().into();
        } else if disk["boot"] == true {
            let why = "A boot disk needs a source or a source image.";
            return Err(wrong(&format!("{field}.source"), "", why));
        } else {
            disk["diskSizeGb"] = size_gb.unwrap_or(500).to_string().into();
        }
        if disk["source"].is_null() {
            let name = disk_name(&json!({ "initializeParams": from }), index, instance);
            if !is_name(&name) {
                let why = "Must be a resource name.";
                return Err(wrong(
                    &format!("{field}.initializeParams.diskName"),
                    &name,
                    why,
                ));
            }
            labels(&from["labels"])?;
            disk["source"] = full(&name, project, &collection).into();
        }
        let fields = disk
            .as_object_mut()
            .ok_or_else(|| wrong(&field, "", "Must be an object."))?;
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
