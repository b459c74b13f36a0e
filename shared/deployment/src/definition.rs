//! What a deployment consists of: its projects, topics, accounts and settings.

use account::{NETWORK, Spec, instances_account};
use jobs::{Settings, Topics};
use names::{BucketName, ProjectId, ScheduleName, ServiceAccountEmail, TopicName};

/// An empty project of the local operator, for trying out the setup. Its APIs are
/// enabled: enabling them takes a minute, in the simulator as on Google Cloud.
pub const CUSTOMER: &str = "customer-project";

/// The region of the functions, the ledger and the schedules. Cloud Run includes it
/// in every URL.
pub const REGION: &str = "us-central1";

/// A deployment of groundcrew: the project of its functions, the project of its
/// jobs, and the names of its resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// The project of the functions, topics and the ledger.
    pub home: ProjectId,
    /// The settings of the job flow.
    pub settings: Settings,
    /// The topics that functions publish to.
    pub topics: Topics,
    /// The topic of submitted jobs.
    pub queue: TopicName,
    /// The topic of Compute Engine's audit log.
    pub maintenance: TopicName,
    /// The topic of projects to set up.
    pub provisioned: TopicName,
    /// The topic of products to make.
    pub products: TopicName,
    /// The topic of Cloud Scheduler's ticks.
    pub ticks: TopicName,
    /// The account of the identity tokens in push requests.
    pub push_account: ServiceAccountEmail,
}

impl Deployment {
    /// The deployment of the local cloud: functions in `groundcrew-local`,
    /// jobs in `demo-project`.
    ///
    /// # Panics
    /// Never: the names are valid constants.
    #[must_use]
    pub fn local() -> Self {
        let zones = ["us-central1-a", "us-central1-b", "us-east1-b"];
        Self::named("local", "groundcrew-local", "demo-project", &zones)
            .expect("the local deployment's names are valid")
    }

    /// A deployment called `name`, with its functions in project `home` and
    /// its machines in `zones` of project `project`.
    ///
    /// # Errors
    /// A name does not have the form its kind requires.
    pub fn named(
        name: &str,
        home: &str,
        project: &str,
        zones: &[&str],
    ) -> Result<Self, names::InvalidName> {
        let home: ProjectId = home.parse()?;
        let project: ProjectId = project.parse()?;
        let topic = |id: &str| TopicName::new(home.clone(), id);
        let account = |id: &str| -> Result<ServiceAccountEmail, _> {
            format!("{id}@{home}.iam.gserviceaccount.com").parse()
        };
        // Jobs use the resources that the account flow sets up.
        let jobs = Spec::of(project);
        Ok(Self {
            settings: Settings {
                deployment: name.parse()?,
                database: names::DatabaseName::new(home.clone(), "jobs")?,
                zones: zones.iter().map(|z| z.parse()).collect::<Result<_, _>>()?,
                resource_manager: account("resource-manager")?,
                instances_account: instances_account(&jobs.project),
                bucket: jobs.bucket(),
                key: Some(jobs.key()),
                reports: topic("job-reported")?,
                audience: format!("groundcrew/{home}"),
                subnetwork: NETWORK.to_owned(),
                internet: jobs.internet,
                image: "projects/debian-cloud/global/images/family/debian-12".to_owned(),
                gpu_image: Some(
                    "projects/deeplearning-platform-release/global/images/family/\
                     common-cu128-ubuntu-2204-nvidia-570"
                        .to_owned(),
                ),
                agent_object: None,
                agent_sha256: None,
                project: jobs.project,
            },
            topics: Topics {
                changes: topic("job-changed")?,
                dead_letters: topic("dead-letters")?,
            },
            queue: topic("job-queued")?,
            maintenance: topic("maintenance-noticed")?,
            provisioned: topic("project-provisioned")?,
            products: topic("product-requested")?,
            ticks: topic("tick")?,
            push_account: account("groundcrew-push")?,
            home,
        })
    }

    /// The bucket of the deployment record.
    ///
    /// # Panics
    /// Never: 30 characters of a project's ID and 11 more make a bucket's name.
    #[must_use]
    pub fn bucket(&self) -> BucketName {
        let name = format!("{}-deployment", self.home);
        name.parse().expect("a bucket's name")
    }

    /// The schedule of ticks.
    ///
    /// # Panics
    /// Never: the ID is a constant.
    #[must_use]
    pub fn schedule(&self) -> ScheduleName {
        let region = REGION.parse().expect("a region");
        ScheduleName::new(self.home.clone(), region, "tick").expect("a schedule's ID")
    }
}
