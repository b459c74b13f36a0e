//! Carries steps out: each as soon as what it needs is done, all that are
//! ready at the same time.

use crate::{Action, Fault, Id, Plan, Step, attempt::Worker, resource::Site};
use futures_util::{StreamExt, stream::FuturesUnordered};
use gcp::{BoxFuture, Class};
use names::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "outcome")]
pub enum Outcome {
    /// groundcrew made it.
    Made {
        /// What tells it from another of its name.
        uid: Option<String>,
    },
    /// It was there before, and is used.
    Adopted,
    /// It is as it should be now.
    Changed,
    /// It was as it should be.
    Kept,
    /// It is not there any more.
    Gone,
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

impl Outcome {
    /// Whether what depends on it can go on.
    #[must_use]
    pub fn is_good(&self) -> bool {
        match self {
            Self::Failed { .. } | Self::Blocked { .. } => false,
            Self::Made { .. }
            | Self::Adopted
            | Self::Changed
            | Self::Kept
            | Self::Gone
            | Self::Retained { .. } => true,
        }
    }
}

/// Something that happened to a step.
#[derive(Debug)]
pub struct Event<'a> {
    /// The step's resource.
    pub id: &'a Id,
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
    Ended(&'a Outcome),
}

/// Who is told of what happens.
pub(crate) type Tell<'a> = &'a (dyn Fn(Event<'_>) + Sync);

pub(crate) struct Run<'a> {
    plan: &'a Plan,
    worker: Worker<'a>,
    outcomes: Outcomes<'a>,
}

struct Outcomes<'a> {
    tell: Tell<'a>,
    all: BTreeMap<Id, Outcome>,
}

impl Outcomes<'_> {
    fn end(&mut self, id: &Id, outcome: Outcome) {
        (self.tell)(Event {
            id,
            progress: Progress::Ended(&outcome),
        });
        self.all.insert(id.clone(), outcome);
    }

    /// What `step` needs and will not have.
    fn obstacle(&self, step: &Step) -> Option<String> {
        let bad = |id: &&Id| self.all.get(*id).is_some_and(|o| !o.is_good());
        step.needs.iter().find(bad).map(Id::to_string)
    }
}

type Done<'a> = Vec<(&'a Id, Outcome)>;

impl<'a> Run<'a> {
    /// `known` is what the record knew of before.
    pub(crate) fn new(site: Site<'a>, plan: &'a Plan, known: BTreeSet<Id>, tell: Tell<'a>) -> Self {
        Self {
            plan,
            worker: Worker::new(site, plan, known, tell),
            outcomes: Outcomes {
                tell,
                all: BTreeMap::new(),
            },
        }
    }

    pub(crate) fn outcomes(&self) -> &BTreeMap<Id, Outcome> {
        &self.outcomes.all
    }

    pub(crate) fn into_outcomes(self) -> BTreeMap<Id, Outcome> {
        self.outcomes.all
    }

    /// Says that none of the remaining steps can be done.
    pub(crate) fn block(&mut self, by: &str) {
        for step in &self.plan.steps {
            if !self.outcomes.all.contains_key(&step.id) {
                let by = by.to_owned();
                self.outcomes.end(&step.id, Outcome::Blocked { by });
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
        let mut running: FuturesUnordered<BoxFuture<'_, Done<'_>>> = FuturesUnordered::new();
        loop {
            let mut ready = Vec::new();
            // In the plan's order: what is settled here is known to the next.
            waiting.retain(|step| {
                if let Some(by) = outcomes.obstacle(step) {
                    outcomes.end(&step.id, Outcome::Blocked { by });
                    return false;
                }
                let later = |id: &Id| plan.step(id).is_some_and(&which);
                let waits = |id: &Id| later(id) && !outcomes.all.contains_key(id);
                if step.needs.iter().any(waits) {
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
fn untouched(step: &Step) -> Option<Outcome> {
    match &step.action {
        Action::Keep => Some(Outcome::Kept),
        Action::Retain {
            act: false, until, ..
        } => Some(Outcome::Retained { until: *until }),
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
