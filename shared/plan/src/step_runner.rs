//! One step, tried until it is done or will not be.

use crate::{
    Action, Error, Fault, Lifecycle, ObservedState, Origin, Ownership, Plan, Progress, Resource,
    ResourceId, ResourceRecord, Step, StepEvent, StepOutcome,
    diff::Diff,
    execution::EventSink,
    plan::{Owner, lacking, owner},
    resource::{self, Context, Deletion},
    retry_budget::retry_budget,
};
use gcp::{Class, Classify};
use names::Duration;
use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// More than fit into the longest patience; ends it under a clock that stands.
const MOST_TRIES: u64 = 300;

pub(crate) struct StepRunner<'a> {
    context: Context<'a>,
    events: EventSink<'a>,
    /// Whether the plan sees to it that APIs are enabled.
    apis: bool,
    /// What the record knew of before this run.
    recorded: BTreeSet<ResourceId>,
    /// The rings that are groundcrew's and are to go, now or later.
    rings: BTreeSet<ResourceId>,
    /// What this run has made, or may have.
    created: Mutex<BTreeSet<ResourceId>>,
}

impl<'a> StepRunner<'a> {
    pub(crate) fn new(
        site: Context<'a>,
        plan: &Plan,
        known: BTreeSet<ResourceId>,
        tell: EventSink<'a>,
    ) -> Self {
        let goes = |step: &&Step| !step.is_desired() && step.origin.is_ours();
        let rings = plan.steps.iter().filter(goes).map(|step| &step.id);
        let rings = rings.filter(|id| matches!(id, ResourceId::Ring(_)));
        Self {
            context: site,
            events: tell,
            apis: plan.steps.iter().any(|step| step.id.api().is_some()),
            rings: rings.cloned().collect(),
            recorded: known,
            created: Mutex::default(),
        }
    }

