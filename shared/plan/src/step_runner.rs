//! Runs one step, with retries.

use crate::{
    Action, Error, EventSink, Fault, Lifecycle, ObservedState, Origin, Ownership, Plan, Progress,
    Resource, ResourceId, ResourceRecord, Step, StepEvent, StepOutcome,
    diff::Diff,
    owner::{Owner, difference, owner},
    plan::OF_SOMEONE_ELSE,
    resource::{self, Context, Deletion},
    retry_budget::retry_budget,
};
use gcp::{
    Backoff, Class, Classify, Client,
    poll::{Failure, retry},
};
use names::{Duration, ServiceName};
use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// At least half of each pause is kept, so that there are not too many attempts.
const BACKOFF: Backoff =
    Backoff::exponential(Duration::from_secs(1), Duration::from_secs(10)).with_jitter(50);
/// More attempts than fit into the longest retry budget; ends the loop if the
/// clock stands still.
const MAX_ATTEMPTS: u32 = 300;

pub(crate) struct StepRunner<'a> {
    context: Context<'a>,
    events: EventSink<'a>,
    enables_apis: bool,
    /// What the deployment record contained before this run.
    recorded: BTreeSet<ResourceId>,
    /// What this run has created, or may have created.
    created: Mutex<BTreeSet<ResourceId>>,
}

impl<'a> StepRunner<'a> {
    pub(crate) fn new(
        client: &'a Client,
        plan: &'a Plan,
        recorded: BTreeSet<ResourceId>,
        events: EventSink<'a>,
    ) -> Self {
        Self {
            context: Context {
                client,
                deployment: &plan.deployment,
            },
            events,
            enables_apis: plan.steps.iter().any(|step| step.id.api().is_some()),
            recorded,
            created: Mutex::default(),
        }
    }

