//! The setup of one project: plans and applies its manifest.

mod volumes;

use crate::{
    Revocation, Settings, Spec, instances_account,
    memory_store::{MemoryStore, NoStore},
    preflight, volume,
};
use gcp::{Client, methods::iam};
use names::{Member, ServiceAccountEmail, VolumeName};
use plan::{
    ApplyReport, DeploymentRecord, Engine, Error, EventSink, Manifest, ObjectStore, Origin, Plan,
    Resource, ResourceId,
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

/// The result of a revocation.
#[derive(Debug)]
pub struct Revoked {
    /// The outcome for each policy that contained a grant.
    pub report: ApplyReport,
    /// Grants that the resource manager still has, because someone else made
    /// them, and policies that cannot be seen.
    pub others: Vec<String>,
    /// The machines' accounts that were disabled, if that was requested.
    pub disabled: Vec<ServiceAccountEmail>,
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
    /// Everything that could not be read.
    pub async fn plan(&self) -> Result<Plan, Vec<Error>> {
        let record = self.record_or_empty().await.map_err(|error| vec![error])?;
        let manifest = self.manifest(&volume::recorded(&record));
        self.engine.plan_with(&manifest, &record).await
    }

    /// The permissions that executing `plan` requires in the project, and that
    /// the caller does not have there. Roles with conditions on names do not count.
    ///
    /// # Errors
    /// The permissions could not be tested.
    pub async fn missing_permissions(&self, plan: &Plan) -> Result<BTreeSet<&'static str>, Error> {
        preflight::missing(&self.client, plan, &self.spec).await
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
    /// Everything that could not be read.
    pub async fn plan_teardown(&self) -> Result<Plan, Vec<Error>> {
        let setup = self.manifest(&BTreeSet::new());
        self.engine.plan_teardown(&setup).await
    }

    /// Executes a plan of [`Setup::plan_teardown`]. The record is deleted with
    /// the bucket: the report says what Google retains.
    ///
    /// # Errors
    /// The deployment record could not be read; nothing was done.
    pub async fn delete(&self, plan: &Plan, events: EventSink<'_>) -> Result<ApplyReport, Error> {
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
    /// Everything that could not be read; nothing was done.
    pub async fn finish(
        &self,
        record: &DeploymentRecord,
        events: EventSink<'_>,
    ) -> Result<ApplyReport, Vec<Error>> {
        let stored = self.record().await.map_err(|error| vec![error])?;
        if stored.is_none() && record.entries.is_empty() {
            let plan = self.plan_teardown().await?;
            let deleted = self.delete(&plan, events).await;
            return deleted.map_err(|error| vec![error]);
        }
        let engine = match stored {
            Some(_) => self.engine.clone(),
            None => Engine::new(
                self.client.clone(),
                Arc::new(MemoryStore::new(record.clone())),
            ),
        };
        let plan = engine.plan(&self.empty_manifest()).await?;
        let applied = engine.apply(&self.empty_manifest(), &plan, events).await;
        applied.map_err(|error| vec![error])
    }

    /// Removes the resource manager's grants in the project. With
    /// `disable_accounts`, also disables the machines' accounts, which
    /// invalidates their tokens. Uses the deployment record only to find volumes,
    /// and does not change it. If some grants cannot be removed, the others still
    /// are.
    ///
    /// # Errors
    /// Everything that could not be read or disabled.
    pub async fn revoke(
        &self,
        disable_accounts: bool,
        events: EventSink<'_>,
    ) -> Result<Revoked, Vec<Error>> {
        let mut errors = Vec::new();
        let volumes = self.volumes().await.unwrap_or_else(|error| {
            errors.push(error);
            BTreeSet::new()
        });
        let mut disabled = Vec::new();
        if disable_accounts {
            let project = &self.spec.project;
            let of_volumes = volumes.iter().map(|volume| volume.account(project));
            for account in [instances_account(project)].into_iter().chain(of_volumes) {
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
        let Revocation {
            plan,
            mut others,
            hidden,
        } = Revocation::of(&manifest, &self.resource_manager, &observed);
        let unseen = |id| format!("unknown grants in the {id}: its API is disabled");
        others.extend(hidden.into_iter().map(unseen));
        let applied = engine.apply(&self.empty_manifest(), &plan, events).await;
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

    /// Disables an account; `false` if it does not exist.
    async fn disable(&self, account: &ServiceAccountEmail) -> Result<bool, Error> {
        match iam::set_account_disabled(&self.client, account, true).await {
            Ok(()) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(Error {
                operation: "disabling",
                id: Some(ResourceId::Account(account.clone())),
                fault: error.into(),
            }),
        }
    }

    /// The record in the bucket; an empty one if there is none.
    async fn record_or_empty(&self) -> Result<DeploymentRecord, Error> {
        self.engine.record(&self.spec.deployment_id()).await
    }

    fn manifest(&self, volumes: &BTreeSet<VolumeName>) -> Manifest {
        volume::manifest_with(&self.spec, &self.settings, volumes)
    }

    fn empty_manifest(&self) -> Manifest {
        Manifest::empty(self.spec.deployment_id())
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
