//! The setup of one project: the manifest in the engine's hands.

use crate::{Revocation, Settings, Spec, instances_account, manifest};
use gcp::{BoxFuture, Client, methods::iam};
use names::{Member, ServiceAccountEmail};
use plan::{
    Engine, Error, Event, Id, Manifest, ObjectStore, Plan, Record, Report, Resource, Store,
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
        let store = ObjectStore::new(client.clone(), spec.bucket());
        let member = format!("serviceAccount:{}", settings.resource_manager);
        Self {
            engine: Engine::new(client.clone(), Arc::new(store)),
            manifest: manifest(spec, settings),
            instances: instances_account(&spec.project),
            resource_manager: member.parse().expect("an account is a member"),
            client,
        }
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

    /// What it takes to take away what groundcrew made. Makes only reads. Where
    /// the record went with the bucket, what is left is known by its marks:
    /// weeks after a deletion, the key and its ring can go.
    ///
    /// # Errors
    /// What could not be read, all of it.
    pub async fn look_back(&self) -> Result<Plan, Vec<Error>> {
        self.engine.look_back(&self.manifest).await
    }

    /// Carries out what [`Setup::look_back`] saw to be needed. The record is in
    /// the bucket and goes with it: what Google retains is in the report.
    ///
    /// # Errors
    /// The deployment record could not be read; nothing was done.
    pub async fn delete(&self, plan: &Plan, tell: Tell<'_>) -> Result<Report, Error> {
        self.engine.apply(&self.nothing(), plan, tell).await
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
