//! What one part of the reading found, and what it could not read.

use crate::analysis::{Condition, ReadFailure, ResourcePolicy, RoleBinding};
use futures_util::{StreamExt, stream};
use gcp::{Error, Policy};
use names::FullName;
use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
};

#[derive(Default)]
pub(super) struct Collected {
    pub(super) resources: BTreeMap<FullName, ResourcePolicy>,
    pub(super) gaps: BTreeSet<ReadFailure>,
}

impl Collected {
    pub(super) fn merge(&mut self, other: Self) {
        self.resources.extend(other.resources);
        self.gaps.extend(other.gaps);
    }

    pub(super) fn gap(&mut self, what: impl Into<String>, why: impl ToString) {
        self.gaps.insert(ReadFailure {
            what: what.into(),
            why: why.to_string(),
        });
    }

    /// What was listed, or nothing and a gap.
    pub(super) fn listed<T>(&mut self, what: &str, list: Result<Vec<T>, Error>) -> Vec<T> {
        list.unwrap_or_else(|error| {
            self.gap(what, error);
            Vec::new()
        })
    }

    /// Adds a resource with its policy, as far as that could be read. One that
    /// went meanwhile is left out.
    pub(super) fn add(
        &mut self,
        name: FullName,
        resource: ResourcePolicy,
        policy: Result<Policy, Error>,
    ) {
        let bindings = match policy {
            Ok(policy) => bindings(policy),
            Err(error) if error.is_not_found() => return,
            Err(error) => {
                self.gap(format!("the policy of {name}"), error);
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

pub(super) fn inside(parent: &FullName) -> ResourcePolicy {
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
            condition: binding.condition.map(|condition| Condition {
                title: condition.title,
                expression: condition.expression,
            }),
        })
        .collect()
}

/// What each of `items` gives, many at a time, in no order that means anything.
pub(super) async fn each<T, R, F: Future<Output = R>>(
    items: Vec<T>,
    read: impl FnMut(T) -> F,
) -> Vec<R> {
    let all = stream::iter(items).map(read);
    all.buffer_unordered(super::AT_ONCE).collect().await
}
