//! Plans and applies manifests, and keeps the deployment record.

use crate::{
    Action, DeploymentRecord, Error, EventSink, Fault, Manifest, Observed, Plan, RecordStore,
    RecordStoreError, ResourceId, Step, StepOutcome, VersionedRecord, execution::Execution,
    observation::observe, plan, recover, relations::record_location_steps,
};
use futures_util::lock::Mutex;
use gcp::{
    Backoff, Client,
    poll::{Failure, retry},
};
use names::{DeploymentId, Duration};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Plans and applies manifests with one client, and records what it created.
#[derive(Clone)]
pub struct Engine {
    client: Client,
    store: Arc<dyn RecordStore>,
}

/// The result of applying a plan.
#[derive(Debug, Clone, Serialize)]
pub struct ApplyReport {
    /// The outcome of each step.
    pub outcomes: BTreeMap<ResourceId, StepOutcome>,
    /// The deployment record afterwards. If its bucket was deleted, this is the
    /// only copy: it lists what is retained.
    pub record: DeploymentRecord,
    /// The plan afterwards; `None` if a step failed, or no step made a change.
    pub remaining: Option<Plan>,
    /// What could not be observed afterwards, with the reasons.
    pub unobserved: Vec<String>,
}

impl ApplyReport {
    /// Whether the desired state was reached, and confirmed by a second plan.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.outcomes.values().all(StepOutcome::is_success)
            && self.remaining.as_ref().is_none_or(Plan::is_empty)
            && self.unobserved.is_empty()
    }
}

/// How often a conflicting write of the record is retried.
const MAX_CONFLICTS: u32 = 20;
const PAUSES: Backoff = Backoff::constant(Duration::from_secs(1)).with_jitter(100);

impl Engine {
    /// An engine with the identity of `client`.
    #[must_use]
    pub fn new(client: Client, store: Arc<dyn RecordStore>) -> Self {
        Self { client, store }
    }

    /// Observes the resources of the manifest and of the deployment record, and
    /// compares them with the manifest. Only reads. Without a record, marked
    /// resources count as created by groundcrew, but no grant does: anyone may
    /// have made it.
    ///
    /// # Errors
    /// Everything that could not be observed.
    pub async fn plan(&self, manifest: &Manifest) -> Result<Plan, Vec<Error>> {
        let stored = self
            .load(manifest.deployment())
            .await
            .map_err(|error| vec![error])?;
        let Some(stored) = stored else {
            let observed = self.observe_all(manifest).await?;
            let mut record = recover(manifest, &observed);
            record
                .entries
                .retain(|id, _| !matches!(id, ResourceId::Policy(_)));
            return Ok(plan(manifest, &observed, &record));
        };
        self.plan_with(manifest, &stored.record).await
    }

    /// Plans the deletion of the deployment that `manifest` describes. If its
    /// record is gone (an earlier teardown deleted the bucket), it is recovered
    /// from the marks of what exists ([`recover()`]). Only reads.
    ///
    /// # Errors
    /// Everything that could not be observed.
    pub async fn plan_teardown(&self, manifest: &Manifest) -> Result<Plan, Vec<Error>> {
        let deployment = manifest.deployment();
        let stored = self.load(deployment).await.map_err(|error| vec![error])?;
        let empty = Manifest::empty(deployment.clone());
        match stored {
            Some(stored) => self.plan_with(&empty, &stored.record).await,
            None => {
                let record = self.recover(manifest).await?;
                self.plan_with(&empty, &record).await
            }
        }
    }

    /// Observes the resources of `manifest`, and recovers the deployment record
    /// from their marks.
    ///
    /// # Errors
    /// Everything that could not be observed.
    pub async fn recover(&self, manifest: &Manifest) -> Result<DeploymentRecord, Vec<Error>> {
        let observed = self.observe_all(manifest).await?;
        Ok(recover(manifest, &observed))
    }

    async fn observe_all(&self, manifest: &Manifest) -> Result<Observed, Vec<Error>> {
        self.observe(manifest.ids()).await
    }

    /// The deployment record; `None` if there is none.
    ///
    /// # Errors
    /// It could not be read, or belongs to another deployment.
    pub async fn stored_record(
        &self,
        deployment: &DeploymentId,
    ) -> Result<Option<DeploymentRecord>, Error> {
        Ok(self.load(deployment).await?.map(|stored| stored.record))
    }

    /// The deployment record; an empty one if there is none.
    ///
    /// # Errors
    /// It could not be read, or belongs to another deployment.
    pub async fn record(&self, deployment: &DeploymentId) -> Result<DeploymentRecord, Error> {
        let stored = self.stored_record(deployment).await?;
        Ok(stored.unwrap_or_else(|| DeploymentRecord::new(deployment.clone())))
    }

    /// Like [`Engine::plan`], with a `record` that was read before.
    ///
    /// # Errors
    /// Everything that could not be observed.
    pub async fn plan_with(
        &self,
        manifest: &Manifest,
        record: &DeploymentRecord,
    ) -> Result<Plan, Vec<Error>> {
        let mut ids = manifest.ids();
        let recorded = record.entries.keys();
        ids.extend(recorded.filter(|id| !manifest.left.contains(id)).cloned());
        let observed = self.observe(ids).await?;
        Ok(plan(manifest, &observed, record))
    }

    /// Reads each of `ids`. A resource whose parent does not exist, or whose API
    /// is not enabled, counts as absent.
    ///
    /// # Errors
    /// Everything that could not be read.
    pub async fn observe(&self, ids: BTreeSet<ResourceId>) -> Result<Observed, Vec<Error>> {
        observe(&self.client, ids).await
    }

