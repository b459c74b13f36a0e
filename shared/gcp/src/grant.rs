//! Least privilege, from the method table: what an identity must be granted,
//! and on what, follows from the requests it makes.

use crate::Request;
use std::collections::{BTreeMap, BTreeSet};

/// Where a role is bound: as low as IAM lets it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BindingScope {
    /// What kind of resource it is, in a word (`project`, `bucket`, `topic`,
    /// `account`, `key`, `database`): one custom role per identity and kind.
    pub kind: &'static str,
    /// The full name of the resource whose policy holds the binding.
    pub resource: String,
    /// The condition of the binding, where the resource has no policy of its own.
    pub condition: Option<String>,
}

impl BindingScope {
    /// The lowest place that a permission on `resource` can be bound at.
    ///
    /// # Panics
    /// If `resource` is of a service that no method of ours speaks of: the
    /// contract test builds every method's needs.
    #[must_use]
    pub fn of(resource: &str) -> Self {
        let (service, name) = resource
            .strip_prefix("//")
            .and_then(|r| r.split_once('/'))
            .unwrap_or_else(|| panic!("{resource:?} is not a full resource name"));
        let first = |segments: usize| {
            let name: Vec<&str> = name.split('/').take(segments).collect();
            name.join("/")
        };
        let at = |kind, name: String| Self {
            kind,
            resource: format!("//{service}/{name}"),
            condition: None,
        };
        let project = || format!("//cloudresourcemanager.googleapis.com/{}", first(2));
        match service {
            "storage.googleapis.com" if name.starts_with("projects/_/buckets/") => {
                at("bucket", first(4))
            }
            "pubsub.googleapis.com" if name.contains("/topics/") => at("topic", first(4)),
            "pubsub.googleapis.com" if name.contains("/subscriptions/") => {
                at("subscription", first(4))
            }
            "iam.googleapis.com" if name.contains("/serviceAccounts/") => at("account", first(4)),
            "cloudkms.googleapis.com" if name.contains("/cryptoKeys/") => at("key", first(8)),
            // Firestore has no policy on a database; a condition stands in
            // (source: Firestore's documentation of IAM conditions).
            "firestore.googleapis.com" if name.contains("/databases/") => Self {
                kind: "database",
                resource: project(),
                condition: Some(format!("resource.name == \"{}\"", first(4))),
            },
            _ => Self {
                kind: "project",
                resource: project(),
                condition: None,
            },
        }
    }
}

/// What must be granted for all of `requests`: permissions by where they are bound.
#[must_use]
pub fn grants<'a>(
    requests: impl IntoIterator<Item = &'a Request>,
) -> BTreeMap<BindingScope, BTreeSet<&'static str>> {
    let mut grants: BTreeMap<BindingScope, BTreeSet<&'static str>> = BTreeMap::new();
    for request in requests {
        for need in (request.method().requires)(request) {
            grants
                .entry(BindingScope::of(&need.resource))
                .or_default()
                .insert(need.permission);
        }
    }
    grants
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binding_goes_as_low_as_iam_lets_it() {
        let at = |resource: &str| {
            let scope = BindingScope::of(resource);
            (scope.kind, scope.resource, scope.condition)
        };
        assert_eq!(
            at("//storage.googleapis.com/projects/_/buckets/b/objects/jobs/x"),
            (
                "bucket",
                "//storage.googleapis.com/projects/_/buckets/b".into(),
                None
            )
        );
        assert_eq!(
            at("//compute.googleapis.com/projects/p/zones/z/instances/i"),
            (
                "project",
                "//cloudresourcemanager.googleapis.com/projects/p".into(),
                None
            )
        );
        let key = "//cloudkms.googleapis.com/projects/p/locations/l/keyRings/r/cryptoKeys/k";
        for on in [key.to_owned(), format!("{key}/cryptoKeyVersions/1")] {
            assert_eq!(at(&on), ("key", key.to_owned(), None));
        }
        let (kind, resource, condition) =
            at("//firestore.googleapis.com/projects/p/databases/jobs");
        assert_eq!(
            (kind, resource.as_str()),
            (
                "database",
                "//cloudresourcemanager.googleapis.com/projects/p"
            )
        );
        assert_eq!(
            condition.as_deref(),
            Some("resource.name == \"projects/p/databases/jobs\"")
        );
    }
}
