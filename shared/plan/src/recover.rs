//! What groundcrew made, by the marks of what is there: for when the record is
//! gone. Pure.

use crate::{
    Entry, Id, Manifest, Mark, Observed, Origin, Record, Resource, Seen, Value,
    resource::RING_IS_OURS,
};
use std::collections::BTreeSet;

/// The record of what was `observed` of `manifest`, as far as it tells. What
/// bears the deployment's mark is groundcrew's, and so are the manifest's own
/// grants where they are found. A key ring bears no mark: its key says whose it
/// is, once groundcrew has retired that. A managed folder is its bucket's. What
/// else is there is somebody else's, or an API, which is never taken away.
#[must_use]
pub fn recover(manifest: &Manifest, observed: &Observed) -> Record {
    let mut record = Record::new(manifest.deployment.clone());
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
            (true, true) => Origin::Made,
            (true, false) => continue,
        };
        let needs = resource.needs().into_iter();
        let needs = needs.filter(|need| manifest.resources.contains_key(need));
        let entry = Entry {
            origin,
            uid: seen.uid.clone(),
            needs: needs.collect(),
            grants,
        };
        record.entries.insert(id.clone(), entry);
    }
    record
}

fn is_ours(id: &Id, manifest: &Manifest, observed: &Observed) -> bool {
    let seen = |id: &Id| observed.get(id).and_then(Option::as_ref);
    let is_marked = |seen: &Seen| match &seen.mark {
        Mark::Of(deployment) => deployment == manifest.deployment.as_str(),
        Mark::None | Mark::Impossible => false,
    };
    match id {
        Id::Api(_) | Id::Policy(_) => false,
        Id::Ring(ring) => manifest.resources.keys().any(|id| {
            let holds = matches!(id, Id::Key(key) if key.ring() == ring);
            holds && seen(id).is_some_and(|key| is_marked(key) && says_ring_is_ours(key))
        }),
        Id::Folder(folder) => seen(&Id::Bucket(folder.bucket().clone())).is_some_and(is_marked),
        Id::Role(_)
        | Id::Account(_)
        | Id::Key(_)
        | Id::Bucket(_)
        | Id::Object(..)
        | Id::Network(_)
        | Id::Subnetwork(_) => seen(id).is_some_and(is_marked),
    }
}

fn says_ring_is_ours(key: &Seen) -> bool {
    let (label, made) = RING_IS_OURS;
    match key.fields.get("labels") {
        Some(Value::Map(labels)) => labels.get(label).is_some_and(|value| value == made),
        Some(Value::Text(_) | Value::Set(_)) | None => false,
    }
}
