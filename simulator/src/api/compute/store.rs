//! The state of Compute Engine.

use super::{disk::Disk, instance::Instance, settings::ComputeSettings};
use crate::table::{Journaled, Table};
use serde_json::Value;

/// The state of Compute Engine.
#[derive(Debug, Clone)]
pub(crate) struct Compute {
    /// By path, `projects/p/zones/z/instances/i`.
    pub(crate) instances: Table<Instance>,
    /// Paths of instances by numeric ID.
    pub(super) ids: Table<String>,
    pub(super) disks: Table<Disk>,
    pub(crate) settings: ComputeSettings,
    /// System events that were not taken yet; not journaled.
    pub(super) log: Vec<Value>,
}

impl Compute {
    pub(crate) fn new() -> Self {
        Self {
            instances: Table::new("compute.instances"),
            ids: Table::new("compute.ids"),
            disks: Table::new("compute.disks"),
            settings: ComputeSettings::default(),
            log: Vec::new(),
        }
    }

    pub(crate) fn tables(&mut self) -> Vec<&mut dyn Journaled> {
        vec![&mut self.instances, &mut self.ids, &mut self.disks]
    }

    /// The instance with this id.
    pub(crate) fn by_id(&self, id: &str) -> Option<&Instance> {
        self.instances.get(self.ids.get(id)?)
    }
}
