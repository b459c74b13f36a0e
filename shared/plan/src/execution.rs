//! Executes the steps of a plan: each as soon as its dependencies are done,
//! concurrently with all others that are ready.

use crate::{
    Action, EventSink, Plan, Progress, ResourceId, Step, StepEvent, StepOutcome,
    step_runner::StepRunner,
};
use futures_util::{StreamExt, stream::FuturesUnordered};
use gcp::{BoxFuture, Client};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) struct Execution<'a> {
    plan: &'a Plan,
    runner: StepRunner<'a>,
    outcomes: Outcomes<'a>,
}

struct Outcomes<'a> {
    events: EventSink<'a>,
    all: BTreeMap<ResourceId, StepOutcome>,
}

impl Outcomes<'_> {
    fn record(&mut self, id: &ResourceId, outcome: StepOutcome) {
        (self.events)(StepEvent {
            id,
            progress: Progress::Ended(&outcome),
        });
        self.all.insert(id.clone(), outcome);
    }

    /// A dependency of `step` that failed.
    fn failed_dependency(&self, step: &Step) -> Option<String> {
        let failed = |id: &&ResourceId| self.all.get(*id).is_some_and(|o| !o.is_success());
        step.depends_on
            .iter()
            .find(failed)
            .map(ResourceId::to_string)
    }
}

type Completed<'a> = Vec<(&'a ResourceId, StepOutcome)>;

impl<'a> Execution<'a> {
    /// `recorded` are the resources in the deployment record before.
    pub(crate) fn new(
        client: &'a Client,
        plan: &'a Plan,
        recorded: BTreeSet<ResourceId>,
        events: EventSink<'a>,
    ) -> Self {
        Self {
            plan,
            runner: StepRunner::new(client, plan, recorded, events),
            outcomes: Outcomes {
                events,
                all: BTreeMap::new(),
            },
        }
    }

    pub(crate) fn outcomes(&self) -> &BTreeMap<ResourceId, StepOutcome> {
        &self.outcomes.all
    }

    pub(crate) fn into_outcomes(self) -> BTreeMap<ResourceId, StepOutcome> {
        self.outcomes.all
    }

    /// Ends all remaining steps as blocked.
    pub(crate) fn block(&mut self, by: &str) {
        for step in &self.plan.steps {
            if !self.outcomes.all.contains_key(&step.id) {
                let by = by.to_owned();
                self.outcomes.record(&step.id, StepOutcome::Blocked { by });
            }
        }
    }

    /// Runs the remaining steps that `selected` accepts, as far as possible.
    pub(crate) async fn run(&mut self, selected: impl Fn(&Step) -> bool) {
        let Self {
            plan,
            runner,
            outcomes,
        } = self;
        let (plan, runner) = (*plan, &*runner);
        let mut waiting: Vec<&Step> = plan.steps.iter().filter(|step| selected(step)).collect();
        waiting.retain(|step| !outcomes.all.contains_key(&step.id));
        let mut running: FuturesUnordered<BoxFuture<'_, Completed<'_>>> = FuturesUnordered::new();
        loop {
            let mut ready = Vec::new();
            // In the plan's order, so that a step sees the outcomes of those before.
            waiting.retain(|step| {
                if let Some(by) = outcomes.failed_dependency(step) {
                    outcomes.record(&step.id, StepOutcome::Blocked { by });
                    return false;
                }
                let is_selected = |id: &ResourceId| plan.step(id).is_some_and(&selected);
                let pending = |id: &ResourceId| is_selected(id) && !outcomes.all.contains_key(id);
                if step.depends_on.iter().any(pending) {
                    return true;
                }
                match noop_outcome(step) {
                    Some(outcome) => outcomes.record(&step.id, outcome),
                    None => ready.push(*step),
                }
                false
            });
            for batch in batches(ready) {
                running.push(Box::pin(runner.run(batch)));
            }
            match running.next().await {
                Some(done) => done
                    .into_iter()
                    .for_each(|(id, outcome)| outcomes.record(id, outcome)),
                None => return,
            }
        }
    }
}

/// The outcome of a step that needs no call.
fn noop_outcome(step: &Step) -> Option<StepOutcome> {
    match &step.action {
        Action::Keep => Some(StepOutcome::Unchanged),
        Action::Retain {
            needs_call: false,
            until,
            ..
        } => Some(StepOutcome::Retained { until: *until }),
        Action::Create
        | Action::Restore { .. }
        | Action::Change { .. }
        | Action::Delete
        | Action::Adopt { .. }
        | Action::Retain {
            needs_call: true, ..
        }
        | Action::Refuse { .. } => None,
    }
}

/// Service Usage enables at most this many APIs of a project in one call.
const MAX_APIS_PER_CALL: usize = 20;

/// Groups the steps that one call carries out: APIs of one project.
fn batches(ready: Vec<&Step>) -> Vec<Vec<&Step>> {
    let mut batches: Vec<Vec<&Step>> = Vec::new();
    for step in ready {
        let project = |step: &Step| step.id.api().map(|name| name.project().clone());
        let fits = |batch: &&mut Vec<&Step>| {
            let own = project(step);
            batch.len() < MAX_APIS_PER_CALL && own.is_some() && project(batch[0]) == own
        };
        match batches.iter_mut().find(fits) {
            Some(batch) => batch.push(step),
            None => batches.push(vec![step]),
        }
    }
    batches
}
