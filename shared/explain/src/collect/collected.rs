//! What one part of the collection has read so far.

use crate::analysis::{BindingCondition, ReadFailure, ResourcePolicy, RoleBinding};
use futures_util::{StreamExt, stream};
use gcp::{Error, Policy};
use names::FullResourceName;
use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
};

/// How many calls are in flight at a time, for each kind of resource.
const MAX_CONCURRENT_CALLS: usize = 16;

#[derive(Default)]
pub(super) struct Collected {
    pub(super) resources: BTreeMap<FullResourceName, ResourcePolicy>,
    pub(super) read_failures: BTreeSet<ReadFailure>,
}

impl Collected {
    pub(super) fn merge(&mut self, other: Self) {
        self.resources.extend(other.resources);
        self.read_failures.extend(other.read_failures);
    }

    pub(super) fn record_failure(&mut self, what: impl Into<String>, reason: impl ToString) {
        self.read_failures.insert(ReadFailure {
            what: what.into(),
            reason: reason.to_string(),
        });
    }

    /// The listed items; if listing failed, none, and the failure is recorded.
    pub(super) fn list_or_record<T>(&mut self, what: &str, list: Result<Vec<T>, Error>) -> Vec<T> {
        list.unwrap_or_else(|error| {
            self.record_failure(what, with_advice(&error));
            Vec::new()
        })
    }

    /// Adds a resource with its policy, or with a recorded failure in its place.
    /// A resource that was deleted meanwhile is left out.
    pub(super) fn add(
        &mut self,
        name: FullResourceName,
        resource: ResourcePolicy,
        policy: Result<Policy, Error>,
    ) {
        let bindings = match policy {
            Ok(policy) => bindings(policy),
            Err(error) if error.is_not_found() => return,
            Err(error) => {
                self.record_failure(format!("the policy of {name}"), with_advice(&error));
                BTreeSet::new()
            }
        };
        self.resources.insert(
            name,
            ResourcePolicy {
                bindings,
                ..resource
            },
        );
    }
}

/// The error, and what to do about its reason: a disabled API, a rate limit.
fn with_advice(error: &Error) -> String {
    match error.advice() {
        Some(advice) => format!("{error}; {advice}"),
        None => error.to_string(),
    }
}

/// A resource in `parent`, without bindings.
pub(super) fn child_of(parent: &FullResourceName) -> ResourcePolicy {
    ResourcePolicy {
        parent: Some(parent.clone()),
        ..ResourcePolicy::default()
    }
}

fn bindings(policy: Policy) -> BTreeSet<RoleBinding> {
    let bindings = policy.bindings.into_iter();
    bindings
        .map(|binding| RoleBinding {
            role: binding.role,
            members: binding.members.into_iter().collect(),
            condition: binding.condition.map(|condition| BindingCondition {
                title: condition.title,
                expression: condition.expression,
            }),
        })
        .collect()
}

/// The results of `read` for all items, in no particular order.
pub(super) async fn read_concurrently<T, R, F: Future<Output = R>>(
    items: Vec<T>,
    read: impl FnMut(T) -> F,
) -> Vec<R> {
    let all = stream::iter(items).map(read);
    all.buffer_unordered(MAX_CONCURRENT_CALLS).collect().await
}
