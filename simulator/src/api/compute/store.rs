//! The state of Compute Engine.

use super::{
    disk::Disk, instance::Instance, network::NetworkResource, operation::Operation,
    settings::ComputeSettings, timers::Timers,
};
use crate::table::{Journaled, Table};
use names::Timestamp;
use serde_json::Value;

/// The state of Compute Engine.
#[derive(Debug, Clone)]
pub(crate) struct Compute {
    /// By path, `projects/p/zones/z/instances/i`.
    pub(crate) instances: Table<Instance>,
    /// Paths of instances by numeric ID.
    pub(super) ids: Table<String>,
    pub(super) operations: Table<Operation>,
    /// Paths of operations by project and request ID.
    pub(super) requests: Table<String>,
    pub(super) disks: Table<Disk>,
    /// Networks, subnetworks and firewall rules, by path.
    pub(super) networks: Table<NetworkResource>,
    pub(super) timers: Timers,
    /// The last number given out, in a single row.
    numbers: Table<u64>,
    pub(super) settings: ComputeSettings,
    /// System events that were not taken yet; not journaled.
    pub(super) log: Vec<Value>,
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
            timers: Timers::new(),
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
            &mut self.timers.rows,
            &mut self.numbers,
        ]
    }

    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.timers.next()
    }

    /// The instance with this id.
    pub(crate) fn by_id(&self, id: &str) -> Option<&Instance> {
        self.instances.get(self.ids.get(id)?)
    }

    pub(super) fn next(&mut self) -> u64 {
        let next = self.numbers.get("next").map_or(1, |last| last + 1);
        self.numbers.insert("next", next);
        next
    }

    /// A numeric ID as long as Google's, the same in every run.
    pub(super) fn next_id(&mut self) -> String {
        // An odd factor permutes the numbers below 2^60, so that IDs differ and
        // look random.
        let scattered = self.next().wrapping_mul(0x9E37_79B9_7F4A_7C15) % (1 << 60);
        ((1 << 62) + scattered).to_string()
    }
}