    /// Executes `plan`, which [`Engine::plan`] made of `manifest`, as far as
    /// possible, and plans again. Can be stopped at any time and run again. A plan
    /// with a step that is refused does nothing.
    ///
    /// # Errors
    /// The record could not be read; nothing was done.
    pub async fn apply(
        &self,
        manifest: &Manifest,
        plan: &Plan,
        events: EventSink<'_>,
    ) -> Result<ApplyReport, Error> {
        let mut stored = self.load(&plan.deployment).await?;
        let recorded = record_before(stored.as_ref(), plan).entries.into_keys();
        let mut execution = Execution::new(&self.client, plan, recorded.collect(), events);
        let is_refused = |step: &Step| matches!(step.action, Action::Refuse { .. });
        match plan.steps.iter().find(|step| is_refused(step)) {
            // Half of a plan may be worse than none of it: it may remove access
            // that the other half would have given elsewhere.
            Some(refused) => {
                execution.run(is_refused).await;
                execution.block(&refused.id.to_string());
            }
            None => self.execute(plan, &mut stored, &mut execution).await,
        }
        let outcomes = execution.into_outcomes();
        let record = record_before(stored.as_ref(), plan).finish(plan, &outcomes);
        let is_success = outcomes.values().all(StepOutcome::is_success);
        let (mut remaining, mut unobserved) = (None, Vec::new());
        if is_success && !plan.is_empty() {
            match self.plan_with(manifest, &record).await {
                Ok(plan) => remaining = Some(plan),
                Err(errors) => unobserved.extend(errors.iter().map(|e| gcp::chain(e))),
            }
        }
        Ok(ApplyReport {
            outcomes,
            record,
            remaining,
            unobserved,
        })
    }

    /// Executes the steps of `plan` as far as possible, and records what is about
    /// to be created, and then what was.
    async fn execute(
        &self,
        plan: &Plan,
        stored: &mut Option<VersionedRecord>,
        execution: &mut Execution<'_>,
    ) {
        let location = self.store.location();
        let first = record_location_steps(plan, location.as_ref());
        execution.run(|step| first.contains(&step.id)).await;
        let last = location.as_ref().filter(|location| {
            let step = plan.step(location);
            step.is_some_and(|step| step.action == Action::Delete)
        });
        let has_failed = first.iter().any(|id| {
            !execution
                .outcomes()
                .get(id)
                .is_some_and(StepOutcome::is_success)
        });
        if has_failed {
            execution.block("the bucket that contains the deployment record");
        } else if let Err(error) = self.write(stored, plan, |r| r.begin(plan)).await {
            execution.block(&gcp::chain(&error));
        } else {
            execution.run(|step| Some(&step.id) != last).await;
            let done = execution.outcomes().clone();
            // If this write fails, the next run makes up for it: the record says
            // already what was about to be created.
            let written = self.write(stored, plan, |r| r.finish(plan, &done)).await;
            match written {
                Err(error) if last.is_some() => execution.block(&gcp::chain(&error)),
                Ok(()) | Err(_) => {}
            }
            match done.iter().find(|(_, outcome)| !outcome.is_success()) {
                // Deleting the bucket would delete the record.
                Some((id, _)) => execution.block(&id.to_string()),
                None => execution.run(|_| true).await,
            }
        }
    }

    async fn load(&self, deployment: &DeploymentId) -> Result<Option<VersionedRecord>, Error> {
        let failed = |fault| Error {
            operation: "reading the deployment record in",
            id: self.store.location(),
            fault,
        };
        let stored = self.store.load().await.map_err(|e| failed(e.into()))?;
        match stored.as_ref().map(|stored| &stored.record.deployment) {
            Some(other) if other != deployment => Err(failed(Fault::Refused(format!(
                "it is the record of the deployment {other}, not of {deployment}"
            )))),
            Some(_) | None => Ok(stored),
        }
    }

    /// Writes the record as `change` makes it, unless that changes nothing. On a
    /// conflict, the record is read and changed again.
    async fn write(
        &self,
        stored: &mut Option<VersionedRecord>,
        plan: &Plan,
        change: impl Fn(DeploymentRecord) -> DeploymentRecord,
    ) -> Result<(), Error> {
        let is_retried = |failure: Failure<&Error>| {
            let fault = &failure.error.fault;
            matches!(fault, Fault::Record(RecordStoreError::Conflict))
                && failure.attempts <= MAX_CONFLICTS
        };
        let current = Mutex::new((stored, true));
        retry(&**self.client.clock(), PAUSES, is_retried, || async {
            let mut current = current.lock().await;
            let (stored, is_first) = &mut *current;
            if !std::mem::take(is_first) {
                **stored = self.load(&plan.deployment).await?;
            }
            let old = record_before(stored.as_ref(), plan);
            let new = change(old.clone());
            if new == old {
                return Ok(());
            }
            let version = stored.as_ref().map(|stored| stored.version);
            let saved = self.store.save(&new, version).await;
            let version = saved.map_err(|error| Error {
                operation: "writing",
                id: None,
                fault: Fault::Record(error),
            })?;
            **stored = Some(VersionedRecord {
                record: new,
                version,
            });
            Ok(())
        })
        .await
    }
}

/// The stored record; where there is none, the one that `plan` was made with.
fn record_before(stored: Option<&VersionedRecord>, plan: &Plan) -> DeploymentRecord {
    stored.map_or_else(|| plan.record.clone(), |stored| stored.record.clone())
}
