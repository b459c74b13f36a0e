//! IAM policies: read whole, changed in one place, written back whole.
//!
//! A policy is read with `requestedPolicyVersion: 3` and written as version 3
//! with the etag it was read with; a version-1 write would erase conditions.

use crate::Request;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The version that keeps conditions.
pub const VERSION: i32 = 3;

/// What is read of a policy, by every `getIamPolicy` and `setIamPolicy`.
pub(crate) const FIELDS: &[&str] = &[
    "version",
    "etag",
    "bindings.role",
    "bindings.members",
    "bindings.condition.title",
    "bindings.condition.expression",
];

/// What every `setIamPolicy` but Storage's sends.
pub(crate) const SENT: &[&str] = &[
    "policy.version",
    "policy.etag",
    "policy.bindings.role",
    "policy.bindings.members",
    "policy.bindings.condition.title",
    "policy.bindings.condition.expression",
];

/// A policy, with every field it came with.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// 1, or 3 where a binding has a condition.
    #[serde(default)]
    pub version: i32,
    /// What makes a write fail if somebody else wrote in between.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Who has which role, and when.
    #[serde(default)]
    pub bindings: Vec<Binding>,
    /// What else it came with (`auditConfigs`, `kind`).
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Some members' role, under one condition.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Binding {
    /// `roles/viewer`, `projects/p/roles/r`.
    pub role: String,
    /// `user:…`, `serviceAccount:…`, `deleted:serviceAccount:…?uid=…`.
    #[serde(default)]
    pub members: Vec<String>,
    /// When the binding holds; always, without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
    /// What else it came with.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A condition in CEL.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// Its title, which names it.
    #[serde(default)]
    pub title: String,
    /// The expression.
    pub expression: String,
    /// What else it came with (`description`, `location`).
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The policy as it is written: version 3, the etag as it was read.
pub(crate) fn versioned(policy: &Policy) -> Policy {
    Policy {
        version: VERSION,
        ..policy.clone()
    }
}

/// The body of every `setIamPolicy` but Storage's.
pub(crate) fn sent(policy: &Policy) -> Value {
    json!({ "policy": versioned(policy) })
}

/// Whether a write of a policy names the one that it replaces: written twice,
/// the second is a conflict.
pub(crate) fn is_fenced(request: &Request) -> bool {
    let body = request.body_json();
    [&body["etag"], &body["policy"]["etag"]]
        .iter()
        .any(|etag| etag.is_string())
}

impl Binding {
    /// A binding is known by its role and its condition's title and expression.
    fn is(&self, role: &str, condition: Option<&Condition>) -> bool {
        let key = |c: &Condition| (c.title.clone(), c.expression.clone());
        self.role == role && self.condition.as_ref().map(key) == condition.map(key)
    }
}

/// Gives `member` the role under the condition; whether anything changed.
/// Every other member and binding stays as it is.
pub fn merge(policy: &mut Policy, role: &str, member: &str, condition: Option<&Condition>) -> bool {
    policy.version = VERSION;
    let bound = |b: &&mut Binding| b.is(role, condition);
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

/// Takes the role under exactly that condition from `member`; whether anything
/// changed. A binding that this leaves empty goes too.
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
        if binding.is(role, condition) {
            binding.members.retain(|m| m != member);
        }
        let took = binding.members.len() != before;
        changed |= took;
        !(took && binding.members.is_empty())
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
    fn a_merge_touches_one_binding_and_keeps_the_rest_as_it_was() {
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
    fn a_binding_is_known_by_role_and_condition() {
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
        // What was empty before is not ours to drop.
        assert!(policy.bindings.iter().any(|b| b.role == "roles/empty"));
        assert_eq!(policy.bindings[0].members[0], "user:a@x");
    }
}
