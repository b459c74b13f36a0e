//! Looks, and carries out what was seen to be needed.

use crate::{
    Action, DeploymentRecord, Error, Fault, Manifest, Observed, ObservedState, Plan, RecordStore,
    RecordStoreError, ResourceId, Step, StepOutcome, VersionedRecord,
    execution::{EventSink, Execution},
    plan, recover,
    resource::{self, Context},
};
use futures_util::{StreamExt, stream};
use gcp::{Client, methods::serviceusage::MAX_BATCH};
use names::{DeploymentName, Duration};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Makes a project as a manifest has it, and keeps the record of that.
#[derive(Clone)]
pub struct Engine {
    client: Client,
    store: Arc<dyn RecordStore>,
}

/// What became of a plan.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// What became of each step.
    pub outcomes: BTreeMap<ResourceId, StepOutcome>,
    /// The record now. Where the bucket that kept it is gone, this is all that
    /// is left of it: what is retained.
    pub record: DeploymentRecord,
    /// What a look afterwards found still to do; none was taken where a step
    /// failed or there was none to do.
    pub left: Option<Plan>,
    /// What that look could not see, and why: nothing is known of it.
    pub unseen: Vec<String>,
}

impl Report {
    /// Whether everything is as it should be.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.outcomes.values().all(StepOutcome::is_success)
            && self.left.as_ref().is_none_or(Plan::is_empty)
            && self.unseen.is_empty()
    }
}

/// How many reads are under way at a time.
const READS: usize = 32;
/// How often a record that others keep writing is read again.
const MOST_CONFLICTS: u64 = 20;

impl Engine {
    /// An engine that acts as `client` does.
    #[must_use]
    pub fn new(client: Client, store: Arc<dyn RecordStore>) -> Self {
        Self { client, store }
    }

    /// Observes what the manifest and the record name, and says what it takes
    /// to make that as the manifest has it. Makes only reads. Without a record,
    /// what is there is groundcrew's where it says so; but no grant is, for
    /// anybody may have made it.
    ///
    /// # Errors
    /// What could not be observed, all of it.
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

    /// What it takes to take down the deployment that `manifest` describes.
    /// Where its record is gone (with the bucket, the last time), it goes by
    /// what [`recover()`] makes of what is there. Makes only reads.
    ///
    /// # Errors
    /// What could not be observed, all of it.
    pub async fn plan_teardown(&self, manifest: &Manifest) -> Result<Plan, Vec<Error>> {
        let deployment = manifest.deployment();
        let stored = self.load(deployment).await.map_err(|error| vec![error])?;
        let nothing = Manifest::empty(deployment.clone());
        match stored {
            Some(stored) => self.plan_with(&nothing, &stored.record).await,
            None => {
                let record = self.recover(manifest).await?;
                self.plan_with(&nothing, &record).await
            }
        }
    }

    /// Observes what `manifest` names, and says what of it groundcrew made, by
    /// its marks.
    ///
    /// # Errors
    /// What could not be observed, all of it.
    pub async fn recover(&self, manifest: &Manifest) -> Result<DeploymentRecord, Vec<Error>> {
        let observed = self.observe_all(manifest).await?;
        Ok(recover(manifest, &observed))
    }

    async fn observe_all(&self, manifest: &Manifest) -> Result<Observed, Vec<Error>> {
        let ids = manifest.resources().map(crate::Resource::id);
        self.observe(ids.collect()).await
    }

    /// The deployment record as it is now; an empty one if there is none.
    ///
    /// # Errors
    /// It could not be read, or is another deployment's.
    pub async fn record(&self, deployment: &DeploymentName) -> Result<DeploymentRecord, Error> {
        let stored = self.load(deployment).await?;
        Ok(record(stored.as_ref(), deployment))
    }

    /// As [`Engine::look`], with a `record` that was read before.
    ///
    /// # Errors
    /// What could not be observed, all of it.
    pub async fn plan_with(
        &self,
        manifest: &Manifest,
        record: &DeploymentRecord,
    ) -> Result<Plan, Vec<Error>> {
        let desired = manifest.resources().map(crate::Resource::id);
        let ids: BTreeSet<ResourceId> = desired.chain(record.entries.keys().cloned()).collect();
        let observed = self.observe(ids).await?;
        Ok(plan(manifest, &observed, record))
    }

    /// Reads each of `ids`. What lies in something that does not exist, or
    /// belongs to an API that is not enabled, is absent.
    ///
    /// # Errors
    /// What could not be read, all of it.
    pub async fn observe(&self, ids: BTreeSet<ResourceId>) -> Result<Observed, Vec<Error>> {
        let mut reads = stream::iter(batches(ids))
            .map(|ids| self.read(ids))
            .buffer_unordered(READS);
        let (mut observed, mut errors) = (Observed::new(), Vec::new());
        while let Some((id, seen)) = reads.next().await {
            match seen {
                Ok(seen) => observed.extend(seen),
                Err(error) => errors.push(Error {
                    doing: "observing",
                    id: Some(id),
                    fault: error.into(),
                }),
            }
        }
        match errors.is_empty() {
            true => Ok(observed),
            false => Err(errors),
        }
    }

    /// Reads what one call reads together; the first stands for all.
    async fn read(
        &self,
        ids: Vec<ResourceId>,
    ) -> (
        ResourceId,
        Result<Vec<(ResourceId, Option<ObservedState>)>, gcp::Error>,
    ) {
        let first = ids[0].clone();
        let seen = match first.api() {
            Some(_) => {
                let names: Vec<_> = ids.iter().filter_map(ResourceId::api).cloned().collect();
                resource::observe_apis(&self.client, &names).await
            }
            None => {
                let seen = resource::observe(&self.client, &first).await;
                seen.map(|seen| vec![(first.clone(), seen)])
            }
        };
        (first, seen)
    }

