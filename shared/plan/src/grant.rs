//! One member's role in an IAM policy.

use crate::{FieldValue, ObservedState};
use gcp::policy;
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

/// A grant as text: the form in which grants are compared and shown.
/// `condition` is a title and an expression.
pub(crate) fn grant_text(role: &str, member: &str, condition: Option<(&str, &str)>) -> String {
    match condition {
        None => format!("{role} to {member}"),
        Some((title, expression)) => format!("{role} to {member} if {title} ({expression})"),
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let condition = self.title_and_expression();
        f.write_str(&grant_text(
            self.role.as_str(),
            self.member.as_str(),
            condition,
        ))
    }
}

impl Grant {
    /// Whether the observed policy contains it.
    pub(crate) fn is_in(&self, observed: &ObservedState) -> bool {
        match observed.fields.get("grants") {
            Some(FieldValue::Set(grants)) => grants.contains(&self.to_string()),
            Some(FieldValue::Text(_) | FieldValue::Map(_)) | None => false,
        }
    }

    pub(crate) fn title_and_expression(&self) -> Option<(&str, &str)> {
        let condition = self.condition.as_ref();
        condition.map(|c| (c.title.as_str(), c.expression.as_str()))
    }

    /// Its condition as it is sent to Google.
    pub(crate) fn gcp_condition(&self) -> Option<policy::Condition> {
        let condition = self.condition.as_ref();
        condition.map(|condition| policy::Condition {
            title: condition.title.clone(),
            expression: condition.expression.clone(),
            other: Map::new(),
        })
    }

    /// Whether `member` is what a policy calls this grant's member after its
    /// account was deleted. A new account of the same name does not inherit
    /// such a binding.
    pub(crate) fn is_deleted_member(&self, member: &str) -> bool {
        let deleted = format!("deleted:{}?uid=", self.member);
        member.starts_with(&deleted)
    }
}
