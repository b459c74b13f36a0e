//! Compute Engine, v1: machines, their operations and disks, and the catalog.

mod agenda;
mod catalog;
mod change;
#[cfg(test)]
mod contract;
mod disk;
mod disruption;
mod event;
mod filter;
mod hardware;
mod insert;
pub(crate) mod instance;
mod life;
mod list;
mod needs;
mod network;
mod operation;
mod read;
mod reference;
mod request;
mod scarcity;
mod scheduling;
mod settings;
#[cfg(test)]
pub(crate) mod tests;

pub use catalog::Image;
pub use instance::InstanceView;
pub(crate) use life::advance;
pub use settings::ComputeSettings;

use crate::{
    ApiError, Call, Cloud,
    error::Dialect,
    route::Route,
    table::{Journaled, Table},
};
use agenda::Agenda;
use disk::Disk;
use http::Method;
use instance::Instance;
use names::Timestamp;
use network::{FIREWALL, NETWORK, SUBNETWORK, firewall_needs, needs};
use operation::Operation;
use serde_json::Value;

macro_rules! routes {
    ($($id:literal $verb:ident $path:literal $needs:expr, $act:expr;)*) => {
        &[$(Route {
            api: "compute",
            id: concat!("compute.", $id),
            verb: Method::$verb,
            path: concat!("/compute/v1/projects/{project}", $path),
            dialect: Dialect::Legacy,
            needs: $needs,
            act: $act,
        }),*]
    };
}

pub(crate) const ROUTES: &[Route] = routes! {
    "instances.insert" POST "/zones/{zone}/instances" needs::insert, insert::insert;
    "instances.get" GET "/zones/{zone}/instances/{instance}" needs::get, read::instance;
    "instances.list" GET "/zones/{zone}/instances" needs::list, list::list;
    "instances.aggregatedList" GET "/aggregated/instances" needs::list, list::aggregated;
    "instances.delete" DELETE "/zones/{zone}/instances/{instance}" needs::delete, change::delete;
    "instances.stop" POST "/zones/{zone}/instances/{instance}/stop" needs::stop, change::stop;
    "instances.start" POST "/zones/{zone}/instances/{instance}/start" needs::start, change::start;
    "instances.setMetadata" POST "/zones/{zone}/instances/{instance}/setMetadata"
        needs::set_metadata, change::set_metadata;
    "instances.setLabels" POST "/zones/{zone}/instances/{instance}/setLabels"
        needs::set_labels, change::set_labels;
    "instances.simulateMaintenanceEvent"
        POST "/zones/{zone}/instances/{instance}/simulateMaintenanceEvent"
        needs::simulate, change::simulate_maintenance;
    "instances.getSerialPortOutput" GET "/zones/{zone}/instances/{instance}/serialPort"
        needs::serial_port, read::serial_port;
    "networks.insert" POST "/global/networks"
        |_, call| needs(&NETWORK, call, &["compute.networks.create"]), |c, k| network::insert(&NETWORK, c, k);
    "networks.get" GET "/global/networks/{network}"
        |_, call| needs(&NETWORK, call, &["compute.networks.get"]), |c, k| network::get(&NETWORK, c, k);
    "networks.list" GET "/global/networks" needs::networks, |c, k| network::list(&NETWORK, c, k);
    "networks.patch" PATCH "/global/networks/{network}"
        |_, call| needs(&NETWORK, call, &["compute.networks.get", "compute.networks.update"]),
        |c, k| network::patch(&NETWORK, c, k);
    "networks.delete" DELETE "/global/networks/{network}"
        |_, call| needs(&NETWORK, call, &["compute.networks.delete"]), |c, k| network::delete(&NETWORK, c, k);
    "subnetworks.insert" POST "/regions/{region}/subnetworks"
        |_, call| needs(&SUBNETWORK, call, &["compute.subnetworks.create"]), |c, k| network::insert(&SUBNETWORK, c, k);
    "subnetworks.get" GET "/regions/{region}/subnetworks/{subnetwork}"
        |_, call| needs(&SUBNETWORK, call, &["compute.subnetworks.get"]), |c, k| network::get(&SUBNETWORK, c, k);
    "subnetworks.list" GET "/regions/{region}/subnetworks"
        needs::subnetworks, |c, k| network::list(&SUBNETWORK, c, k);
    "subnetworks.patch" PATCH "/regions/{region}/subnetworks/{subnetwork}"
        |_, call| needs(&SUBNETWORK, call, &["compute.subnetworks.get", "compute.subnetworks.update"]),
        |c, k| network::patch(&SUBNETWORK, c, k);
    "subnetworks.setPrivateIpGoogleAccess"
        POST "/regions/{region}/subnetworks/{subnetwork}/setPrivateIpGoogleAccess"
        |_, call| needs(&SUBNETWORK, call, &["compute.subnetworks.setPrivateIpGoogleAccess"]),
        network::set_private_access;
    "subnetworks.delete" DELETE "/regions/{region}/subnetworks/{subnetwork}"
        |_, call| needs(&SUBNETWORK, call, &["compute.subnetworks.delete"]), |c, k| network::delete(&SUBNETWORK, c, k);
    "firewalls.insert" POST "/global/firewalls"
        |c, k| firewall_needs(c, k, &["compute.firewalls.create"]), |c, k| network::insert(&FIREWALL, c, k);
    "firewalls.get" GET "/global/firewalls/{firewall}"
        |_, call| needs(&FIREWALL, call, &["compute.firewalls.get"]), |c, k| network::get(&FIREWALL, c, k);
    "firewalls.list" GET "/global/firewalls" needs::firewalls, |c, k| network::list(&FIREWALL, c, k);
    "firewalls.patch" PATCH "/global/firewalls/{firewall}"
        |c, k| firewall_needs(c, k, &["compute.firewalls.get", "compute.firewalls.update"]),
        |c, k| network::patch(&FIREWALL, c, k);
    "firewalls.delete" DELETE "/global/firewalls/{firewall}"
        |c, k| firewall_needs(c, k, &["compute.firewalls.delete"]), |c, k| network::delete(&FIREWALL, c, k);
    "globalOperations.get" GET "/global/operations/{operation}" needs::global_operation, operation::get;
    "globalOperations.wait" POST "/global/operations/{operation}/wait"
        needs::global_operation, operation::wait;
    "regionOperations.get" GET "/regions/{region}/operations/{operation}"
        needs::region_operation, operation::get;
    "regionOperations.wait" POST "/regions/{region}/operations/{operation}/wait"
        needs::region_operation, operation::wait;
    "zoneOperations.get" GET "/zones/{zone}/operations/{operation}"
        needs::operation_get, operation::get;
    "zoneOperations.list" GET "/zones/{zone}/operations" needs::operations_list, operation::list;
    "zoneOperations.wait" POST "/zones/{zone}/operations/{operation}/wait"
        needs::operation_get, operation::wait;
    "disks.get" GET "/zones/{zone}/disks/{disk}" needs::disk_get, disk::get;
    "disks.list" GET "/zones/{zone}/disks" needs::disks_list, disk::list;
    "disks.aggregatedList" GET "/aggregated/disks" needs::disks_list, disk::aggregated;
    "disks.delete" DELETE "/zones/{zone}/disks/{disk}" needs::disk_delete, disk::delete;
    "zones.get" GET "/zones/{zone}" needs::zone, read::zone;
    "zones.list" GET "/zones" needs::zones, read::zones;
    "regions.get" GET "/regions/{region}" needs::region, read::region;
    "regions.list" GET "/regions" needs::regions, read::regions;
    "machineTypes.get" GET "/zones/{zone}/machineTypes/{machineType}"
        needs::machine_type, read::machine_type;
    "machineTypes.list" GET "/zones/{zone}/machineTypes" needs::machine_types, read::machine_types;
    "acceleratorTypes.list" GET "/zones/{zone}/acceleratorTypes"
        needs::accelerator_types, read::accelerator_types;
    "images.getFromFamily" GET "/global/images/family/{family}"
        needs::image_from_family, read::image_from_family;
    "projects.get" GET "" needs::project, read::project;
};

