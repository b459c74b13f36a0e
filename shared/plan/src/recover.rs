//! What groundcrew made, by the marks of what is there: for when the record is
//! gone. Pure.

use crate::{
    DeploymentRecord, Manifest, Observed, ObservedState, Origin, Ownership, Resource, ResourceId,
    ResourceRecord, Value, resource::RING_IS_OURS,
};
use std::collections::BTreeSet;

/// The record of what was `observed` of `manifest`, as far as it tells. What
/// bears the deployment's mark is groundcrew's, and so are the manifest's own
/// grants where they are found. A key ring bears no mark: its key says whose it
/// is, once groundcrew has retired that. A managed folder is its bucket's. What
/// else is there is somebody else's, or an API, which is never taken away.
#[must_use]
pub fn recover(manifest: &Manifest, observed: &Observed) -> DeploymentRecord {
    let mut record = DeploymentRecord::new(manifest.deployment.clone());
    for (id, resource) in &manifest.resources {
        let Some(seen) = observed.get(id).and_then(Option::as_ref) else {
            continue;
        };
        let mut grants = BTreeSet::new();
        if let Resource::Policy(policy) = resource {
            let there = policy.grants.iter().filter(|grant| grant.is_in(seen));
            grants = there.cloned().collect();
        }
        let origin = match (grants.is_empty(), is_ours(id, manifest, observed)) {
            (false, _) => Origin::Adopted,
            (true, true) => Origin::Created,
            (true, false) => continue,
        };
        let needs = resource.needs().into_iter();
        let needs = needs.filter(|need| manifest.resources.contains_key(need));
        let entry = ResourceRecord {
            origin,
            uid: seen.uid.clone(),
            depends_on: needs.collect(),
            grants,
        };
        record.entries.insert(id.clone(), entry);
    }
    record
}

fn is_ours(id: &ResourceId, manifest: &Manifest, observed: &Observed) -> bool {
    let seen = |id: &ResourceId| observed.get(id).and_then(Option::as_ref);
    let is_marked = |seen: &ObservedState| match &seen.ownership {
        Ownership::MarkedBy(deployment) => deployment == manifest.deployment.as_str(),
        Ownership::Unmarked | Ownership::Unmarkable => false,
    };
    match id {
        ResourceId::Api(_) | ResourceId::Policy(_) => false,
        ResourceId::Ring(ring) => manifest.resources.keys().any(|id| {
            let holds = matches!(id, ResourceId::Key(key) if key.ring() == ring);
            holds && seen(id).is_some_and(|key| is_marked(key) && says_ring_is_ours(key))
        }),
        ResourceId::Folder(folder) => {
            seen(&ResourceId::Bucket(folder.bucket().clone())).is_some_and(is_marked)
        }
        ResourceId::Role(_)
        | ResourceId::Account(_)
        | ResourceId::Key(_)
        | ResourceId::Bucket(_)
        | ResourceId::Object(..)
        | ResourceId::Network(_)
        | ResourceId::Subnetwork(_) => seen(id).is_some_and(is_marked),
    }
}

fn says_ring_is_ours(key: &ObservedState) -> bool {
    let (label, made) = RING_IS_OURS;
    match key.fields.get("labels") {
        Some(Value::Map(labels)) => labels.get(label).is_some_and(|value| value == made),
        Some(Value::Text(_) | Value::Set(_)) | None => false,
    }
}
