//! What a deployment of groundcrew is told about its surroundings.

use names::{BucketName, DatabaseName, ProjectId, ServiceAccountEmail, TopicName, Zone};
use serde::Deserialize;

/// The job flow's configuration. Identity-bearing values have no defaults and
/// never come from an event.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Settings {
    /// Name of this deployment; the label that marks its machines.
    pub deployment: String,
    /// The ledger's database.
    pub database: DatabaseName,
    /// The project that machines are launched in.
    pub project: ProjectId,
    /// Zones to try, in order.
    pub zones: Vec<Zone>,
    /// The account that launches machines, which the functions impersonate.
    pub resource_manager: ServiceAccountEmail,
    /// The account that machines run as.
    pub instances_account: ServiceAccountEmail,
    /// Where claims, logs and exit records go.
    pub bucket: BucketName,
    /// Where agents report.
    pub reports: TopicName,
    /// The audience of the identity tokens that reports carry.
    pub audience: String,
    /// The subnetwork of machines, by name, in the zone's region.
    #[serde(default = "default_subnetwork")]
    pub subnetwork: String,
    /// The image of the boot disk.
    #[serde(default = "default_image")]
    pub image: String,
}

fn default_subnetwork() -> String {
    "default".to_owned()
}

fn default_image() -> String {
    "projects/debian-cloud/global/images/family/debian-12".to_owned()
}
