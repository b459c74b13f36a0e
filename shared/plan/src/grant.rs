//! One member's role in an IAM policy.

use gcp::policy::{Binding, Condition};
use names::{Member, RoleName};
use serde::{Deserialize, Serialize};
use serde_json::Map;
use std::fmt;

/// A member's role, under one condition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Grant {
    /// The role.
    pub role: RoleName,
    /// Who has it.
    pub member: Member,
    /// The condition; without one, the grant holds always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<GrantCondition>,
}

/// A condition in CEL. Unlike [`gcp::policy::Condition`], it has no other
/// fields, so that grants can be compared and ordered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct GrantCondition {
    /// Its title, which is part of a binding's identity.
    pub title: String,
    /// The CEL expression.
    pub expression: String,
}

/// A grant as an observed policy has it. Its role and its member may have any
/// form: `allUsers`, `deleted:serviceAccount:…?uid=…`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ObservedGrant {
    /// The role.
    pub role: String,
    /// Who has it.
    pub member: String,
    /// The condition; without one, the grant holds always.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<GrantCondition>,
}

impl fmt::Display for ObservedGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.role, self.member)?;
        match &self.condition {
            None => Ok(()),
            Some(condition) => write!(f, " if {} ({})", condition.title, condition.expression),
        }
    }
}

impl From<&Grant> for ObservedGrant {
    fn from(grant: &Grant) -> Self {
        Self {
            role: grant.role.to_string(),
            member: grant.member.to_string(),
            condition: grant.condition.clone(),
        }
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ObservedGrant::from(self).fmt(f)
    }
}

impl ObservedGrant {
    /// Whether its member is everyone with a basic role on a project.
    #[must_use]
    pub fn is_to_basic_role(&self) -> bool {
        is_basic_role_member(&self.member)
    }

    /// The grants of a binding.
    pub(crate) fn of(binding: &Binding) -> impl Iterator<Item = Self> {
        let condition = binding.condition.as_ref().map(|condition| GrantCondition {
            title: condition.title.clone(),
            expression: condition.expression.clone(),
        });
        binding.members.iter().map(move |member| Self {
            role: binding.role.clone(),
            member: member.clone(),
            condition: condition.clone(),
        })
    }
}

/// Whether a member is everyone with a basic role on a project.
pub(crate) fn is_basic_role_member(member: &str) -> bool {
    ["projectOwner:", "projectEditor:", "projectViewer:"]
        .iter()
        .any(|prefix| member.starts_with(prefix))
}

impl GrantCondition {
    /// As it is sent to Google.
    pub(crate) fn to_gcp(&self) -> Condition {
        Condition {
            title: self.title.clone(),
            expression: self.expression.clone(),
            other: Map::new(),
        }
    }
}

impl Grant {
    /// Its condition as it is sent to Google.
    pub(crate) fn gcp_condition(&self) -> Option<Condition> {
        self.condition.as_ref().map(GrantCondition::to_gcp)
    }

    /// Whether `member` is what a policy calls this grant's member after its
    /// account was deleted. A new account of the same name does not inherit
    /// such a binding.
    pub(crate) fn is_deleted_member(&self, member: &str) -> bool {
        let deleted = format!("deleted:{}?uid=", self.member);
        member.starts_with(&deleted)
    }
}
