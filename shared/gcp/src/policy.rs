//! IAM policies: read, changed and written back as a whole.
//!
//! A policy is read with `requestedPolicyVersion: 3` and written as version 3
//! with the etag it was read with; a version-1 write would erase conditions.

use crate::{Idempotency, Method, Request};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The policy version that supports conditions.
pub const VERSION: i32 = 3;

/// The fields of a policy that every `getIamPolicy` and `setIamPolicy` returns.
pub(crate) const FIELDS: &[&str] = &[
    "version",
    "etag",
    "bindings.role",
    "bindings.members",
    "bindings.condition.title",
    "bindings.condition.expression",
];

/// The fields that every `setIamPolicy` except Cloud Storage's sends: there the
/// policy is the body.
pub(crate) const SET_FIELDS: &[&str] = &[
    "policy.version",
    "policy.etag",
    "policy.bindings.role",
    "policy.bindings.members",
    "policy.bindings.condition.title",
    "policy.bindings.condition.expression",
];

/// An IAM policy, with every field that Google returned.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// 1, or 3 if a binding has a condition.
    #[serde(default)]
    pub version: i32,
    /// The version that was read; a write fails if it is not the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The role bindings.
    #[serde(default)]
    pub bindings: Vec<Binding>,
    /// All other fields (`auditConfigs`, `kind`).
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The members that have a role, perhaps under a condition.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Binding {
    /// `roles/viewer`, `projects/p/roles/r`.
    pub role: String,
    /// `user:…`, `serviceAccount:…`, `deleted:serviceAccount:…?uid=…`.
    #[serde(default)]
    pub members: Vec<String>,
    /// When the binding applies; without a condition, always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
    /// All other fields.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A condition, in Common Expression Language (CEL).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// The title.
    #[serde(default)]
    pub title: String,
    /// The CEL expression.
    pub expression: String,
    /// All other fields (`description`, `location`).
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The parameter of a `getIamPolicy` method that has it in the query.
pub(crate) const VERSION_QUERY: &[&str] = &["options.requestedPolicyVersion"];

/// The same for Cloud Storage.
pub(crate) const STORAGE_VERSION_QUERY: &[&str] = &["optionsRequestedPolicyVersion"];

impl Method {
    /// A `getIamPolicy` method.
    pub(crate) const fn reads_policy(self) -> Self {
        self.response_fields(FIELDS)
            .idempotency(Idempotency::Always)
    }

    /// A `setIamPolicy` method.
    pub(crate) const fn writes_policy(self) -> Self {
        self.request_fields(SET_FIELDS)
            .response_fields(FIELDS)
            .idempotency(Idempotency::If(has_etag))
    }
}

/// A request to a `getIamPolicy` method that asks for conditions. The version
/// goes where the method declares it: in the query or in the body.
pub(crate) fn with_version(request: Request) -> Request {
    match request.method().query {
        [parameter, ..] => request.query(parameter, VERSION),
        [] => request.json(&json!({ "options": { "requestedPolicyVersion": VERSION } })),
    }
}

/// A request to a `setIamPolicy` method. The policy is the body, or a field of it.
pub(crate) fn with_policy(request: Request, policy: &Policy) -> Request {
    let policy = as_version_3(policy);
    match request.method().request_fields.contains(&"etag") {
        true => request.json(&policy),
        false => request.json(&json!({ "policy": policy })),
    }
}

/// The policy as it is written: version 3, with the etag that was read.
fn as_version_3(policy: &Policy) -> Policy {
    Policy {
        version: VERSION,
        ..policy.clone()
    }
}

/// Whether a request to write a policy has the etag of the policy that it
/// replaces, so that a repetition fails with a conflict.
pub(crate) fn has_etag(request: &Request) -> bool {
    let body = request.body_json();
    [&body["etag"], &body["policy"]["etag"]]
        .iter()
        .any(|etag| etag.is_string())
}

impl Binding {
    /// A binding is identified by its role and its condition's title and
    /// expression.
    fn matches(&self, role: &str, condition: Option<&Condition>) -> bool {
        let key = |c: &Condition| (c.title.clone(), c.expression.clone());
        self.role == role && self.condition.as_ref().map(key) == condition.map(key)
    }
}

/// Grants `member` the role under the condition, and returns whether that
/// changed the policy. All other members and bindings stay as they are.
pub fn merge(policy: &mut Policy, role: &str, member: &str, condition: Option<&Condition>) -> bool {
    policy.version = VERSION;
    let bound = |b: &&mut Binding| b.matches(role, condition);
    match policy.bindings.iter_mut().find(bound) {
        Some(binding) if binding.members.iter().any(|m| m == member) => false,
        Some(binding) => {
            binding.members.push(member.to_owned());
            true
        }
        None => {
            policy.bindings.push(Binding {
                role: role.to_owned(),
                members: vec![member.to_owned()],
                condition: condition.cloned(),
                other: Map::new(),
            });
            true
        }
    }
}

/// Revokes the role under exactly that condition from `member`, and returns
/// whether that changed the policy. A binding without members left is removed.
pub fn remove(
    policy: &mut Policy,
    role: &str,
    member: &str,
    condition: Option<&Condition>,
) -> bool {
    policy.version = VERSION;
    let mut changed = false;
    policy.bindings.retain_mut(|binding| {
        let before = binding.members.len();
        if binding.matches(role, condition) {
            binding.members.retain(|m| m != member);
        }
        let removed = binding.members.len() != before;
        changed |= removed;
        !(removed && binding.members.is_empty())
    });
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Policy {
        let policy = json!({
            "version": 1, "etag": "BwX=", "kind": "storage#policy",
            "auditConfigs": [{"service": "allServices"}],
            "bindings": [
                {"role": "roles/viewer", "members": ["user:a@x", "deleted:serviceAccount:b@y?uid=1"]},
                {"role": "roles/viewer", "members": ["user:a@x"], "bindingId": "7",
                 "condition": {"title": "t", "expression": "e", "description": "theirs"}},
                {"role": "roles/empty", "members": []}
            ]
        });
        serde_json::from_value(policy).expect("a policy")
    }

    fn condition(expression: &str) -> Condition {
        Condition {
            title: "t".into(),
            expression: expression.into(),
            other: Map::new(),
        }
    }

    #[test]
    fn a_merge_changes_one_binding_only() {
        let before = serde_json::to_value(policy()).expect("json");
        let mut policy = policy();
        assert!(merge(&mut policy, "roles/viewer", "user:c@x", None));
        assert!(!merge(&mut policy, "roles/viewer", "user:c@x", None));
        let mut expected = before;
        expected["version"] = json!(3);
        expected["bindings"][0]["members"]
            .as_array_mut()
            .expect("a list")
            .push(json!("user:c@x"));
        assert_eq!(serde_json::to_value(&policy).expect("json"), expected);

        assert!(remove(&mut policy, "roles/viewer", "user:c@x", None));
        expected["bindings"][0]["members"]
            .as_array_mut()
            .expect("a list")
            .pop();
        assert_eq!(serde_json::to_value(&policy).expect("json"), expected);
    }

    #[test]
    fn a_binding_is_identified_by_role_and_condition() {
        let mut policy = policy();
        // The same condition joins it, another one makes a binding of its own.
        assert!(!merge(
            &mut policy,
            "roles/viewer",
            "user:a@x",
            Some(&condition("e"))
        ));
        assert!(merge(
            &mut policy,
            "roles/viewer",
            "user:a@x",
            Some(&condition("f"))
        ));
        assert!(merge(&mut policy, "roles/editor", "user:a@x", None));
        assert_eq!(policy.bindings.len(), 5);

        assert!(!remove(
            &mut policy,
            "roles/viewer",
            "user:a@x",
            Some(&condition("g"))
        ));
        assert!(!remove(&mut policy, "roles/viewer", "user:z@x", None));
        assert!(remove(
            &mut policy,
            "roles/viewer",
            "user:a@x",
            Some(&condition("e"))
        ));
        assert_eq!(policy.bindings.len(), 4);
        // A binding that was empty before stays.
        assert!(policy.bindings.iter().any(|b| b.role == "roles/empty"));
        assert_eq!(policy.bindings[0].members[0], "user:a@x");
    }
}