/// The state of the API.
#[derive(Debug, Clone)]
pub(crate) struct Compute {
    /// By path, `projects/p/zones/z/instances/i`.
    pub(crate) instances: Table<Instance>,
    /// The paths of instances by id.
    ids: Table<String>,
    operations: Table<Operation>,
    /// The paths of operations by project and request id.
    requests: Table<String>,
    disks: Table<Disk>,
    /// Networks, subnetworks and firewall rules, by path.
    networks: Table<network::Item>,
    agenda: Agenda,
    /// What has been numbered so far, in its one row.
    numbers: Table<u64>,
    settings: ComputeSettings,
    /// System events that nobody took yet; lost with the process.
    log: Vec<Value>,
}

impl Compute {
    pub(crate) fn new() -> Self {
        Self {
            instances: Table::new("compute.instances"),
            ids: Table::new("compute.ids"),
            operations: Table::new("compute.operations"),
            requests: Table::new("compute.requests"),
            disks: Table::new("compute.disks"),
            networks: Table::new("compute.networks"),
            agenda: Agenda::new(),
            numbers: Table::new("compute.numbers"),
            settings: ComputeSettings::default(),
            log: Vec::new(),
        }
    }

    pub(crate) fn tables(&mut self) -> Vec<&mut dyn Journaled> {
        vec![
            &mut self.instances,
            &mut self.ids,
            &mut self.operations,
            &mut self.requests,
            &mut self.disks,
            &mut self.networks,
            &mut self.agenda.timers,
            &mut self.numbers,
        ]
    }

    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.agenda.next()
    }

    /// The instance with this id.
    pub(crate) fn by_id(&self, id: &str) -> Option<&Instance> {
        self.instances.get(self.ids.get(id)?)
    }

    fn next(&mut self) -> u64 {
        let next = self.numbers.get("next").map_or(1, |last| last + 1);
        self.numbers.insert("next", next);
        next
    }

    /// An id as long as Google's, the same in every run.
    fn next_id(&mut self) -> String {
        // An odd factor permutes the numbers below 2^60: ids differ and look it.
        let scattered = self.next().wrapping_mul(0x9E37_79B9_7F4A_7C15) % (1 << 60);
        ((1 << 62) + scattered).to_string()
    }
}

impl Cloud {
    /// The knobs of Compute Engine; a change holds for what begins after it.
    pub fn compute_settings(&mut self) -> &mut ComputeSettings {
        &mut self.compute.settings
    }

    /// The number of a project; 0 if there is none of that id.
    pub(crate) fn project_number(&self, project: &str) -> String {
        let number = self.iam.project(project).map_or(0, |(_, node)| node.number);
        number.to_string()
    }

    /// What the host of machine `id` (Compute Engine's number) needs to know.
    #[must_use]
    pub fn instance_view(&self, id: &str) -> Option<InstanceView> {
        Some(self.compute.by_id(id)?.view())
    }
}

/// 404, as recorded.
fn not_found(path: &str) -> ApiError {
    ApiError::not_found(format!("The resource '{path}' was not found"))
}

fn known_zone(call: &Call) -> Result<(), ApiError> {
    let zone = call.path("zone");
    if catalog::is_zone(zone) {
        return Ok(());
    }
    Err(ApiError::invalid(format!(
        "Invalid value for field 'zone': '{zone}'. Unknown zone."
    )))
}
