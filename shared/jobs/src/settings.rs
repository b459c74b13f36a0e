//! The configuration of the job functions.

use events::JobSpec;
use names::{
    BucketName, CryptoKeyName, DatabaseName, DeploymentId, DeploymentName, Internet, ObjectName,
    ProjectId, ServiceAccountEmail, TopicName, VolumeName, Zone,
};

names::settings! {
    /// The job flow's configuration. Identity-bearing values have no defaults and
    /// never come from an event.
    pub struct Settings {
        pub deployment: DeploymentName = "groundcrew_deployment",
            required(
                "groundcrew",
                "name of this deployment; its machines are named after it and the ledger's project",
            );
        pub database: DatabaseName = "groundcrew_database",
            required("projects/example-project/databases/groundcrew", "the ledger's database");
        pub project: ProjectId = "groundcrew_project",
            required("example-jobs", "the project that machines are launched in");
        pub zones: Vec<Zone> = "groundcrew_zones",
            required("us-central1-a,us-central1-b", "zones to try, in order, with commas");
        pub resource_manager: ServiceAccountEmail = "groundcrew_resource_manager",
            required(
                "resource-manager@example-project.iam.gserviceaccount.com",
                "the account that launches machines, which the functions impersonate",
            );
        pub instances_account: ServiceAccountEmail = "groundcrew_instances_account",
            required(
                "instances@example-jobs.iam.gserviceaccount.com",
                "the account that machines run as, unless their job has a volume",
            );
        pub bucket: BucketName = "groundcrew_bucket",
            required("example-jobs", "where claims, logs and exit records go");
        pub key: Option<CryptoKeyName> = "groundcrew_key",
            optional(
                "projects/example-jobs/locations/us-central1/keyRings/groundcrew-default/cryptoKeys/secrets",
                "the key that decrypts the user's SSH key on machines; without it jobs get none",
            );
        pub reports: TopicName = "groundcrew_reports",
            required(
                "projects/example-project/topics/job-reported",
                "the topic that agents report on",
            );
        pub audience: String = "groundcrew_audience",
            required(
                "groundcrew/example-project/reports",
                "the audience of the identity tokens that reports carry",
            );
        pub subnetwork: String = "groundcrew_subnetwork",
            with_default("default", "the subnetwork of machines, by name, in the zone's region");
        /// As `internet` in the project's spec, whose setup permits it.
        pub internet: Internet = "groundcrew_internet",
            with_default(
                "none",
                "how machines reach the internet: none, nat (of their network) or address \
                 (an external one of each machine)",
            );
        pub image: String = "groundcrew_image",
            with_default(
                "projects/debian-cloud/global/images/family/debian-12",
                "the image of the boot disk",
            );
        pub gpu_image: Option<String> = "groundcrew_gpu_image",
            optional(
                "projects/deeplearning-platform-release/global/images/family/common-cu128-ubuntu-2204-nvidia-570",
                "the image of the boot disk of jobs with GPUs, which must have their driver; \
                 without it such jobs are refused",
            );
        /// In the folder `agent/`, which the accounts of volumes can read too. Without
        /// it machines must find their agent by themselves, as those of the local
        /// cloud do.
        pub agent_object: Option<ObjectName> = "groundcrew_agent_object",
            required_on_cloud_run("agent/groundcrew-agent", "the object of the bucket that holds the agent");
        pub agent_sha256: Option<String> = "groundcrew_agent_sha256",
            required_on_cloud_run(
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "the SHA-256 of the agent, in hexadecimal; a machine runs no other",
            );
    }
}

impl Settings {
    /// This deployment among those of all projects: whose name and labels its machines
    /// have.
    #[must_use]
    pub fn deployment_id(&self) -> DeploymentId {
        DeploymentId::new(self.database.project(), &self.deployment)
    }

    /// Why this deployment cannot run `spec`, if a setting that it needs is missing.
    #[must_use]
    pub fn lack_for(&self, spec: &JobSpec) -> Option<&'static str> {
        if spec.ssh_key && self.key.is_none() {
            return Some("ssh_key: GROUNDCREW_KEY is not set for this deployment");
        }
        // On an image without a driver the machine would be paid for in vain.
        (spec.has_gpu() && self.gpu_image.is_none()).then_some(
            "gpu: GROUNDCREW_GPU_IMAGE is not set for this deployment: the usual image has no driver",
        )
    }

    /// The image of the boot disk of the machine for `spec`.
    #[must_use]
    pub fn image(&self, spec: &JobSpec) -> &str {
        let gpu_image = self.gpu_image.as_ref().filter(|_| spec.has_gpu());
        gpu_image.unwrap_or(&self.image)
    }

    /// The account that the machine of a job with `volume` runs as.
    #[must_use]
    pub fn account(&self, volume: Option<&VolumeName>) -> ServiceAccountEmail {
        volume.map_or_else(
            || self.instances_account.clone(),
            |volume| volume.account(&self.project),
        )
    }
}

/// The settings that the variables' examples make.
#[cfg(test)]
pub(crate) fn example() -> Settings {
    use serde_json::{Value, json};
    let example = |variable: &names::EnvVar| {
        let value = match variable.name {
            "GROUNDCREW_ZONES" => json!([variable.example.split(',').next()]),
            _ => json!(variable.example),
        };
        (variable.name.to_lowercase(), value)
    };
    let all: Value = Settings::VARIABLES.iter().map(example).collect();
    serde_json::from_value(all).expect("examples are valid")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(change: impl Fn(&mut JobSpec)) -> JobSpec {
        let mut spec = JobSpec::new(vec!["true".into()]);
        change(&mut spec);
        spec
    }

    #[test]
    fn a_job_is_refused_where_a_setting_that_it_needs_is_missing() {
        let ssh_key = spec(|spec| spec.ssh_key = true);
        let attached = spec(|spec| spec.gpu = "nvidia-tesla-t4:1".parse().ok());
        let built_in = spec(|spec| spec.machine = "g2-standard-4".parse().ok());
        let complete = example();
        let bare = Settings {
            key: None,
            gpu_image: None,
            ..example()
        };
        assert_eq!(bare.lack_for(&spec(|_| ())), None);
        for (spec, setting) in [
            (&ssh_key, "GROUNDCREW_KEY"),
            (&attached, "GROUNDCREW_GPU_IMAGE"),
            (&built_in, "GROUNDCREW_GPU_IMAGE"),
        ] {
            assert_eq!(complete.lack_for(spec), None);
            let lack = bare.lack_for(spec).expect("refused");
            assert!(lack.contains(setting), "{lack}");
        }
    }

    #[test]
    fn a_job_with_a_gpu_boots_the_image_that_has_its_driver() {
        let settings = example();
        let gpu = spec(|spec| spec.gpu = "nvidia-tesla-t4:1".parse().ok());
        assert_eq!(Some(settings.image(&gpu)), settings.gpu_image.as_deref());
        assert_eq!(settings.image(&spec(|_| ())), settings.image);
    }
}
