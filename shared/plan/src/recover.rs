//! Recovers a lost deployment record from the marks of existing resources. Pure.

use crate::{
    DeploymentRecord, FieldValue, Manifest, Observed, ObservedState, Origin, Ownership, Resource,
    ResourceId, ResourceRecord,
    resource::{RING_LABEL, RecognisedBy},
};
use std::collections::BTreeSet;

/// The deployment record, as far as it follows from what was `observed` of
/// `manifest`. A resource with the deployment's mark counts as created, and so
/// do the manifest's grants that exist. A key ring has no mark: a label on its
/// key says that groundcrew created the ring, once the key is being destroyed. A
/// managed folder has the owner of its bucket. Everything else is
/// someone else's, or an API, which is never disabled. What a disabled API hides
/// counts as created if there is any other sign of the deployment.
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
        let origin = match (grants.is_empty(), is_created(id, manifest, observed)) {
            (false, _) => Origin::Adopted,
            (true, true) => Origin::Created,
            (true, false) => continue,
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

fn is_created(id: &ResourceId, manifest: &Manifest, observed: &Observed) -> bool {
    let state = |id: &ResourceId| observed.get(id).and_then(Option::as_ref);
    let is_marked = |state: &ObservedState| match &state.ownership {
        Ownership::MarkedBy(deployment) => deployment == manifest.deployment.as_str(),
        Ownership::Unmarked | Ownership::Unmarkable => false,
    };
    let is_marked_at = |id: &ResourceId| state(id).is_some_and(is_marked);
    match id.recognised_by() {
        RecognisedBy::Nothing => false,
        RecognisedBy::Mark => is_marked_at(id),
        RecognisedBy::Container => id.container().is_some_and(|id| is_marked_at(&id)),
        RecognisedBy::Contents => manifest.resources.keys().any(|content| {
            content.container().as_ref() == Some(id)
                && state(content)
                    .is_some_and(|content| is_marked(content) && has_ring_label(content))
        }),
    }
}

fn has_ring_label(key: &ObservedState) -> bool {
    let (label, expected) = RING_LABEL;
    let labels = key.fields.get("labels").and_then(FieldValue::as_map);
    labels.is_some_and(|labels| labels.get(label).is_some_and(|value| value == expected))
}
