//! groundcrew's own deployment: its names, its identities, and the roles that
//! follow from what each of them calls.

pub mod files;
mod identity;
pub mod install;
pub mod project;
pub mod roles;

pub use identity::Identity;
pub use roles::{Role, roles};

use account::{NETWORK, Spec, instances_account};
use jobs::{Settings, calls::Topics};
use names::{ProjectId, ServiceAccountEmail, TopicName};

/// A project of the local operator's with nothing in it, to set up. Its APIs
/// are on: turning them on takes Google a minute, and the simulator as well.
pub const CUSTOMER: &str = "customer-project";

/// A deployment of groundcrew: where its functions live, and where jobs run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// The project of the functions, topics and the ledger.
    pub home: ProjectId,
    /// What the job flow is told.
    pub settings: Settings,
    /// What the functions publish to.
    pub topics: Topics,
    /// Where jobs are queued.
    pub queue: TopicName,
    /// Where Compute Engine's audit log is sent.
    pub maintenance: TopicName,
    /// Where projects are said to be there.
    pub provisioned: TopicName,
    /// Where Cloud Scheduler ticks.
    pub ticks: TopicName,
    /// The account whose identity tokens pushes carry.
    pub push_account: ServiceAccountEmail,
}

impl Deployment {
    /// The deployment of the local cloud: functions in `groundcrew-local`,
    /// jobs in `demo-project`.
    ///
    /// # Panics
    /// Never: its names are constants, and a test makes them.
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
        // Jobs run in what the account flow sets up.
        let jobs = Spec::of(project);
        Ok(Self {
            settings: Settings {
                deployment: name.to_owned(),
                database: names::DatabaseName::new(home.clone(), "jobs")?,
                zones: zones.iter().map(|z| z.parse()).collect::<Result<_, _>>()?,
                resource_manager: account("resource-manager")?,
                instances_account: instances_account(&jobs.project),
                bucket: jobs.bucket(),
                key: Some(jobs.key()),
                reports: topic("job-reported")?,
                audience: format!("groundcrew/{home}"),
                subnetwork: NETWORK.to_owned(),
                image: "projects/debian-cloud/global/images/family/debian-12".to_owned(),
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
            ticks: topic("tick")?,
            push_account: account("groundcrew-push")?,
            home,
        })
    }
}
