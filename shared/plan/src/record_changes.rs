//! How executing a plan changes the deployment record. Pure.

use crate::{
    Action, DeploymentRecord, Origin, Plan, Resource, ResourceId, ResourceRecord, Step, StepOutcome,
};
use names::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

impl DeploymentRecord {
    /// This record before `plan` is executed. What a concurrent run recorded
    /// stays: a resource that it created counts as created.
    pub(crate) fn begin(mut self, plan: &Plan) -> Self {
        for step in &plan.steps {
            let Some(origin) = origin_before(step) else {
                continue;
            };
            let entry = self
                .entries
                .entry(step.id.clone())
                .or_insert_with(|| ResourceRecord {
                    origin,
                    uid: step.input.uid.clone(),
                    depends_on: BTreeSet::new(),
                    grants: BTreeSet::new(),
                });
            // A concurrent run may have created a resource since it was observed.
            let is_created = matches!(entry.origin, Origin::Creating | Origin::Created);
            let exists = matches!(step.action, Action::Keep | Action::Change { .. });
            if exists || !is_created {
                entry.origin = origin;
                entry.uid = step.input.uid.clone().or_else(|| entry.uid.take());
            }
            entry.depends_on.clone_from(&step.depends_on);
            entry.grants.extend(step.input.grants.iter().cloned());
        }
        self
    }

    /// This record after `plan` was executed with these outcomes.
    pub(crate) fn finish(
        mut self,
        plan: &Plan,
        outcomes: &BTreeMap<ResourceId, StepOutcome>,
    ) -> Self {
        for step in &plan.steps {
            let (origin, uid) = match outcomes.get(&step.id) {
                Some(StepOutcome::Created { .. }) if matches!(step.id, ResourceId::Policy(_)) => {
                    self.drop_grants(step);
                    continue;
                }
                Some(StepOutcome::Created { uid }) => (Origin::Created, uid),
                Some(StepOutcome::Adopted) => (Origin::Adopted, &None),
                Some(StepOutcome::Retained { until }) => {
                    (Origin::Retained { until: *until }, &step.input.uid)
                }
                Some(StepOutcome::Deleted) => {
                    self.entries.remove(&step.id);
                    continue;
                }
                Some(StepOutcome::Changed | StepOutcome::Unchanged) => {
                    self.drop_grants(step);
                    continue;
                }
                Some(StepOutcome::Failed { .. } | StepOutcome::Blocked { .. }) | None => continue,
            };
            if let Some(entry) = self.entries.get_mut(&step.id) {
                // A concurrent run created it, and this one found it.
                if !(entry.origin == Origin::Created && origin == Origin::Adopted) {
                    entry.origin = origin;
                    entry.uid.clone_from(uid);
                }
            }
        }
        for id in &plan.forgotten {
            self.entries.remove(id);
        }
        self.update_retained_containers();
        self
    }

    /// A ring can be deleted together with its last key.
    fn update_retained_containers(&mut self) {
        let mut latest: BTreeMap<ResourceId, Option<Timestamp>> = BTreeMap::new();
        for (id, entry) in &self.entries {
            if let (Some(container), Origin::Retained { until }) = (id.container(), entry.origin) {
                let latest_until = latest.entry(container).or_default();
                *latest_until = (*latest_until).max(until);
            }
        }
        for (container, until) in latest {
            if let Some(entry) = self.entries.get_mut(&container)
                && matches!(entry.origin, Origin::Retained { .. })
            {
                entry.origin = Origin::Retained { until };
            }
        }
    }

    fn drop_grants(&mut self, step: &Step) {
        if let Some(entry) = self.entries.get_mut(&step.id) {
            entry
                .grants
                .retain(|grant| !step.input.removed_grants.contains(grant));
        }
        if !step.is_desired() {
            self.entries.remove(&step.id);
        }
    }
}

/// The origin to record before a step runs; `None` if there is nothing to
/// record.
fn origin_before(step: &Step) -> Option<Origin> {
    // A policy exists together with its resource; only its grants are created.
    if let Some(Resource::Policy(policy)) = &step.resource {
        return (!policy.grants.is_empty()).then_some(Origin::Adopted);
    }
    if let ResourceId::Policy(_) = step.id {
        return None;
    }
    match &step.action {
        Action::Create | Action::Restore { .. } => Some(Origin::Creating),
        Action::Adopt { .. } => Some(Origin::Adopted),
        Action::Keep | Action::Change { .. } => step.is_desired().then_some(step.origin),
        Action::Delete | Action::Retain { .. } | Action::Refuse { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUCKET: &str = "bucket demo-bucket";

    fn record(origin: Origin, uid: &str) -> DeploymentRecord {
        let entry = ResourceRecord {
            origin,
            uid: Some(uid.to_owned()),
            depends_on: BTreeSet::new(),
            grants: BTreeSet::new(),
        };
        DeploymentRecord {
            deployment: "demo-project_local".parse().expect("valid"),
            entries: [(BUCKET.parse().expect("an id"), entry)].into(),
        }
    }

    /// A plan, made without a record, that has one step.
    fn planned(action: Action) -> Plan {
        let deployment: names::DeploymentId = "demo-project_local".parse().expect("valid");
        let id = BUCKET.parse().expect("an id");
        Plan {
            steps: vec![Step::new(id, action, Origin::Created)],
            forgotten: BTreeSet::new(),
            record: DeploymentRecord::new(deployment.clone()),
            deployment,
        }
    }

    #[test]
    fn what_a_concurrent_run_created_since_the_plan_was_made_stays_created() {
        let theirs = record(Origin::Created, "2");
        assert_eq!(theirs.clone().begin(&planned(Action::Create)), theirs);
    }

    #[test]
    fn what_google_still_kept_is_recorded_as_being_created_before_it_is_restored() {
        let kept = record(Origin::Retained { until: None }, "1");
        let restore = Action::Restore { changes: vec![] };
        let begun = kept.begin(&planned(restore));
        assert_eq!(begun, record(Origin::Creating, "1"));
    }
}
