//! What a deployment of groundcrew is told about its surroundings.

use names::{
    BucketName, DatabaseName, ObjectName, ProjectId, ServiceAccountEmail, TopicName, Zone,
};
use serde::Deserialize;

/// The job flow's configuration, from the variables `GROUNDCREW_…`. Identity-bearing values have no defaults and
/// never come from an event.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Settings {
    /// Name of this deployment; the label that marks its machines.
    #[serde(rename = "groundcrew_deployment")]
    pub deployment: String,
    /// The ledger's database.
    #[serde(rename = "groundcrew_database")]
    pub database: DatabaseName,
    /// The project that machines are launched in.
    #[serde(rename = "groundcrew_project")]
    pub project: ProjectId,
    /// Zones to try, in order.
    #[serde(rename = "groundcrew_zones")]
    pub zones: Vec<Zone>,
    /// The account that launches machines, which the functions impersonate.
    #[serde(rename = "groundcrew_resource_manager")]
    pub resource_manager: ServiceAccountEmail,
    /// The account that machines run as.
    #[serde(rename = "groundcrew_instances_account")]
    pub instances_account: ServiceAccountEmail,
    /// Where claims, logs and exit records go.
    #[serde(rename = "groundcrew_bucket")]
    pub bucket: BucketName,
    /// Where agents report.
    #[serde(rename = "groundcrew_reports")]
    pub reports: TopicName,
    /// The audience of the identity tokens that reports carry.
    #[serde(rename = "groundcrew_audience")]
    pub audience: String,
    /// The subnetwork of machines, by name, in the zone's region.
    #[serde(rename = "groundcrew_subnetwork", default = "default_subnetwork")]
    pub subnetwork: String,
    /// The image of the boot disk.
    #[serde(rename = "groundcrew_image", default = "default_image")]
    pub image: String,
    /// The object of the bucket that holds the agent. Without it machines must
    /// find their agent by themselves, as those of the local cloud do.
    #[serde(rename = "groundcrew_agent_object", default)]
    pub agent_object: Option<ObjectName>,
    /// The SHA-256 of the agent, in hexadecimal; a machine runs no other.
    #[serde(rename = "groundcrew_agent_sha256", default)]
    pub agent_sha256: Option<String>,
}

fn default_subnetwork() -> String {
    "default".to_owned()
}

fn default_image() -> String {
    "projects/debian-cloud/global/images/family/debian-12".to_owned()
}
