//! The setup of one project: the manifest in the engine's hands.

use crate::{
    Revocation, Settings, Spec, instances_account,
    memory_store::MemoryStore,
    volume::{self, VolumeError},
};
use gcp::{BoxFuture, Client, methods::iam};
use names::{Member, ServiceAccountEmail, VolumeName};
use plan::{
    DeploymentRecord, Engine, Error, Manifest, ObjectStore, Origin, Plan, RecordStore,
    RecordStoreError, Report, Resource, ResourceId, StepEvent, VersionedRecord,
};
use std::{collections::BTreeSet, sync::Arc};

/// The setup of one project, as whoever the client acts as.
#[derive(Clone)]
pub struct Setup {
    client: Client,
    engine: Engine,
    spec: Spec,
    settings: Settings,
    resource_manager: Member,
}

/// What became of a revocation.
#[derive(Debug)]
pub struct Revoked {
    /// What became of each policy that held a grant.
    pub report: Report,
    /// What the resource manager still has, because somebody else gave it.
    pub others: Vec<String>,
    /// The accounts of machines that were disabled, if that was asked for.
    pub disabled: Vec<ServiceAccountEmail>,
}

/// Who is told of each step.
type EventSink<'a> = &'a (dyn Fn(StepEvent<'_>) + Sync);

impl Setup {
    /// The setup of the project of `spec`.
    ///
    /// # Panics
    /// Never: an account's address makes a member.
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

    fn store(&self) -> ObjectStore {
        ObjectStore::new(self.client.clone(), self.spec.bucket())
    }

    /// Whom the project invites.
    #[must_use]
    pub fn resource_manager(&self) -> &Member {
        &self.resource_manager
    }

    /// What it takes to set the project up, and every volume that it has by
    /// its record. Makes only reads.
    ///
    /// # Errors
    /// What could not be read, all of it.
    pub async fn plan(&self) -> Result<Plan, Vec<Error>> {
        let record = self.recorded().await.map_err(|error| vec![error])?;
        let manifest = self.manifest(&volume::volumes(&record));
        self.engine.plan_with(&manifest, &record).await
    }

    /// Carries out what [`Setup::look`] saw to be needed.
    ///
    /// # Errors
    /// The deployment record could not be read; nothing was done.
    pub async fn apply(&self, plan: &Plan, tell: EventSink<'_>) -> Result<Report, Error> {
        let manifest = self.manifest(&volume::planned(plan));
        self.engine.apply(&manifest, plan, tell).await
    }

    /// What it takes to take away what groundcrew made. Makes only reads. Where
    /// the record went with the bucket, what is left is known by its marks:
    /// weeks after a deletion, the key and its ring can go.
    ///
    /// # Errors
    /// What could not be read, all of it.
    pub async fn plan_teardown(&self) -> Result<Plan, Vec<Error>> {
        let setup = self.manifest(&BTreeSet::new());
        self.engine.plan_teardown(&setup).await
    }

    /// Carries out what [`Setup::look_back`] saw to be needed. The record is in
    /// the bucket and goes with it: what Google retains is in the report.
    ///
    /// # Errors
    /// The deployment record could not be read; nothing was done.
    pub async fn delete(&self, plan: &Plan, tell: EventSink<'_>) -> Result<Report, Error> {
        self.engine.apply(&self.nothing(), plan, tell).await
    }

    /// The deployment record in the bucket; `None` if there is none.
    ///
    /// # Errors
    /// It could not be read.
    pub async fn record(&self) -> Result<Option<DeploymentRecord>, Error> {
        let store = self.store();
        let stored = store.load().await.map_err(|error| Error {
            doing: "reading the deployment record in",
            id: store.home(),
            fault: error.into(),
        })?;
        Ok(stored.map(|stored| stored.record))
    }

    /// Takes away what groundcrew made, and goes on with what Google retained
    /// before, as far as it can go now. What that is says the record in the
    /// bucket or, where that is gone, `record`: it knows more than the marks
    /// that [`Setup::look_back`] goes by, which others can change. Those count
    /// where it is empty.
    ///
    /// # Errors
    /// What could not be read, all of it; nothing was done.
    pub async fn finish(
        &self,
        record: &DeploymentRecord,
        tell: EventSink<'_>,
    ) -> Result<Report, Vec<Error>> {
        let there = self.record().await.map_err(|error| vec![error])?;
        if there.is_none() && record.entries.is_empty() {
            let plan = self.plan_teardown().await?;
            let removed = self.delete(&plan, tell).await;
            return removed.map_err(|error| vec![error]);
        }
        let engine = match there {
            Some(_) => self.engine.clone(),
            None => Engine::new(
                self.client.clone(),
                Arc::new(MemoryStore::new(record.clone())),
            ),
        };
        let plan = engine.plan(&self.nothing()).await?;
        let applied = engine.apply(&self.nothing(), &plan, tell).await;
        applied.map_err(|error| vec![error])
    }

    /// Takes away what the resource manager has in the project, and if `fast`
    /// disables the accounts of the machines, whose tokens are good no more.
    /// Needs no deployment record but to know the volumes, and leaves it as it
    /// is. Whatever can be taken is taken, if the rest cannot as well.
    ///
    /// # Errors
    /// What could not be read or disabled, all of it.
    pub async fn revoke(&self, fast: bool, tell: EventSink<'_>) -> Result<Revoked, Vec<Error>> {
        let mut errors = Vec::new();
        let volumes = self.volumes().await.unwrap_or_else(|error| {
            errors.push(error);
            BTreeSet::new()
        });
        let mut disabled = Vec::new();
        if fast {
            let project = &self.spec.project;
            let its = volumes.iter().map(|volume| volume.account(project));
            for account in [instances_account(project)].into_iter().chain(its) {
                match self.disable(&account).await {
                    Ok(true) => disabled.push(account),
                    Ok(false) => {}
                    Err(error) => errors.push(error),
                }
            }
        }
        let manifest = self.manifest(&volumes);
        let resources = manifest.resources().map(Resource::id);
        let policies = resources.filter(|id| matches!(id, ResourceId::Policy(_)));
        let engine = Engine::new(self.client.clone(), Arc::new(NoStore));
        let observed = engine.observe(policies.collect()).await?;
        let Revocation { plan, others } =
            Revocation::of(&manifest, &self.resource_manager, &observed);
        let applied = engine.apply(&self.nothing(), &plan, tell).await;
        let report = applied.map_err(|error| vec![error])?;
        match errors.is_empty() {
            true => Ok(Revoked {
                report,
                others,
                disabled,
            }),
            false => Err(errors),
        }
    }

    /// Whether there is such an account, which is disabled then.
    async fn disable(&self, account: &ServiceAccountEmail) -> Result<bool, Error> {
        match iam::set_account_disabled(&self.client, account, true).await {
            Ok(()) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(Error {
                doing: "disabling",
                id: Some(ResourceId::Account(account.clone())),
                fault: error.into(),
            }),
        }
    }

    /// The record in the bucket, which is empty if there is none.
    async fn recorded(&self) -> Result<DeploymentRecord, Error> {
        self.engine.record(&self.spec.deployment).await
    }

    fn manifest(&self, volumes: &BTreeSet<VolumeName>) -> Manifest {
        volume::manifest_with(&self.spec, &self.settings, volumes)
    }

    fn nothing(&self) -> Manifest {
        Manifest::empty(self.spec.deployment.clone())
    }
}

/// Data volumes.
impl Setup {
    /// The volumes that the project has, by its record.
    ///
    /// # Errors
    /// The record could not be read.
    pub async fn volumes(&self) -> Result<BTreeSet<VolumeName>, Error> {
        Ok(volume::volumes(&self.recorded().await?))
    }

    /// What it takes to make `volume`, and nothing else. Makes only reads.
    ///
    /// # Errors
    /// What could not be read, all of it; or the project is not set up.
    pub async fn plan_volume_creation(&self, volume: &VolumeName) -> Result<Plan, VolumeError> {
        let looked = self.plan_volume(volume, true).await;
        let (plan, missing) = looked.map_err(VolumeError::Unread)?;
        match missing.into_iter().next() {
            None => Ok(plan),
            Some(id) => Err(VolumeError::NotSetUp(id)),
        }
    }

    /// What it takes to remove `volume` with all that is in it, and nothing
    /// else; no steps if there is no such volume. Makes only reads.
    ///
    /// # Errors
    /// What could not be read, all of it.
    pub async fn plan_volume_deletion(&self, volume: &VolumeName) -> Result<Plan, Vec<Error>> {
        let (mut plan, _) = self.plan_volume(volume, false).await?;
        // What was there before goes from the record, and is in no other way touched.
        plan.steps
            .retain(|step| !step.is_noop() || !step.is_desired());
        Ok(plan)
    }

    /// Carries out what [`Setup::look_to_create`] or [`Setup::look_to_delete`]
    /// saw to be needed. May be broken off and done again.
    ///
    /// # Errors
    /// The deployment record could not be read; nothing was done.
    pub async fn apply_volume(
        &self,
        volume: &VolumeName,
        plan: &Plan,
        tell: EventSink<'_>,
    ) -> Result<Report, Error> {
        let mut volumes = self.volumes().await?;
        match volume::planned(plan).contains(volume) {
            true => volumes.insert(volume.clone()),
            false => volumes.remove(volume),
        };
        let manifest = self.manifest(&volumes);
        let mut report = self.engine.apply(&manifest, plan, tell).await?;
        if let Some(left) = &mut report.left {
            // What else of the setup has drifted is not this one's to name.
            volume::narrow(left, &self.parts(volume));
        }
        Ok(report)
    }

    /// What it takes to have `volume`, or not; and what of the setup is
    /// missing for it.
    async fn plan_volume(
        &self,
        volume: &VolumeName,
        wanted: bool,
    ) -> Result<(Plan, BTreeSet<ResourceId>), Vec<Error>> {
        let record = self.recorded().await.map_err(|error| vec![error])?;
        let mut volumes = volume::volumes(&record);
        match wanted {
            true => volumes.insert(volume.clone()),
            false => volumes.remove(volume),
        };
        let manifest = self.manifest(&volumes);
        let mut plan = self.engine.plan_with(&manifest, &record).await?;
        let missing = volume::narrow(&mut plan, &self.parts(volume));
        Ok((plan, missing))
    }

    fn parts(&self, volume: &VolumeName) -> BTreeSet<ResourceId> {
        let resources = volume::resources(&self.spec, &self.settings, volume);
        resources.iter().map(Resource::id).collect()
    }
}

/// No record, and no place for one.
struct NoStore;

impl RecordStore for NoStore {
    fn home(&self) -> Option<ResourceId> {
        None
    }

    fn load(&self) -> BoxFuture<'_, Result<Option<VersionedRecord>, RecordStoreError>> {
        Box::pin(async { Ok(None) })
    }

    fn save<'a>(
        &'a self,
        _: &'a DeploymentRecord,
        _: Option<i64>,
    ) -> BoxFuture<'a, Result<i64, RecordStoreError>> {
        Box::pin(async { Ok(0) })
    }
}

/// Whether a project with this record is set up, at least in part, and not
/// only waiting for what is retained of it.
pub(crate) fn is_live(record: &DeploymentRecord) -> bool {
    record.entries.values().any(|entry| match entry.origin {
        Origin::Creating | Origin::Created | Origin::Adopted => true,
        Origin::Retained { .. } => false,
    })
}
