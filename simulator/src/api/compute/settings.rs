//! What an embedder may turn: how long things take, and what is scarce.

use super::catalog::{Image, public_images};
use names::Duration;
use std::collections::{BTreeMap, BTreeSet};

/// The knobs of the simulated Compute Engine. The defaults suit a laptop;
/// where Google is slower the field says so.
#[derive(Debug, Clone)]
pub struct ComputeSettings {
    /// From an insert or start to the end of its operation. The machine is
    /// PROVISIONING until then, STAGING after. Google: some 10 s.
    pub insert_operation: Duration,
    /// From STAGING to RUNNING, when the guest begins to boot. Google: seconds.
    pub boot: Duration,
    /// From the guest being down to a deleted machine being gone. Google: some 10 s.
    pub delete_operation: Duration,
    /// How long every other operation takes.
    pub other_operation: Duration,
    /// From the power button to the power being cut. Google: 90 s, and 30 s
    /// when a Spot machine is preempted.
    pub shutdown_grace: Duration,
    /// From the notice of a host maintenance to its beginning. Google: 60 min
    /// for machines with GPUs, 60 s for others.
    pub maintenance_notice: Duration,
    /// What is out of stock: a zone, and a machine type or accelerator.
    pub stockouts: BTreeSet<(String, String)>,
    /// The zones that the error of a stockout recommends. Empty: it says no more
    /// than `ZONE_RESOURCE_POOL_EXHAUSTED`.
    pub zones_available: Vec<String>,
    /// Whether stockouts and quotas are an HTTP error at once; else the
    /// operation fails. Google does both.
    pub refuse_at_once: bool,
    /// How many GPUs of one model a project may have in a region, Spot and
    /// other counted apart; 16 in regions that are not named.
    pub region_gpus: BTreeMap<String, u32>,
    /// How many GPUs a project may have in all (`GPUS_ALL_REGIONS`).
    pub gpus_all_regions: u32,
    /// How many machines a project may have.
    pub instances: u32,
    /// The images there are.
    pub images: Vec<Image>,
}

impl Default for ComputeSettings {
    fn default() -> Self {
        Self {
            insert_operation: Duration::from_millis(300),
            boot: Duration::from_millis(500),
            delete_operation: Duration::from_millis(500),
            other_operation: Duration::from_millis(100),
            shutdown_grace: Duration::from_secs(3),
            maintenance_notice: Duration::from_secs(10),
            stockouts: BTreeSet::new(),
            zones_available: Vec::new(),
            refuse_at_once: false,
            region_gpus: BTreeMap::new(),
            gpus_all_regions: 64,
            instances: 1000,
            images: public_images(),
        }
    }
}

impl ComputeSettings {
    pub(super) fn region_gpus(&self, region: &str) -> u32 {
        self.region_gpus.get(region).copied().unwrap_or(16)
    }

    /// The image at `projects/p/global/images/i` or `…/images/family/f`.
    pub(super) fn image(&self, path: &str) -> Option<&Image> {
        let (project, rest) = path
            .strip_prefix("projects/")?
            .split_once("/global/images/")?;
        let mut of_project = self.images.iter().filter(|image| image.project == project);
        match rest.strip_prefix("family/") {
            Some(family) => of_project.find(|image| image.family == family),
            None => of_project.find(|image| image.name == rest),
        }
    }
}
