//! Least privilege: the permissions that an identity must be granted, and on
//! which resources, derived from the requests it sends.

use crate::Request;
use std::collections::{BTreeMap, BTreeSet};

/// The resource that a role is bound on: the smallest that IAM permits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BindingScope {
    /// The kind of resource (`project`, `bucket`, `topic`, `subscription`,
    /// `account`, `key`, `database`, `folder`, `organization`, `billing-account`). There is one custom role per identity and
    /// kind.
    pub kind: &'static str,
    /// The full name of the resource whose policy contains the binding.
    pub resource: String,
    /// The condition of the binding, for a resource without its own policy.
    pub condition: Option<String>,
}

impl BindingScope {
    /// The smallest scope in which a permission on `resource` can be granted.
    ///
    /// # Panics
    /// If `resource` is not a full resource name. The contract test computes the
    /// required permissions of every method.
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
            "cloudresourcemanager.googleapis.com" if name.starts_with("folders/") => {
                at("folder", first(2))
            }
            "cloudresourcemanager.googleapis.com" if name.starts_with("organizations/") => {
                at("organization", first(2))
            }
            // A budget has no policy of its own.
            _ if name.starts_with("billingAccounts/") => Self {
                kind: "billing-account",
                resource: format!("//cloudbilling.googleapis.com/{}", first(2)),
                condition: None,
            },
            // A database has no policy of its own; a condition restricts the
            // project's (source: Firestore's documentation of IAM conditions).
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

/// The permissions that all of `requests` require, by the scope to grant them in.
#[must_use]
pub fn grants<'a>(
    requests: impl IntoIterator<Item = &'a Request>,
) -> BTreeMap<BindingScope, BTreeSet<&'static str>> {
    let mut grants: BTreeMap<BindingScope, BTreeSet<&'static str>> = BTreeMap::new();
    for request in requests {
        for required in request.required() {
            grants
                .entry(BindingScope::of(&required.resource))
                .or_default()
                .insert(required.permission);
        }
    }
    grants
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binding_has_the_smallest_scope_that_iam_permits() {
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
        for (on, kind) in [("folders/7", "folder"), ("organizations/1", "organization")] {
            let on = format!("//cloudresourcemanager.googleapis.com/{on}");
            assert_eq!(at(&format!("{on}/shop")), (kind, on, None));
        }
        let account = "billingAccounts/012345-6789AB-CDEF01";
        for on in ["cloudbilling", "billingbudgets"] {
            let on = format!("//{on}.googleapis.com/{account}/budgets/b");
            let account = format!("//cloudbilling.googleapis.com/{account}");
            assert_eq!(at(&on), ("billing-account", account, None));
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
