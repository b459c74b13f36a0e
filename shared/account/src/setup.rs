//! The setup of one project: the manifest in the engine's hands.

use crate::{Revocation, Settings, Spec, instances_account, kept::Kept, manifest};
use gcp::{BoxFuture, Client, methods::iam};
use names::{BucketName, Member, ServiceAccountEmail};
use plan::{
    Engine, Error, Event, Id, Manifest, ObjectStore, Origin, Plan, Record, Report, Resource, Store,
    StoreError, Stored,
};
use std::sync::Arc;

/// The setup of one project, as whoever the client acts as.
#[derive(Clone)]
pub struct Setup {
    client: Client,
    engine: Engine,
    manifest: Manifest,
    instances: ServiceAccountEmail,
    bucket: BucketName,
    resource_manager: Member,
}

/// What became of a revocation.
#[derive(Debug)]
pub struct Revoked {
    /// What became of each policy that held a grant.
    pub report: Report,
    /// What the resource manager still has, because somebody else gave it.
    pub others: Vec<String>,
    /// The account that was disabled, if that was asked for and there is one.
    pub disabled: Option<ServiceAccountEmail>,
}

/// Who is told of each step.
type Tell<'a> = &'a (dyn Fn(Event<'_>) + Sync);

impl Setup {
    /// The setup of the project of `spec`.
    ///
    /// # Panics
    /// Never: an account's address makes a member.
    #[must_use]
    pub fn new(client: Client, spec: &Spec, settings: &Settings) -> Self {
        let bucket = spec.bucket();
        let store = ObjectStore::new(client.clone(), bucket.clone());
        let member = format!("serviceAccount:{}", settings.resource_manager);
        Self {
            engine: Engine::new(client.clone(), Arc::new(store)),
            manifest: manifest(spec, settings),
            instances: instances_account(&spec.project),
            resource_manager: member.parse().expect("an account is a member"),
            client,
            bucket,
        }
    }

    fn store(&self) -> ObjectStore {
        ObjectStore::new(self.client.clone(), self.bucket.clone())
    }

    /// Whom the project invites.
    #[must_use]
    pub fn resource_manager(&self) -> &Member {
        &self.resource_manager
    }

    /// What it takes to set the project up. Makes only reads.
    ///
    /// # Errors
    /// What could not be read, all of it.
    pub async fn look(&self) -> Result<Plan, Vec<Error>> {
        self.engine.look(&self.manifest).await
    }

    /// Carries out what [`Setup::look`] saw to be needed.
    ///
    /// # Errors
    /// The deployment record could not be read; nothing was done.
    pub async fn apply(&self, plan: &Plan, tell: Tell<'_>) -> Result<Report, Error> {
        self.engine.apply(&self.manifest, plan, tell).await
    }

    /// What it takes to take away what groundcrew made. Makes only reads.
    ///
    /// # Errors
    /// What could not be read, all of it.
    pub async fn look_back(&self) -> Result<Plan, Vec<Error>> {
        self.engine.look(&self.nothing()).await
    }

    /// Carries out what [`Setup::look_back`] saw to be needed. The record is in
    /// the bucket and goes with it: what Google retains is in the report.
    ///
    /// # Errors
    /// The deployment record could not be read; nothing was done.
    pub async fn delete(&self, plan: &Plan, tell: Tell<'_>) -> Result<Report, Error> {
        self.engine.apply(&self.nothing(), plan, tell).await
    }

    /// The deployment record in the bucket; `None` if there is none.
    ///
    /// # Errors
    /// It could not be read.
    pub async fn record(&self) -> Result<Option<Record>, Error> {
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
    /// bucket or, where that is gone, `record`.
    ///
    /// # Errors
    /// What could not be read, all of it; nothing was done.
    pub async fn finish(&self, record: &Record, tell: Tell<'_>) -> Result<Report, Vec<Error>> {
        let there = self.record().await.map_err(|error| vec![error])?;
        let engine = match there {
            Some(_) => self.engine.clone(),
            None => Engine::new(self.client.clone(), Arc::new(Kept::new(record.clone()))),
        };
        let plan = engine.look(&self.nothing()).await?;
        let applied = engine.apply(&self.nothing(), &plan, tell).await;
        applied.map_err(|error| vec![error])
    }

    /// Takes away what the resource manager has in the project, and if `fast`
    /// disables the account of the machines, whose tokens are good no more.
    /// Needs no deployment record, and leaves it as it is. What it takes is
    /// done as well if the account cannot be disabled.
    ///
    /// # Errors
    /// What could not be read or disabled, all of it.
    pub async fn revoke(&self, fast: bool, tell: Tell<'_>) -> Result<Revoked, Vec<Error>> {
        let disabled = match fast {
            true => self.disable().await,
            false => Ok(None),
        };
        let resources = self.manifest.resources().map(Resource::id);
        let policies = resources.filter(|id| matches!(id, Id::Policy(_)));
        let engine = Engine::new(self.client.clone(), Arc::new(NoStore));
        let observed = engine.observe(policies.collect()).await?;
        let Revocation { plan, others } =
            Revocation::of(&self.manifest, &self.resource_manager, &observed);
        let applied = engine.apply(&self.nothing(), &plan, tell).await;
        let report = applied.map_err(|error| vec![error])?;
        Ok(Revoked {
            report,
            others,
            disabled: disabled.map_err(|error| vec![error])?,
        })
    }

    async fn disable(&self) -> Result<Option<ServiceAccountEmail>, Error> {
        match iam::set_account_disabled(&self.client, &self.instances, true).await {
            Ok(()) => Ok(Some(self.instances.clone())),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(Error {
                doing: "disabling",
                id: Some(Id::Account(self.instances.clone())),
                fault: error.into(),
            }),
        }
    }

    fn nothing(&self) -> Manifest {
        Manifest::empty(self.manifest.deployment().clone())
    }
}

/// No record, and no place for one.
struct NoStore;

impl Store for NoStore {
    fn home(&self) -> Option<Id> {
        None
    }

    fn load(&self) -> BoxFuture<'_, Result<Option<Stored>, StoreError>> {
        Box::pin(async { Ok(None) })
    }

    fn save<'a>(&'a self, _: &'a Record, _: Option<i64>) -> BoxFuture<'a, Result<i64, StoreError>> {
        Box::pin(async { Ok(0) })
    }
}

/// Whether a project with this record is set up, at least in part, and not
/// only waiting for what is retained of it.
pub(crate) fn is_live(record: &Record) -> bool {
    record.entries.values().any(|entry| match entry.origin {
        Origin::Making | Origin::Made | Origin::Adopted => true,
        Origin::Retained { .. } => false,
    })
}
