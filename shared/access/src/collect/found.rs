//! What one part of the reading found, and what it could not read.

use crate::explain::{Binding, Condition, Gap, Resource};
use futures_util::{StreamExt, stream};
use gcp::{Error, Policy};
use names::FullName;
use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
};

#[derive(Default)]
pub(super) struct Found {
    pub(super) resources: BTreeMap<FullName, Resource>,
    pub(super) gaps: BTreeSet<Gap>,
}

impl Found {
    pub(super) fn merge(&mut self, other: Self) {
        self.resources.extend(other.resources);
        self.gaps.extend(other.gaps);
    }

    pub(super) fn gap(&mut self, what: impl Into<String>, why: impl ToString) {
        self.gaps.insert(Gap {
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
        resource: Resource,
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
            Resource {
                bindings,
                ..resource
            },
        );
    }
}

pub(super) fn inside(parent: &FullName) -> Resource {
    Resource {
        parent: Some(parent.clone()),
        ..Resource::default()
    }
}

fn bindings(policy: Policy) -> BTreeSet<Binding> {
    let bindings = policy.bindings.into_iter();
    bindings
        .map(|binding| Binding {
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