    /// Carries out steps that one call does together; most often one.
    pub(crate) async fn perform<'s>(
        &self,
        steps: Vec<&'s Step>,
    ) -> Vec<(&'s ResourceId, StepOutcome)> {
        for step in &steps {
            self.say(step, Progress::Started);
        }
        let outcome = self.run_with_retries(&steps).await.unwrap_or_else(|fault| {
            let error = Error {
                doing: doing(&steps[0].action),
                id: Some(steps[0].id.clone()),
                fault,
            };
            StepOutcome::Failed {
                why: gcp::chain(&error),
                class: error.class(),
            }
        });
        if matches!(outcome, StepOutcome::Created { .. }) {
            let ids = steps.iter().map(|step| step.id.clone());
            self.fresh().extend(ids);
        }
        let each = steps.into_iter();
        each.map(|step| (&step.id, outcome.clone())).collect()
    }

    fn fresh(&self) -> MutexGuard<'_, BTreeSet<ResourceId>> {
        self.created.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(&self, step: &Step, progress: Progress<'_>) {
        (self.events)(StepEvent {
            id: &step.id,
            progress,
        });
    }

    async fn run_with_retries(&self, steps: &[&Step]) -> Result<StepOutcome, Fault> {
        let clock = self.context.client.clock();
        let started = clock.now();
        let (mut pause, mut tries) = (FIRST_WAIT, 0);
        loop {
            let fault = match self.attempt(steps).await {
                Ok(outcome) => return Ok(outcome),
                Err(fault) => fault,
            };
            let fresh = self
                .created
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            tries += 1;
            let now = clock.now();
            match retry_budget(&steps[0].id, &fault, &fresh, self.apis) {
                Some(longest) if now.since(started) < longest && tries < MOST_TRIES => {}
                Some(_) | None => return Err(fault),
            }
            self.say(steps[0], Progress::Waiting { why: &fault });
            let seed = now.as_micros().unsigned_abs() ^ (tries << 40);
            // Half of it at least, so that what needs a minute is asked a few times.
            tokio::time::sleep(pause.mul_f64(0.5 + gcp::jitter(seed) / 2.0)).await;
            pause = (pause * 2).min(LONGEST_WAIT);
        }
    }

    async fn attempt(&self, steps: &[&Step]) -> Result<StepOutcome, Fault> {
        let (site, step) = (self.context, steps[0]);
        if let (ResourceId::Api(_), Action::Create) = (&step.id, &step.action) {
            let ids: Vec<ResourceId> = steps.iter().map(|step| step.id.clone()).collect();
            resource::enable(site.client, &ids).await?;
            return Ok(StepOutcome::Created { uid: None });
        }
        match (&step.action, &step.resource) {
            (Action::Create, Some(resource)) => self.create(resource, step).await,
            (Action::Restore { .. }, Some(resource)) => {
                resource.change(site, step, true).await?;
                let uid = step.uid.clone();
                Ok(StepOutcome::Created { uid })
            }
            (Action::Change { .. }, Some(resource)) => {
                let ours = step.origin.is_ours();
                resource.change(site, step, ours).await?;
                Ok(StepOutcome::Changed)
            }
            (Action::Adopt { changes }, Some(resource)) => {
                if !changes.is_empty() {
                    resource.change(site, step, false).await?;
                }
                Ok(StepOutcome::Adopted)
            }
            (Action::Refuse { why }, _) => Err(Fault::Refused(why.clone())),
            (Action::Change { .. } | Action::Delete | Action::Retain { .. }, None) => {
                match resource::delete(site, step, &self.rings).await? {
                    Deletion::Done => Ok(StepOutcome::Deleted),
                    Deletion::Retained(until) => Ok(StepOutcome::Retained { until }),
                }
            }
            (Action::Keep | Action::Delete | Action::Retain { .. }, _)
            | (Action::Create | Action::Restore { .. } | Action::Adopt { .. }, None) => {
                Ok(StepOutcome::Unchanged)
            }
        }
    }

    async fn create(&self, resource: &Resource, step: &Step) -> Result<StepOutcome, Fault> {
        let error = match resource.create(self.context, step).await {
            Ok(uid) => {
                resource::wait_until_visible(self.context.client, &step.id).await?;
                return Ok(StepOutcome::Created { uid });
            }
            Err(Fault::Call(error)) => error,
            Err(fault) => return Err(fault),
        };
        // It exists by now, or may: an answer was lost, or somebody was faster.
        let may_exist = error.is_precondition()
            || match error.class() {
                Class::Conflict | Class::Transient => true,
                Class::Denied | Class::Invalid | Class::Bug => false,
            };
        if !may_exist || matches!(step.id, ResourceId::Policy(_)) {
            return Err(error.into());
        }
        if error.class() == Class::Transient {
            self.fresh().insert(step.id.clone());
        }
        match resource::observe(self.context.client, &step.id).await? {
            Some(seen) => self.found(resource, step, &seen).await,
            None => Err(error.into()),
        }
    }

    /// What was to be created exists: whose is it?
    async fn found(
        &self,
        resource: &Resource,
        step: &Step,
        seen: &ObservedState,
    ) -> Result<StepOutcome, Fault> {
        let making = ResourceRecord {
            origin: Origin::Creating,
            uid: None,
            depends_on: BTreeSet::new(),
            grants: BTreeSet::new(),
        };
        let deployment = self.context.deployment;
        // Without a mark, only that it may be this run's, or an earlier one's
        // that did not live to say so, makes it groundcrew's.
        let may_be_ours = seen.ownership != Ownership::Unmarkable
            || self.recorded.contains(&step.id)
            || self.fresh().contains(&step.id);
        let ours = match owner(deployment, may_be_ours.then_some(&making), seen) {
            Owner::Ours => true,
            Owner::Theirs => false,
            Owner::Deployment(other) => {
                return Err(Fault::Refused(format!(
                    "it belongs to the deployment {other}"
                )));
            }
        };
        let ours = ours || seen.lifecycle != Lifecycle::Active;
        let Diff { changes, fixed } = lacking(deployment, resource, seen, ours);
        if let Some(change) = fixed.first() {
            return Err(Fault::Refused(format!("{change} cannot be changed")));
        }
        if !changes.is_empty() || seen.lifecycle != Lifecycle::Active {
            resource.change(self.context, step, ours).await?;
        }
        if ours {
            resource::wait_until_visible(self.context.client, &step.id).await?;
        }
        Ok(match ours {
            true => StepOutcome::Created {
                uid: seen.uid.clone(),
            },
            false => StepOutcome::Adopted,
        })
    }
}

fn doing(action: &Action) -> &'static str {
    match action {
        Action::Create => "creating",
        Action::Restore { .. } => "bringing back",
        Action::Change { .. } => "changing",
        Action::Delete => "deleting",
        Action::Adopt { .. } => "adopting",
        Action::Keep => "keeping",
        Action::Retain { .. } => "retiring",
        Action::Refuse { .. } => "settling",
    }
}
