//! The configuration of the job functions.

use names::{
    BucketName, CryptoKeyName, DatabaseName, ObjectName, ProjectId, ServiceAccountEmail, TopicName,
    Variable, VolumeName, Zone,
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
    /// The account that machines of jobs without a volume run as.
    #[serde(rename = "groundcrew_instances_account")]
    pub instances_account: ServiceAccountEmail,
    /// Where claims, logs and exit records go.
    #[serde(rename = "groundcrew_bucket")]
    pub bucket: BucketName,
    /// The key that decrypts the user's SSH key on machines. Without it jobs
    /// get none.
    #[serde(rename = "groundcrew_key", default)]
    pub key: Option<CryptoKeyName>,
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
    /// The object of the bucket that holds the agent, in the folder `agent/`,
    /// which the accounts of volumes can read too. Without it machines must
    /// find their agent by themselves, as those of the local cloud do.
    #[serde(rename = "groundcrew_agent_object", default)]
    pub agent_object: Option<ObjectName>,
    /// The SHA-256 of the agent, in hexadecimal; a machine runs no other.
    #[serde(rename = "groundcrew_agent_sha256", default)]
    pub agent_sha256: Option<String>,
}

const SUBNETWORK: &str = "default";
const IMAGE: &str = "projects/debian-cloud/global/images/family/debian-12";

impl Settings {
    /// The account that the machine of a job with `volume` runs as.
    #[must_use]
    pub fn account(&self, volume: Option<&VolumeName>) -> ServiceAccountEmail {
        volume.map_or_else(
            || self.instances_account.clone(),
            |volume| volume.account(&self.project),
        )
    }

    /// What they are read from.
    pub const VARIABLES: &[Variable] = &[
        Variable::required(
            "GROUNDCREW_DEPLOYMENT",
            "groundcrew",
            "name of this deployment; the label that marks its machines",
        ),
        Variable::required(
            "GROUNDCREW_DATABASE",
            "projects/example-project/databases/groundcrew",
            "the ledger's database",
        ),
        Variable::required(
            "GROUNDCREW_PROJECT",
            "example-jobs",
            "the project that machines are launched in",
        ),
        Variable::required(
            "GROUNDCREW_ZONES",
            "us-central1-a,us-central1-b",
            "zones to try, in order, with commas",
        ),
        Variable::required(
            "GROUNDCREW_RESOURCE_MANAGER",
            "resource-manager@example-project.iam.gserviceaccount.com",
            "the account that launches machines, which the functions impersonate",
        ),
        Variable::required(
            "GROUNDCREW_INSTANCES_ACCOUNT",
            "instances@example-jobs.iam.gserviceaccount.com",
            "the account that machines run as, unless their job has a volume",
        ),
        Variable::required(
            "GROUNDCREW_BUCKET",
            "example-jobs",
            "where claims, logs and exit records go",
        ),
        Variable::optional(
            "GROUNDCREW_KEY",
            "projects/example-jobs/locations/us-central1/keyRings/groundcrew-default/cryptoKeys/secrets",
            "the key that decrypts the user's SSH key on machines; without it jobs get none",
        ),
        Variable::required(
            "GROUNDCREW_REPORTS",
            "projects/example-project/topics/job-reported",
            "the topic that agents report on",
        ),
        Variable::required(
            "GROUNDCREW_AUDIENCE",
            "groundcrew/example-project/reports",
            "the audience of the identity tokens that reports carry",
        ),
        Variable::with_default(
            "GROUNDCREW_SUBNETWORK",
            SUBNETWORK,
            "the subnetwork of machines, by name, in the zone's region",
        ),
        Variable::with_default("GROUNDCREW_IMAGE", IMAGE, "the image of the boot disk"),
        Variable::optional(
            "GROUNDCREW_AGENT_OBJECT",
            "agent/groundcrew-agent",
            "the object of the bucket that holds the agent",
        ),
        Variable::optional(
            "GROUNDCREW_AGENT_SHA256",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "the SHA-256 of the agent, in hexadecimal; a machine runs no other",
        ),
    ];
}

fn default_subnetwork() -> String {
    SUBNETWORK.to_owned()
}

fn default_image() -> String {
    IMAGE.to_owned()
}
