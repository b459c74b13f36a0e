//! The setup of one project: plans and applies its manifest.

pub(crate) mod access;
mod identity;
pub(crate) mod machines;
mod volumes;

use crate::{
    Settings, Spec,
    memory_store::MemoryStore,
    places,
    preflight::{self, BucketTest},
    sink::sink_name,
    volume,
};
use gcp::{Client, Request};
use names::{Member, VolumeName};
use plan::{
    ApplyReport, DeploymentRecord, Engine, Error, EventSink, Manifest, ObjectStore, Origin, Plan,
    PolicyTarget, ResourceId, is_absent,
};
use std::{collections::BTreeSet, sync::Arc};

/// The setup of one project, with the identity of the client.
#[derive(Clone)]
pub struct Setup {
    client: Client,
    engine: Engine,
    spec: Spec,
    settings: Settings,
    resource_manager: Member,
}

impl Setup {
    /// The setup of the project of `spec`.
    ///
    /// # Panics
    /// Never: an account's address makes a valid member.
    #[must_use]
    pub fn new(client: Client, spec: &Spec, settings: &Settings) -> Self {
        let store = ObjectStore::new(client.clone(), spec.bucket());
        let member = format!("serviceAccount:{}", settings.resource_manager);
        Self {
            engine: Engine::new(client.clone(), Arc::new(store)),
            spec: spec.clone(),
            settings: settings.clone(),
            resource_manager: member.parse().expect("an account is a member"),
            client,
        }
    }

    /// The account that the project invites.
    #[must_use]
    pub fn resource_manager(&self) -> &Member {
        &self.resource_manager
    }

    /// Plans the setup of the project and of every volume in its record. Only
    /// reads.
    ///
    /// # Errors
    /// See [`Setup::recorded`].
    pub async fn plan(&self) -> Result<Plan, Vec<Error>> {
        let record = self.recorded().await?;
        let manifest = self.manifest(&volume::recorded(&record));
        let mut plan = self.engine.plan_with(&manifest, &record).await?;
        let refused = places::refuse_unknown(&self.client, &self.spec, &mut plan).await;
        refused.map_err(|error| vec![error])?;
        Ok(plan)
    }

    /// The permissions that executing `plan` requires in the project, and that
    /// the caller does not have there. Roles with conditions on names do not count.
    ///
    /// # Errors
    /// The permissions could not be tested.
    pub async fn missing_permissions(&self, plan: &Plan) -> Result<BTreeSet<&'static str>, Error> {
        let requests = preflight::requests(plan, &self.spec);
        self.missing(&requests, BucketTest::Always).await
    }

    /// The same for groundcrew's own account, whose role on the bucket has a
    /// condition.
    pub(crate) async fn own_missing_permissions(
        &self,
        plan: &Plan,
    ) -> Result<BTreeSet<&'static str>, Error> {
        let requests = preflight::requests(plan, &self.spec);
        self.missing(&requests, BucketTest::IfItExists).await
    }

    /// The permissions for `requests` that the caller does not have on the project.
    pub(crate) async fn missing_on_project(
        &self,
        requests: &[Request],
    ) -> Result<BTreeSet<&'static str>, Error> {
        self.missing(requests, BucketTest::Never).await
    }

    async fn missing(
        &self,
        requests: &[Request],
        bucket_test: BucketTest,
    ) -> Result<BTreeSet<&'static str>, Error> {
        preflight::missing(&self.client, requests, &self.spec, bucket_test).await
    }

    /// Executes a plan of [`Setup::plan`].
    ///
    /// # Errors
    /// The deployment record could not be read; nothing was done.
    pub async fn apply(&self, plan: &Plan, events: EventSink<'_>) -> Result<ApplyReport, Error> {
        let manifest = self.manifest(&volume::desired_in(plan));
        self.engine.apply(&manifest, plan, events).await
    }

    /// Plans the deletion of what groundcrew created. Only reads. If the record
    /// was deleted with the bucket, marks identify what is left: the key and its
    /// ring can be deleted weeks later.
    ///
    /// # Errors
    /// See [`Setup::recorded`].
    pub async fn plan_teardown(&self) -> Result<Plan, Vec<Error>> {
        let record = self.recorded().await?;
        self.engine.plan_with(&self.empty_manifest(), &record).await
    }

    /// Executes a plan of [`Setup::plan_teardown`]. The record is deleted with
    /// the bucket: the report says what Google retains.
    ///
    /// # Errors
    /// Machines run in the project, or the deployment record could not be read;
    /// nothing was done.
    pub async fn delete(&self, plan: &Plan, events: EventSink<'_>) -> Result<ApplyReport, Error> {
        self.check_unused(None).await?;
        self.engine
            .apply(&self.empty_manifest(), plan, events)
            .await
    }

    /// The deployment record in the bucket; `None` if there is none.
    ///
    /// # Errors
    /// It could not be read, or belongs to another deployment.
    pub async fn record(&self) -> Result<Option<DeploymentRecord>, Error> {
        self.engine.stored_record(&self.spec.deployment_id()).await
    }

    /// Deletes what groundcrew created, including what Google retained before, as
    /// far as possible now. Uses the record in the bucket or, if that is gone,
    /// `record`, which is more reliable than the marks that
    /// [`Setup::plan_teardown`] uses: others can change those. If `record` is
    /// empty, the marks are used.
    ///
    /// # Errors
    /// See [`Setup::recorded`]; or machines run in the project. Nothing was done.
    pub async fn finish(
        &self,
        record: &DeploymentRecord,
        events: EventSink<'_>,
    ) -> Result<ApplyReport, Vec<Error>> {
        let (present, is_stored) = self.recorded_where().await?;
        let one = |error| vec![error];
        if is_stored || record.entries.is_empty() {
            let plan = self
                .engine
                .plan_with(&self.empty_manifest(), &present)
                .await?;
            return self.delete(&plan, events).await.map_err(one);
        }
        self.check_unused(None).await.map_err(one)?;
        let store = Arc::new(MemoryStore::new(record.clone()));
        let engine = Engine::new(self.client.clone(), store);
        let plan = engine.plan(&self.empty_manifest()).await?;
        let applied = engine.apply(&self.empty_manifest(), &plan, events).await;
        applied.map_err(one)
    }

    fn manifest(&self, volumes: &BTreeSet<VolumeName>) -> Manifest {
        self.leave(volume::manifest_with(&self.spec, &self.settings, volumes))
    }

    fn empty_manifest(&self) -> Manifest {
        self.leave(Manifest::empty(self.spec.deployment_id()))
    }

    /// Another setup may have recorded grants on topics that this caller cannot
    /// access.
    fn leave(&self, manifest: Manifest) -> Manifest {
        let topics = self.settings.closed_topics.iter().cloned();
        manifest.leave(topics.map(|topic| ResourceId::Policy(PolicyTarget::Topic(topic))))
    }

    /// The member that the project's sink publishes as; `None` if there is no sink.
    ///
    /// # Errors
    /// The sink could not be read.
    pub async fn sink_writer(&self) -> Result<Option<String>, gcp::Error> {
        match self.client.get(&sink_name(&self.spec)).await {
            Ok(sink) => Ok(Some(sink.writer_identity)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Whether a project with this record is set up at least in part: resources
/// that Google only retains do not count.
pub(crate) fn is_live(record: &DeploymentRecord) -> bool {
    record.entries.values().any(|entry| match entry.origin {
        Origin::Creating | Origin::Created | Origin::Adopted => true,
        Origin::Retained { .. } => false,
    })
}
