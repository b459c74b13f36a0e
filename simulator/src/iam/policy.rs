//! Policies as they are stored and shown.

use crate::{ApiError, iam::condition::Condition};
use base64::{Engine, prelude::BASE64_STANDARD};
use names::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A role, its members, and a condition.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Binding {
    pub(crate) role: String,
    pub(crate) members: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) condition: Option<Condition>,
    /// Other fields (`bindingId`). That Google keeps them is unverified.
    #[serde(flatten)]
    pub(crate) other: Map<String, Value>,
}

/// The IAM policy of one resource.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Policy {
    /// Increases with every change; the etag.
    pub(super) serial: u64,
    pub(super) bindings: Vec<Binding>,
    pub(super) audit_configs: Option<Value>,
    /// The bindings that are effective until this time, as changes take effect
    /// with a delay.
    pub(super) previous: Option<(Vec<Binding>, Timestamp)>,
}

/// A policy in a request.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct SubmittedPolicy {
    pub(super) version: i64,
    pub(super) etag: String,
    pub(super) bindings: Vec<Binding>,
    pub(super) audit_configs: Option<Value>,
}

impl Policy {
    pub(super) fn effective(&self, now: Timestamp) -> &[Binding] {
        match &self.previous {
            Some((bindings, until)) if now < *until => bindings,
            Some(_) | None => &self.bindings,
        }
    }

    pub(super) fn mentions(&self, member: &str) -> bool {
        self.bindings
            .iter()
            .any(|b| b.members.iter().any(|m| m == member))
    }

    pub(super) fn rename_member(&mut self, member: &str, new: &str) {
        self.serial += 1;
        let names = self.bindings.iter_mut().flat_map(|b| &mut b.members);
        names
            .filter(|m| *m == member)
            .for_each(|m| new.clone_into(m));
    }

    pub(super) fn binds(&self, role: &str) -> bool {
        self.bindings.iter().any(|binding| binding.role == role)
    }

    pub(super) fn unbind(&mut self, role: &str) {
        self.serial += 1;
        self.bindings.retain(|binding| binding.role != role);
    }

    pub(super) fn is_conditional(&self) -> bool {
        self.bindings.iter().any(|b| b.condition.is_some())
    }

    pub(super) fn etag(&self) -> String {
        match self.serial {
            // Google's etag of a resource that never had a policy.
            0 => "ACAB".to_owned(),
            serial => BASE64_STANDARD.encode(serial.to_be_bytes()),
        }
    }

    /// Adds a binding, merged with one that has the same role and condition.
    pub(super) fn add(&mut self, binding: Binding) {
        if binding.members.is_empty() {
            return;
        }
        let same = |b: &Binding| b.role == binding.role && b.condition == binding.condition;
        let at = self.bindings.iter().position(same).unwrap_or_else(|| {
            self.bindings.push(Binding {
                members: Vec::new(),
                ..binding.clone()
            });
            self.bindings.len() - 1
        });
        let existing = &mut self.bindings[at].members;
        for member in binding.members {
            if !existing.contains(&member) {
                existing.push(member);
            }
        }
    }

    /// Google counts every occurrence of a principal. The message is
    /// unverified, for groups by analogy.
    pub(super) fn check_size(&self) -> Result<(), ApiError> {
        let members = || self.bindings.iter().flat_map(|binding| &binding.members);
        let groups = members().filter(|member| member.starts_with("group:"));
        for (what, count, max) in [
            ("members", members().count(), 1500),
            ("groups", groups.count(), 250),
        ] {
            if count > max {
                return Err(ApiError::invalid(format!(
                    "The number of {what} in the policy ({}) is larger than the maximum allowed \
                     size {}.",
                    thousands(count),
                    thousands(max)
                )));
            }
        }
        Ok(())
    }

    /// The policy in version `requested`. Below 3, conditional bindings are
    /// shown without condition under the name of a role that does not exist.
    pub(super) fn to_json(&self, requested: u64) -> Value {
        let plain = self.is_conditional() && requested < 3;
        let bindings: Vec<Value> = self
            .bindings
            .iter()
            .map(|binding| match &binding.condition {
                Some(condition) if plain => {
                    let hash = super::hash(&[&condition.title, &condition.expression]);
                    let role = format!("{}_withcond_{hash:016x}", binding.role);
                    json!({ "role": role, "members": binding.members })
                }
                Some(_) | None => json!(binding),
            })
            .collect();
        let mut json = json!({ "etag": self.etag() });
        if self.serial > 0 {
            json["version"] = if self.is_conditional() && !plain {
                3
            } else {
                1
            }
            .into();
        }
        if !bindings.is_empty() {
            json["bindings"] = bindings.into();
        }
        if let Some(configs) = &self.audit_configs {
            json["auditConfigs"] = configs.clone();
        }
        json
    }
}

/// Formats 1500 as `1,500`.
fn thousands(count: usize) -> String {
    match (count / 1000, count % 1000) {
        (0, rest) => rest.to_string(),
        (thousands, rest) => format!("{thousands},{rest:03}"),
    }
}