    /// Carries out `plan`, which [`Engine::look`] made of `manifest`, as far as
    /// it can be, and looks again. May be stopped anywhere, and run again.
    ///
    /// # Errors
    /// The record could not be read, so that nothing was done.
    pub async fn apply(
        &self,
        manifest: &Manifest,
        plan: &Plan,
        tell: EventSink<'_>,
    ) -> Result<Report, Error> {
        let site = Context {
            client: &self.client,
            deployment: &plan.deployment,
            plan,
        };
        let mut stored = self.load(&plan.deployment).await?;
        let known = record(stored.as_ref(), &plan.deployment)
            .entries
            .into_keys();
        let mut run = Execution::new(site, plan, known.collect(), tell);
        let home = self.store.home();
        let first = home_first(plan, home.as_ref());
        run.steps(|step| first.contains(&step.id)).await;
        let last = home.as_ref().filter(|home| {
            let step = plan.step(home);
            step.is_some_and(|step| step.action == Action::Delete)
        });
        let unmade = first
            .iter()
            .any(|id| !run.outcomes().get(id).is_some_and(StepOutcome::is_success));
        if unmade {
            run.block("the bucket that keeps the deployment record");
        } else if let Err(error) = self.write(&mut stored, plan, |r| r.begin(plan)).await {
            run.block(&gcp::chain(&error));
        } else {
            run.steps(|step| Some(&step.id) != last).await;
            let done = run.outcomes().clone();
            // What could not be written is written by the next run, which
            // finds everything as the record said it would be.
            let written = self
                .write(&mut stored, plan, |r| r.finish(plan, &done))
                .await;
            match written {
                Err(error) if last.is_some() => run.block(&gcp::chain(&error)),
                Ok(()) | Err(_) => {}
            }
            match done.iter().find(|(_, outcome)| !outcome.is_success()) {
                // The record would be gone with the bucket.
                Some((id, _)) => run.block(&id.to_string()),
                None => run.steps(|_| true).await,
            }
        }
        let outcomes = run.into_outcomes();
        let known = stored.map_or_else(|| DeploymentRecord::of(plan), |stored| stored.record);
        let record = known.finish(plan, &outcomes);
        let all_good = outcomes.values().all(StepOutcome::is_success);
        let (mut left, mut unseen) = (None, Vec::new());
        if all_good && !plan.is_empty() {
            match self.plan_with(manifest, &record).await {
                Ok(plan) => left = Some(plan),
                Err(errors) => unseen.extend(errors.iter().map(|e| gcp::chain(e))),
            }
        }
        Ok(Report {
            outcomes,
            record,
            left,
            unseen,
        })
    }

    async fn load(&self, deployment: &DeploymentName) -> Result<Option<VersionedRecord>, Error> {
        let failed = |fault| Error {
            doing: "reading the deployment record in",
            id: self.store.home(),
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

    /// Writes `change` of the record as it is now, unless that is nothing.
    async fn write(
        &self,
        stored: &mut Option<VersionedRecord>,
        plan: &Plan,
        change: impl Fn(DeploymentRecord) -> DeploymentRecord,
    ) -> Result<(), Error> {
        let mut tries = 0;
        loop {
            let old = record(stored.as_ref(), &plan.deployment);
            let new = change(old.clone());
            if new == old {
                return Ok(());
            }
            let version = stored.as_ref().map(|stored| stored.version);
            let error = match self.store.save(&new, version).await {
                Ok(version) => {
                    *stored = Some(VersionedRecord {
                        record: new,
                        version,
                    });
                    return Ok(());
                }
                Err(error) => error,
            };
            tries += 1;
            if !matches!(error, RecordStoreError::Conflict) || tries > MOST_CONFLICTS {
                return Err(Error {
                    doing: "writing",
                    id: None,
                    fault: Fault::Record(error),
                });
            }
            let seed = self.client.clock().now().as_micros().unsigned_abs() ^ (tries << 40);
            tokio::time::sleep(Duration::from_secs(1).mul_f64(gcp::jitter(seed))).await;
            *stored = self.load(&plan.deployment).await?;
        }
    }
}

fn record(stored: Option<&VersionedRecord>, deployment: &DeploymentName) -> DeploymentRecord {
    stored.map_or_else(
        || DeploymentRecord::new(deployment.clone()),
        |s| s.record.clone(),
    )
}

/// What one call reads each: APIs of a project together, the rest alone.
fn batches(ids: BTreeSet<ResourceId>) -> Vec<Vec<ResourceId>> {
    let mut batches: Vec<Vec<ResourceId>> = Vec::new();
    let project = |id: &ResourceId| id.api().map(|name| name.project().clone());
    for id in ids {
        // APIs come first, in order of their projects.
        match batches.last_mut() {
            Some(batch)
                if project(&id).is_some()
                    && project(&batch[0]) == project(&id)
                    && batch.len() < MAX_BATCH =>
            {
                batch.push(id);
            }
            Some(_) | None => batches.push(vec![id]),
        }
    }
    batches
}

/// The steps that must be done before there is a place for the record.
fn home_first(plan: &Plan, home: Option<&ResourceId>) -> BTreeSet<ResourceId> {
    let is_made = |step: &&Step| matches!(step.action, Action::Create);
    let home = home.and_then(|home| plan.step(home)).filter(is_made);
    let mut first = BTreeSet::new();
    let mut open: Vec<&ResourceId> = home.map(|step| &step.id).into_iter().collect();
    while let Some(id) = open.pop() {
        if first.insert(id.clone()) {
            open.extend(plan.step(id).into_iter().flat_map(|step| &step.depends_on));
        }
    }
    first
}
