//! Which calls each identity makes: the source of its least-privilege roles.
//!
//! A sample of every request, as full as it can be, built by the code that
//! builds the real ones. A test takes each permission away and sees a
//! scenario fail, and runs every scenario with exactly these.

use crate::{Job, JobState, Machine, Settings, admit, insert_request};
use events::JobSpec;
use gcp::{
    Request,
    methods::{compute, firestore, iamcredentials, kms, pubsub, storage},
};
use names::{Attempt, DatabaseName, JobId, Timestamp, TopicName};
use serde_json::json;

/// An identity of the job flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identity {
    /// The function `job-queued`.
    JobQueued,
    /// The function `job-changed`.
    JobChanged,
    /// The function `maintenance-noticed`.
    MaintenanceNoticed,
    /// The function `sweep`.
    Sweep,
    /// The invited identity that the job functions impersonate.
    ResourceManager,
    /// The account that machines run as.
    Instances,
}

impl Identity {
    /// Every identity.
    pub const ALL: [Self; 6] = [
        Self::JobQueued,
        Self::JobChanged,
        Self::MaintenanceNoticed,
        Self::Sweep,
        Self::ResourceManager,
        Self::Instances,
    ];

    /// Its name; a function's is also that of its account.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::JobQueued => "job-queued",
            Self::JobChanged => "job-changed",
            Self::MaintenanceNoticed => "maintenance-noticed",
            Self::Sweep => "sweep",
            Self::ResourceManager => "resource-manager",
            Self::Instances => "instances",
        }
    }

    /// A sample of every request that it makes.
    #[must_use]
    pub fn calls(self, settings: &Settings, topics: &Topics) -> Vec<Request> {
        let sample = Sample::new(settings);
        let recorded = |own: Vec<Request>| [own, vec![publish(&topics.dead_letters)]].concat();
        match self {
            Self::JobQueued | Self::MaintenanceNoticed => recorded(job_function(settings)),
            Self::JobChanged => recorded(job_changed(settings)),
            Self::Sweep => recorded(sweep(&settings.database, &topics.changes)),
            Self::ResourceManager => sample.machines(),
            Self::Instances => {
                let own = vec![
                    sample.create_object(),
                    sample.read_object(),
                    publish(&settings.reports),
                ];
                [own, sample.ssh_key()].concat()
            }
        }
    }
}

/// The topics that the functions publish to, besides the machines' reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topics {
    /// `job-changed`.
    pub changes: TopicName,
    /// Where events go that can never be handled.
    pub dead_letters: TopicName,
}

/// A sample of every request of `job-queued` and `maintenance-noticed`,
/// besides the dead letters.
#[must_use]
pub fn job_function(settings: &Settings) -> Vec<Request> {
    Sample::new(settings).job_function()
}

/// A sample of every request of `job-changed`, besides the dead letters.
#[must_use]
pub fn job_changed(settings: &Settings) -> Vec<Request> {
    let sample = Sample::new(settings);
    [sample.job_function(), vec![sample.list_objects()]].concat()
}

/// A sample of every request of `sweep`, which knows no more of the
/// deployment, besides the dead letters.
#[must_use]
pub fn sweep(database: &DatabaseName, changes: &TopicName) -> Vec<Request> {
    vec![
        Request::new(&firestore::RUN_QUERY).path("database", database),
        publish(changes),
    ]
}

fn publish(topic: &TopicName) -> Request {
    Request::new(&pubsub::PUBLISH).path("topic", topic)
}

struct Sample<'a> {
    settings: &'a Settings,
    id: JobId,
    job: Job,
    spec: JobSpec,
}

impl<'a> Sample<'a> {
    fn new(settings: &'a Settings) -> Self {
        let mut spec = JobSpec::new(vec!["true".into()]);
        spec.gpu = "nvidia-tesla-t4:1".parse().ok();
        spec.spot = true;
        Self {
            settings,
            id: "sample".parse().expect("a valid id"),
            job: admit(
                spec.clone(),
                &settings.zones,
                None,
                Timestamp::from_seconds(0),
            )
            .job,
            spec,
        }
    }

    fn machine(&self) -> Option<&Machine> {
        match &self.job.state {
            JobState::Launching { machine } => Some(machine),
            JobState::Queued { .. }
            | JobState::Running { .. }
            | JobState::Draining { .. }
            | JobState::Deleting { .. }
            | JobState::Done { .. } => None,
        }
    }

    /// Every function of the job flow may have to do what any other began.
    /// Looking for an exit record is never begun: it follows an overdue look
    /// at a machine at once, which only `job-changed` is told to take.
    fn job_function(&self) -> Vec<Request> {
        let account = format!(
            "projects/-/serviceAccounts/{}",
            self.settings.resource_manager
        );
        vec![
            self.batch_get(),
            self.commit(),
            self.create_object(),
            self.read_object(),
            Request::new(&iamcredentials::GENERATE_ACCESS_TOKEN).path("name", account),
        ]
    }

    fn database(&self, method: &'static gcp::Method) -> Request {
        Request::new(method).path("database", &self.settings.database)
    }

    fn batch_get(&self) -> Request {
        self.database(&firestore::BATCH_GET)
    }

    fn commit(&self) -> Request {
        let document = format!("{}/documents/jobs/sample", self.settings.database);
        self.database(&firestore::COMMIT).json(&json!({ "writes": [
            { "update": { "name": document }, "currentDocument": { "exists": false } },
            { "update": { "name": document }, "currentDocument": { "exists": true } },
            { "delete": document },
        ] }))
    }

    fn list_objects(&self) -> Request {
        Request::new(&storage::OBJECTS_LIST).path("bucket", &self.settings.bucket)
    }

    fn create_object(&self) -> Request {
        Request::new(&storage::OBJECTS_INSERT)
            .path("bucket", &self.settings.bucket)
            .query("name", self.job.objects(&self.id).claim(Attempt::FIRST))
            .query("ifGenerationMatch", 0)
    }

    fn read_object(&self) -> Request {
        Request::new(&storage::OBJECTS_GET_MEDIA)
            .path("bucket", &self.settings.bucket)
            .path(
                "object",
                self.job.objects(&self.id).exit_record(Attempt::FIRST),
            )
    }

    fn ssh_key(&self) -> Vec<Request> {
        let Some(key) = &self.settings.key else {
            return Vec::new();
        };
        let read = Request::new(&storage::OBJECTS_GET_MEDIA)
            .path("bucket", &self.settings.bucket)
            .path("object", names::ssh_key_object());
        let decrypt = Request::new(&kms::KEYS_DECRYPT).path("name", key);
        vec![read, decrypt]
    }

    fn machines(&self) -> Vec<Request> {
        let Some(machine) = self.machine() else {
            return Vec::new();
        };
        let on = |method: &'static gcp::Method| {
            Request::new(method)
                .path("project", &self.settings.project)
                .path("zone", &machine.zone)
                .path("instance", self.id.instance(machine.attempt))
        };
        vec![
            insert_request(self.settings, &self.id, &self.spec, machine),
            on(&compute::INSTANCES_GET),
            on(&compute::INSTANCES_DELETE),
            Request::new(&compute::INSTANCES_AGGREGATED_LIST)
                .path("project", &self.settings.project),
            Request::new(&compute::ZONE_OPERATIONS_WAIT)
                .path("project", &self.settings.project)
                .path("zone", &machine.zone)
                .path("operation", "sample"),
        ]
    }
}