    /// Runs steps that one call carries out together; mostly a single one.
    pub(crate) async fn run<'s>(&self, steps: Vec<&'s Step>) -> Vec<(&'s ResourceId, StepOutcome)> {
        for step in &steps {
            self.emit(step, Progress::Started);
        }
        let outcome = self.run_with_retries(&steps).await.unwrap_or_else(|fault| {
            let error = Error {
                operation: operation(&steps[0].action),
                id: Some(steps[0].id.clone()),
                fault,
            };
            StepOutcome::Failed {
                reason: gcp::chain(&error),
                class: error.class(),
            }
        });
        if matches!(outcome, StepOutcome::Created { .. }) {
            let ids = steps.iter().map(|step| step.id.clone());
            self.created().extend(ids);
        }
        let each = steps.into_iter();
        each.map(|step| (&step.id, outcome.clone())).collect()
    }

    fn created(&self) -> MutexGuard<'_, BTreeSet<ResourceId>> {
        self.created.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn emit(&self, step: &Step, progress: Progress<'_>) {
        (self.events)(StepEvent {
            id: &step.id,
            progress,
        });
    }

    async fn run_with_retries(&self, steps: &[&Step]) -> Result<StepOutcome, Fault> {
        let is_retried = |failure: Failure<&Fault>| {
            let budget = {
                let created = self.created();
                retry_budget(steps[0], failure.error, &created, self.enables_apis)
            };
            let is_retried = budget.is_some_and(|budget| failure.elapsed < budget)
                && failure.attempts < MAX_ATTEMPTS;
            if is_retried {
                self.emit(
                    steps[0],
                    Progress::Waiting {
                        reason: failure.error,
                    },
                );
            }
            is_retried
        };
        let clock = self.context.client.clock();
        retry(&**clock, BACKOFF, is_retried, || self.attempt(steps)).await
    }

    async fn attempt(&self, steps: &[&Step]) -> Result<StepOutcome, Fault> {
        let (context, step) = (&self.context, steps[0]);
        if let (ResourceId::Api(_), Action::Create) = (&step.id, &step.action) {
            let names = steps.iter().filter_map(|step| step.id.api());
            let names: Vec<ServiceName> = names.cloned().collect();
            resource::enable_apis(context.client, &names).await?;
            return Ok(StepOutcome::Created { uid: None });
        }
        if step.input.removed_project.is_some() {
            return Ok(StepOutcome::Deleted);
        }
        match (&step.action, &step.resource) {
            (Action::Create, Some(resource)) => self.create(resource, step).await,
            (Action::Restore { .. }, Some(resource)) => {
                resource.change(context, &step.input, true).await?;
                let uid = step.input.uid.clone();
                Ok(StepOutcome::Created { uid })
            }
            (Action::Change { .. }, Some(resource)) => {
                let ours = step.origin.is_ours();
                resource.change(context, &step.input, ours).await?;
                Ok(StepOutcome::Changed)
            }
            (Action::Adopt { changes }, Some(resource)) => {
                if !changes.is_empty() {
                    resource.change(context, &step.input, false).await?;
                }
                Ok(StepOutcome::Adopted)
            }
            (
                Action::Retain {
                    until,
                    needs_call: false,
                    ..
                },
                None,
            ) => Ok(StepOutcome::Retained { until: *until }),
            (Action::Refuse { reason }, _) => Err(Fault::Refused(reason.clone())),
            (Action::Change { .. } | Action::Delete | Action::Retain { .. }, None) => {
                match resource::delete(context, &step.id, &step.input).await? {
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
        let error = match resource.create(&self.context, &step.input).await {
            Ok(uid) => {
                resource::wait_until_visible(self.context.client, &step.id).await?;
                return Ok(StepOutcome::Created { uid });
            }
            Err(Fault::Call(error)) => error,
            Err(fault) => return Err(fault),
        };
        // It may exist: an answer was lost, or someone else created it.
        let may_exist = error.is_failed_precondition()
            || match error.class() {
                Class::Conflict | Class::Transient => true,
                Class::Denied | Class::Invalid | Class::Bug => false,
            };
        if !may_exist || matches!(step.id, ResourceId::Policy(_)) {
            return Err(error.into());
        }
        if error.class() == Class::Transient {
            self.created().insert(step.id.clone());
        }
        match resource::observe(self.context.client, &step.id).await? {
            Some(state) => self.existing(resource, step, &state).await,
            None => Err(error.into()),
        }
    }

    /// Completes the creation of a resource that turned out to exist.
    async fn existing(
        &self,
        resource: &Resource,
        step: &Step,
        state: &ObservedState,
    ) -> Result<StepOutcome, Fault> {
        let creating = ResourceRecord {
            origin: Origin::Creating,
            uid: None,
            depends_on: BTreeSet::new(),
            grants: BTreeSet::new(),
        };
        let deployment = self.context.deployment;
        // A resource that cannot be marked is groundcrew's only if this run, or
        // an earlier one that crashed, may have created it.
        let may_be_ours = state.ownership != Ownership::Unmarkable
            || self.recorded.contains(&step.id)
            || self.created().contains(&step.id);
        let ours = match owner(deployment, may_be_ours.then_some(&creating), state) {
            Owner::ThisDeployment => true,
            Owner::Nobody if !resource.is_adopted() => {
                return Err(Fault::Refused(OF_SOMEONE_ELSE.to_owned()));
            }
            Owner::Nobody => false,
            Owner::OtherDeployment(other) => {
                return Err(Fault::Refused(format!(
                    "it belongs to the deployment {other}"
                )));
            }
        };
        let ours = ours || state.lifecycle != Lifecycle::Active;
        let Diff {
            changes, immutable, ..
        } = difference(deployment, resource, state, ours);
        if let Some(change) = immutable.first() {
            return Err(Fault::Refused(format!("{change} cannot be changed")));
        }
        if !changes.is_empty() || state.lifecycle != Lifecycle::Active {
            resource.change(&self.context, &step.input, ours).await?;
        }
        if ours {
            resource::wait_until_visible(self.context.client, &step.id).await?;
        }
        Ok(match ours {
            true => StepOutcome::Created {
                uid: state.uid.clone(),
            },
            false => StepOutcome::Adopted,
        })
    }
}

fn operation(action: &Action) -> &'static str {
    match action {
        Action::Create => "creating",
        Action::Restore { .. } => "restoring",
        Action::Change { .. } => "changing",
        Action::Delete => "deleting",
        Action::Adopt { .. } => "adopting",
        Action::Keep => "keeping",
        Action::Retain { .. } => "retaining",
        Action::Refuse { .. } => "applying",
    }
}
