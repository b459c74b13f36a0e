//! Settings of the simulated Compute Engine: delays and capacity.

use super::catalog::{Image, public_images};
use names::Duration;
use std::collections::{BTreeMap, BTreeSet};

/// What a request gets whose ID was used by one whose operation failed. Google only
/// says that it ignores the second request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RepeatedRequest {
    /// The operation that failed.
    #[default]
    ReturnsFailure,
    /// Another operation.
    BeginsAnew,
    /// An operation that is done and has changed nothing.
    IsIgnored,
}

/// Settings of the simulated Compute Engine. The defaults suit a laptop; fields
/// say where Google is slower.
#[derive(Debug, Clone)]
pub struct ComputeSettings {
    /// From an insert or start to the end of PROVISIONING, when its operation
    /// fails if it does. STAGING follows. Google: about 10 s.
    pub insert_operation: Duration,
    /// From STAGING to RUNNING, when the guest boots and the operation is done.
    /// Google: seconds.
    pub boot: Duration,
    /// From the shutdown of the guest to the removal of a deleted machine.
    /// Google: about 10 s.
    pub delete_operation: Duration,
    /// Duration of all other operations.
    pub other_operation: Duration,
    /// From the power button to power off. Google: 90 s, and 30 s when a Spot
    /// machine is preempted.
    pub shutdown_grace: Duration,
    /// From the announcement of host maintenance to its beginning. Google: 60
    /// min for machines with GPUs, 60 s for others.
    pub maintenance_notice: Duration,
    /// What zones lack beyond the catalog: a zone, and a machine type,
    /// accelerator or disk type.
    pub lacking: BTreeSet<(String, String)>,
    /// What is out of stock: a zone, and a machine type or accelerator.
    pub stockouts: BTreeSet<(String, String)>,
    /// The zones that the error of a stockout recommends. If empty, the error
    /// is just `ZONE_RESOURCE_POOL_EXHAUSTED`.
    pub zones_available: Vec<String>,
    /// How many of the next deletes fail at their end, after which the machine is
    /// still there, stopped.
    pub failing_deletes: u32,
    /// Whether stockouts and quotas are an HTTP error of the insert itself;
    /// otherwise its operation fails. Google does both.
    pub refuse_at_once: bool,
    /// What a request gets whose ID was used by one whose operation failed.
    pub repeats: RepeatedRequest,
    /// Quota of GPUs of one model in a region, counted separately for Spot and
    /// standard machines; 16 in regions that are not listed.
    pub region_gpus: BTreeMap<String, u32>,
    /// Quota of GPUs in a project (`GPUS_ALL_REGIONS`).
    pub gpus_all_regions: u32,
    /// Quota of machines in a project.
    pub instances: u32,
    /// The images that exist.
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
            lacking: BTreeSet::new(),
            stockouts: BTreeSet::new(),
            zones_available: Vec::new(),
            failing_deletes: 0,
            refuse_at_once: false,
            repeats: RepeatedRequest::default(),
            region_gpus: BTreeMap::new(),
            gpus_all_regions: 64,
            instances: 1000,
            images: public_images(),
        }
    }
}

impl ComputeSettings {
    pub(super) fn lacks(&self, zone: &str, what: &str) -> bool {
        self.lacking.contains(&(zone.to_owned(), what.to_owned()))
    }

    pub(super) fn region_gpus(&self, region: &str) -> u32 {
        self.region_gpus.get(region).copied().unwrap_or(16)
    }

    /// The image at `projects/p/global/images/i`, `…/images/family/f`, or (gcloud)
    /// `projects/p/zones/z/imageFamilyViews/f`.
    pub(super) fn image(&self, path: &str) -> Option<&Image> {
        let (project, rest) = path.strip_prefix("projects/")?.split_once('/')?;
        let mut of_project = self.images.iter().filter(|image| image.project == project);
        match rest.split('/').collect::<Vec<_>>()[..] {
            ["global", "images", "family", family] | ["zones", _, "imageFamilyViews", family] => {
                of_project.find(|image| image.family == family)
            }
            ["global", "images", name] => of_project.find(|image| image.name == name),
            _ => None,
        }
    }
}
