//! Recovers a lost deployment record from the marks of existing resources. Pure.

use crate::{
    DeploymentRecord, FieldValue, Lifecycle, Manifest, Observed, ObservedState, Origin, Ownership,
    Resource, ResourceId, ResourceRecord,
    resource::{RING_LABEL, RecognisedBy},
};
use std::collections::BTreeSet;

/// The deployment record, as far as it follows from what was `observed` of
/// `manifest`. A resource with the deployment's mark counts as created, and so
/// do the manifest's grants that exist. A key ring has no mark: a label on its
/// key says that groundcrew created the ring, once the key is being destroyed. A
/// managed folder has the owner of its bucket, and is the deployment's in a bucket
/// of others if its policy has grants of the manifest. Everything else is
/// someone else's, or an API, which is never disabled. A deleted role is not
/// recovered: it is gone, but for its name. What a disabled API hides counts as
/// created if there is any other sign of the deployment.
#[must_use]
pub fn recover(manifest: &Manifest, observed: &Observed) -> DeploymentRecord {
    let mut record = DeploymentRecord::new(manifest.deployment.clone());
    for (id, resource) in &manifest.resources {
        let Some(state) = observed.get(id).and_then(Option::as_ref) else {
            continue;
        };
        let mut grants = BTreeSet::new();
        if let Resource::Policy(policy) = resource {
            let existing = policy.grants.iter().filter(|grant| state.has(grant));
            grants = existing.cloned().collect();
        }
        let origin = match (grants.is_empty(), lifecycle(id, manifest, observed)) {
            (false, _) => Origin::Adopted,
            (true, Some(Lifecycle::Active)) => Origin::Created,
            (true, Some(Lifecycle::Destroying(until))) => Origin::Retained { until },
            (true, Some(Lifecycle::Destroyed)) => Origin::Retained { until: None },
            (true, Some(Lifecycle::SoftDeleted | Lifecycle::Hidden) | None) => continue,
        };
        let dependencies = resource.dependencies().into_iter();
        let dependencies = dependencies.filter(|id| manifest.resources.contains_key(id));
        let entry = ResourceRecord {
            origin,
            uid: state.uid.clone(),
            depends_on: dependencies.collect(),
            grants,
        };
        record.entries.insert(id.clone(), entry);
    }
    if !record.entries.is_empty() {
        let hidden = observed.iter().filter(|(id, state)| {
            let is_hidden = state.as_ref().is_some_and(ObservedState::is_hidden);
            is_hidden && id.recognised_by() != RecognisedBy::Nothing
        });
        for (id, _) in hidden {
            let entry = ResourceRecord {
                origin: Origin::Created,
                uid: None,
                depends_on: BTreeSet::new(),
                grants: BTreeSet::new(),
            };
            record.entries.insert(id.clone(), entry);
        }
    }
    record
}

/// Whether a resource of the deployment is in use: the state of what it is
/// recognised by. `None` if it is someone else's.
fn lifecycle(id: &ResourceId, manifest: &Manifest, observed: &Observed) -> Option<Lifecycle> {
    let state = |id: &ResourceId| observed.get(id).and_then(Option::as_ref);
    let is_marked = |state: &&ObservedState| match &state.ownership {
        Ownership::MarkedBy(deployment) => deployment == manifest.deployment.as_str(),
        Ownership::Unmarked | Ownership::Unmarkable => false,
    };
    let marked = |id: &ResourceId| state(id).filter(is_marked);
    let recognised = match id.recognised_by() {
        RecognisedBy::Nothing => None,
        RecognisedBy::Mark => marked(id),
        RecognisedBy::Container => {
            let has_our_grant = |resource: &Resource| {
                let Resource::Policy(policy) = resource else {
                    return false;
                };
                policy.target.resource().as_ref() == Some(id)
                    && state(&resource.id())
                        .is_some_and(|state| policy.grants.iter().any(|grant| state.has(grant)))
            };
            let container = id.container().and_then(|container| marked(&container));
            container.or_else(|| state(id).filter(|_| manifest.resources().any(has_our_grant)))
        }
        RecognisedBy::Contents => {
            let contents = manifest.resources.keys();
            let mut contents = contents.filter(|content| content.container().as_ref() == Some(id));
            contents.find_map(|content| marked(content).filter(|state| has_ring_label(state)))
        }
    };
    recognised.map(|state| state.lifecycle)
}

fn has_ring_label(key: &ObservedState) -> bool {
    let (label, expected) = RING_LABEL;
    let labels = key.fields.get("labels").and_then(FieldValue::as_map);
    labels.is_some_and(|labels| labels.get(label).is_some_and(|value| value == expected))
}
