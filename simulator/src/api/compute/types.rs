//! What zones offer: types of machines, accelerators and disks.

use super::{
    catalog::DISK_TYPES,
    error::check_zone,
    list::by_zone,
    machine_types::zones,
    machine_types::{self, ACCELERATORS, MachineType},
    read::{id, page, single},
};
use crate::collection::dialect::compute::make_links_absolute;
use crate::{ApiError, ApiResponse, Call, Cloud};
use serde_json::{Value, json};

/// A collection of types.
struct Types {
    /// As in paths.
    plural: &'static str,
    /// As in `kind` (`compute#diskType`).
    singular: &'static str,
    /// Those of a zone, which is given with the path of the collection in it.
    all: fn(&str, &str) -> Vec<Value>,
}

const MACHINES: Types = Types {
    plural: "machineTypes",
    singular: "machineType",
    all: |scope, zone| {
        let all = machine_types::machine_types(zone);
        all.iter().map(|item| machine(scope, zone, item)).collect()
    },
};

const ACCELERATOR_TYPES: Types = Types {
    plural: "acceleratorTypes",
    singular: "acceleratorType",
    all: |scope, zone| {
        let here = ACCELERATORS.iter().filter(|item| item.is_in(zone));
        let json = here.map(|item| {
            json!({
                "kind": "compute#acceleratorType",
                "id": id(item.name),
                "name": item.name,
                "description": item.description,
                "maximumCardsPerInstance": item.max_per_instance,
                "zone": zone_of(scope),
                "selfLink": format!("{scope}/{}", item.name),
            })
        });
        json.collect()
    },
};

const DISKS: Types = Types {
    plural: "diskTypes",
    singular: "diskType",
    all: |scope, _| {
        let json = DISK_TYPES.iter().map(|(name, description, size_gb)| {
            json!({
                "kind": "compute#diskType",
                "id": id(name),
                "name": name,
                "description": description,
                "defaultDiskSizeGb": size_gb.to_string(),
                "validDiskSize": if name.starts_with("hyperdisk") { "4GB-65536GB" } else { "10GB-65536GB" },
                "zone": zone_of(scope),
                "selfLink": format!("{scope}/{name}"),
            })
        });
        json.collect()
    },
};

/// The path of the zone of a collection.
fn zone_of(scope: &str) -> &str {
    scope.rsplit_once('/').map_or(scope, |(zone, _)| zone)
}

fn machine(scope: &str, zone: &str, machine: &MachineType) -> Value {
    let memory = f64::from(machine.memory_mb) / 1024.0;
    let mut json = json!({
        "kind": "compute#machineType",
        "id": id(&machine.name),
        "name": machine.name,
        "description": format!("{} vCPUs, {memory} GB RAM", machine.cpus),
        "guestCpus": machine.cpus,
        "memoryMb": machine.memory_mb,
        "isSharedCpu": machine.shared_cpu,
        "maximumPersistentDisks": 128,
        "maximumPersistentDisksSizeGb": "263168",
        "zone": zone,
        "selfLink": format!("{scope}/{}", machine.name),
    });
    if let Some((model, count)) = machine.accelerator {
        json["accelerators"] =
            json!([{ "guestAcceleratorType": model, "guestAcceleratorCount": count }]);
    }
    json
}

impl Types {
    fn scope(&self, call: &Call, zone: &str) -> String {
        let project = call.path("project");
        format!("projects/{project}/zones/{zone}/{}", self.plural)
    }

    fn list(&self, call: &Call) -> Result<ApiResponse, ApiError> {
        check_zone(call)?;
        let zone = call.path("zone");
        let scope = self.scope(call, zone);
        let kind = format!("compute#{}List", self.singular);
        page(call, &scope, &kind, (self.all)(&scope, zone))
    }

    fn get(&self, call: &Call) -> Result<ApiResponse, ApiError> {
        check_zone(call)?;
        let zone = call.path("zone");
        let scope = self.scope(call, zone);
        let name = call.path(self.singular);
        single(call, &scope, name, (self.all)(&scope, zone))
    }

    fn aggregated(&self, call: &Call) -> Result<ApiResponse, ApiError> {
        let rows = zones().iter().flat_map(|zone| {
            let scope = self.scope(call, zone);
            (self.all)(&scope, zone).into_iter().map(move |mut item| {
                let name = item["name"].as_str().unwrap_or_default();
                let path = format!("{scope}/{name}");
                make_links_absolute(&mut item, &call.origin);
                (path, item)
            })
        });
        let kind = format!("compute#{}AggregatedList", self.singular);
        by_zone(call, rows, self.plural, &kind)
    }
}

/// A machine type, which may be a custom one: those are in no list.
pub(super) fn machine_type(_: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    check_zone(call)?;
    let (zone, name) = (call.path("zone"), call.path("machineType"));
    let scope = MACHINES.scope(call, zone);
    let item = machine_types::machine_type(zone, name);
    let all = item
        .iter()
        .map(|item| machine(&scope, zone, item))
        .collect();
    single(call, &scope, name, all)
}

/// Declares the methods of collections.
macro_rules! methods {
    ($($name:ident $types:ident $method:ident;)*) => {
        $(
            pub(super) fn $name(_: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
                $types.$method(call)
            }
        )*
    };
}

methods! {
    machine_types MACHINES list;
    machine_types_aggregated MACHINES aggregated;
    accelerator_type ACCELERATOR_TYPES get;
    accelerator_types ACCELERATOR_TYPES list;
    accelerator_types_aggregated ACCELERATOR_TYPES aggregated;
    disk_type DISKS get;
    disk_types DISKS list;
    disk_types_aggregated DISKS aggregated;
}
