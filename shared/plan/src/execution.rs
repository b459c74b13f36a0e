//! Carries steps out: each as soon as what it needs is done, all that are
//! ready at the same time.

use crate::{Action, Fault, Plan, ResourceId, Step, resource::Context, step_runner::StepRunner};
use futures_util::{StreamExt, stream::FuturesUnordered};
use gcp::{BoxFuture, Class};
use names::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "outcome")]
pub enum StepOutcome {
    /// groundcrew made it.
    Created {
        /// What tells it from another of its name.
        uid: Option<String>,
    },
    /// It was there before, and is used.
    Adopted,
    /// It is as it should be now.
    Changed,
    /// It was as it should be.
    Unchanged,
    /// It is not there any more.
    Deleted,
    /// Google keeps it.
    Retained {
        /// Until then, where that is known.
        until: Option<Timestamp>,
    },
    /// It could not be done.
    Failed {
        /// Why, and what to do next.
        why: String,
        /// Whether it may go away by itself.
        #[serde(skip)]
        class: Class,
    },
    /// It was not tried, because of this.
    Blocked {
        /// What it needs and is not there.
        by: String,
    },
}

impl StepOutcome {
    /// Whether what depends on it can go on.
    #[must_use]
    pub fn is_success(&self) -> bool {
        match self {
            Self::Failed { .. } | Self::Blocked { .. } => false,
            Self::Created { .. }
            | Self::Adopted
            | Self::Changed
            | Self::Unchanged
            | Self::Deleted
            | Self::Retained { .. } => true,
        }
    }
}

/// Something that happened to a step.
#[derive(Debug)]
pub struct StepEvent<'a> {
    /// The step's resource.
    pub id: &'a ResourceId,
    /// What happened.
    pub progress: Progress<'a>,
}

/// How far a step is.
#[derive(Debug)]
pub enum Progress<'a> {
    /// It is begun.
    Started,
    /// It waits for something that goes away by itself.
    Waiting {
        /// What.
        why: &'a Fault,
    },
    /// It is over.
    Ended(&'a StepOutcome),
}

/// Who is told of what happens.
pub(crate) type EventSink<'a> = &'a (dyn Fn(StepEvent<'_>) + Sync);

pub(crate) struct Execution<'a> {
    plan: &'a Plan,
    worker: StepRunner<'a>,
    outcomes: Outcomes<'a>,
}

struct Outcomes<'a> {
    tell: EventSink<'a>,
    all: BTreeMap<ResourceId, StepOutcome>,
}

impl Outcomes<'_> {
    fn end(&mut self, id: &ResourceId, outcome: StepOutcome) {
        (self.tell)(StepEvent {
            id,
            progress: Progress::Ended(&outcome),
        });
        self.all.insert(id.clone(), outcome);
    }

    /// What `step` needs and will not have.
    fn obstacle(&self, step: &Step) -> Option<String> {
        let bad = |id: &&ResourceId| self.all.get(*id).is_some_and(|o| !o.is_success());
        step.depends_on.iter().find(bad).map(ResourceId::to_string)
    }
}

type Completed<'a> = Vec<(&'a ResourceId, StepOutcome)>;

impl<'a> Execution<'a> {
    /// `known` is what the record knew of before.
    pub(crate) fn new(
        site: Context<'a>,
        plan: &'a Plan,
        known: BTreeSet<ResourceId>,
        tell: EventSink<'a>,
    ) -> Self {
        Self {
            plan,
            worker: StepRunner::new(site, plan, known, tell),
            outcomes: Outcomes {
                tell,
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

    /// Says that none of the remaining steps can be done.
    pub(crate) fn block(&mut self, by: &str) {
        for step in &self.plan.steps {
            if !self.outcomes.all.contains_key(&step.id) {
                let by = by.to_owned();
                self.outcomes.end(&step.id, StepOutcome::Blocked { by });
            }
        }
    }

    /// Carries out the steps that `which` says, as far as they can be.
    pub(crate) async fn steps(&mut self, which: impl Fn(&Step) -> bool) {
        let Self {
            plan,
            worker,
            outcomes,
        } = self;
        let (plan, worker) = (*plan, &*worker);
        let mut waiting: Vec<&Step> = plan.steps.iter().filter(|step| which(step)).collect();
        waiting.retain(|step| !outcomes.all.contains_key(&step.id));
        let mut running: FuturesUnordered<BoxFuture<'_, Completed<'_>>> = FuturesUnordered::new();
        loop {
            let mut ready = Vec::new();
            // In the plan's order: what is settled here is known to the next.
            waiting.retain(|step| {
                if let Some(by) = outcomes.obstacle(step) {
                    outcomes.end(&step.id, StepOutcome::Blocked { by });
                    return false;
                }
                let later = |id: &ResourceId| plan.step(id).is_some_and(&which);
                let waits = |id: &ResourceId| later(id) && !outcomes.all.contains_key(id);
                if step.depends_on.iter().any(waits) {
                    return true;
                }
                match untouched(step) {
                    Some(outcome) => outcomes.end(&step.id, outcome),
                    None => ready.push(*step),
                }
                false
            });
            for together in batches(ready) {
                running.push(Box::pin(worker.perform(together)));
            }
            match running.next().await {
                Some(done) => done
                    .into_iter()
                    .for_each(|(id, outcome)| outcomes.end(id, outcome)),
                None => return,
            }
        }
    }
}

/// The outcome of a step that there is nothing to do for.
fn untouched(step: &Step) -> Option<StepOutcome> {
    match &step.action {
        Action::Keep => Some(StepOutcome::Unchanged),
        Action::Retain {
            act: false, until, ..
        } => Some(StepOutcome::Retained { until: *until }),
        Action::Create
        | Action::Restore { .. }
        | Action::Change { .. }
        | Action::Delete
        | Action::Adopt { .. }
        | Action::Retain { act: true, .. }
        | Action::Refuse { .. } => None,
    }
}

/// Service Usage enables this many APIs of a project at a time.
const APIS_AT_A_TIME: usize = 20;

/// Steps that are carried out by one call, together.
fn batches(ready: Vec<&Step>) -> Vec<Vec<&Step>> {
    let mut batches: Vec<Vec<&Step>> = Vec::new();
    for step in ready {
        let project = |step: &Step| step.id.api().map(|name| name.project().clone());
        let joins = |batch: &&mut Vec<&Step>| {
            let of = project(step);
            batch.len() < APIS_AT_A_TIME && of.is_some() && project(batch[0]) == of
        };
        match batches.iter_mut().find(joins) {
            Some(batch) => batch.push(step),
            None => batches.push(vec![step]),
        }
    }
    batches
}
