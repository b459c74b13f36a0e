//! The rows of a kind: each of its fields, stated once. From them follow what is
//! wanted, what is seen and what is sent. Pure.

use super::mark::{ownership_of, with_mark};
use crate::{
    CompareRule, DesiredFields, FieldValue, Lifecycle, ObservedFields, ObservedState, Ownership,
};
use names::DeploymentId;
use serde_json::{Map, Value};

/// A field of the kind `K`.
pub(crate) struct Row<K> {
    /// The name that plans show.
    name: &'static str,
    /// Google's field, dotted.
    field: &'static str,
    value: fn(&K) -> Value,
    /// How it is compared; `None` if it is only set on creation.
    rule: Option<CompareRule>,
    needed: bool,
    sent: bool,
    is_mark: bool,
    is_link: bool,
    absent: &'static str,
}

/// Which rows a request has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sent {
    /// All: the resource is created.
    Created,
    /// Those that can be changed.
    Changed,
    /// Of these, those that an adopted resource needs, too.
    Adopted,
}

impl<K> Row<K> {
    /// A field that is compared exactly, and can be changed.
    pub(crate) const fn new(
        name: &'static str,
        field: &'static str,
        value: fn(&K) -> Value,
    ) -> Self {
        Self {
            name,
            field,
            value,
            rule: Some(CompareRule::Exactly),
            needed: false,
            sent: true,
            is_mark: false,
            is_link: false,
            absent: "",
        }
    }

    /// It cannot be changed after creation.
    pub(crate) const fn immutable(mut self) -> Self {
        self.rule = Some(CompareRule::Immutable);
        self
    }

    /// It is set on creation, and not compared.
    pub(crate) const fn only_created(mut self) -> Self {
        self.rule = None;
        self
    }

    /// groundcrew's work or safety depends on it: an adopted resource must have
    /// it, too.
    pub(crate) const fn needed(mut self) -> Self {
        self.needed = true;
        self
    }

    /// It is changed by a method of its own.
    pub(crate) const fn unsent(mut self) -> Self {
        self.sent = false;
        self
    }

    /// It contains the deployment's mark: a description a suffix, a map an entry
    /// besides others.
    pub(crate) const fn mark(mut self) -> Self {
        self.is_mark = true;
        self
    }

    /// The labels, with the mark among them; others may add their own.
    pub(crate) const fn labels(field: &'static str, value: fn(&K) -> Value) -> Self {
        let mut row = Self::new("labels", field, value).mark();
        row.rule = Some(CompareRule::Contains);
        row
    }

    /// Google answers with a URL that ends with the name.
    pub(crate) const fn link(mut self) -> Self {
        self.is_link = true;
        self
    }

    /// What it is if Google omits it.
    pub(crate) const fn absent(mut self, value: &'static str) -> Self {
        self.absent = value;
        self
    }

    fn marked(&self, kind: &K, deployment: &DeploymentId) -> Value {
        let value = (self.value)(kind);
        match self.is_mark {
            true => with_mark(value, deployment),
            false => value,
        }
    }

    fn is_in(&self, sent: Sent) -> bool {
        let can_be_changed = match self.rule {
            Some(CompareRule::Exactly | CompareRule::Contains) => true,
            Some(CompareRule::Immutable | CompareRule::Surplus) | None => false,
        };
        self.sent
            && match sent {
                Sent::Created => true,
                Sent::Changed => can_be_changed,
                Sent::Adopted => can_be_changed && self.needed,
            }
    }

    fn observed(&self, resource: &Value) -> FieldValue {
        let value = at(resource, self.field);
        if value.is_null() {
            return FieldValue::from(self.absent);
        }
        let link = value.as_str().filter(|_| self.is_link);
        match link.and_then(|link| link.split_once("/projects/")) {
            Some((_, name)) => FieldValue::Text(format!("projects/{name}")),
            None => FieldValue::from(value),
        }
    }

    #[cfg(test)]
    pub(crate) fn field(&self) -> (&'static str, bool) {
        (self.field, self.sent)
    }
}

fn at<'v>(resource: &'v Value, field: &str) -> &'v Value {
    field.split('.').fold(resource, |value, part| &value[part])
}

/// The fields that `kind` should have. Without a deployment, those that an
/// adopted resource needs.
pub(super) fn desired<K>(
    rows: &[Row<K>],
    kind: &K,
    deployment: Option<&DeploymentId>,
) -> DesiredFields {
    let field = |row: &Row<K>| {
        let value = match deployment {
            Some(deployment) => row.marked(kind, deployment),
            None if row.needed => (row.value)(kind),
            None => return None,
        };
        Some((row.name, (FieldValue::from(&value), row.rule?)))
    };
    rows.iter().filter_map(field).collect()
}

/// The state of a resource as Google returned it; `uid` is the field of its
/// unique id, if it has one.
pub(super) fn observed<K>(rows: &[Row<K>], uid: &str, resource: &Value) -> ObservedState {
    let compared = rows.iter().filter(|row| row.rule.is_some());
    let fields = compared.map(|row| (row.name, row.observed(resource)));
    let mark = rows.iter().find(|row| row.is_mark);
    ObservedState {
        fields: fields.collect::<ObservedFields>(),
        uid: uid_of(uid, resource),
        ownership: mark.map_or(Ownership::Unmarkable, |row| {
            ownership_of(at(resource, row.field))
        }),
        lifecycle: Lifecycle::Active,
    }
}

pub(super) fn uid_of(field: &str, resource: &Value) -> Option<String> {
    let uid = resource[field].as_str().filter(|uid| !uid.is_empty());
    uid.map(str::to_owned)
}

/// The body of a request. A field that should not be set is cleared by a change,
/// together with its message if no other field of that is set.
pub(super) fn body<K>(rows: &[Row<K>], kind: &K, deployment: &DeploymentId, sent: Sent) -> Value {
    let mut body = Value::Object(Map::new());
    for row in rows.iter().filter(|row| row.is_in(sent)) {
        let mut parts = row.field.split('.');
        let value = row.marked(kind, deployment);
        if !value.is_null() {
            *parts.fold(&mut body, |place, part| &mut place[part]) = value;
        } else if sent != Sent::Created {
            let top = parts.next().unwrap_or_default();
            if body.get(top).is_none() {
                body[top] = Value::Null;
            }
        }
    }
    body
}
