//! Which rules apply to a project, folder or organisation: those of its own policy
//! and, as far as that inherits, those above.
//! <https://cloud.google.com/resource-manager/docs/organization-policy/understanding-hierarchy>

use super::constraint::Constraint;
use crate::Cloud;
use serde_json::{Value, json};

/// How the full names of policies begin.
const SERVICE: &str = "//orgpolicy.googleapis.com/";

/// The rules of one constraint that apply together.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    enforce: bool,
    allow_all: bool,
    deny_all: bool,
    allowed: Vec<String>,
    denied: Vec<String>,
}

impl Rules {
    fn add(&mut self, rule: &Value) {
        let values = |field: &str| {
            let values = rule["values"][field].as_array().into_iter().flatten();
            values
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        self.enforce |= rule["enforce"] == true;
        self.allow_all |= rule["allowAll"] == true;
        self.deny_all |= rule["denyAll"] == true;
        self.allowed.extend(values("allowedValues"));
        self.denied.extend(values("deniedValues"));
    }

    /// Whether the rules of a list constraint permit what some values stand for.
    /// What is denied is not allowed by anything.
    pub(crate) fn permits(&self, stands_for_it: impl Fn(&str) -> bool) -> bool {
        let any = |values: &[String]| values.iter().any(|value| stands_for_it(value));
        let allowed = self.allow_all || self.allowed.is_empty() || any(&self.allowed);
        allowed && !self.deny_all && !any(&self.denied)
    }

    /// The rules of a list constraint, as in a policy. That Google merges inherited
    /// values in one rule is unverified.
    pub(super) fn to_json(&self) -> Value {
        if self.deny_all {
            return json!([{ "denyAll": true }]);
        }
        let mut values = json!({});
        for (field, list) in [
            ("allowedValues", &self.allowed),
            ("deniedValues", &self.denied),
        ] {
            if !list.is_empty() {
                values[field] = json!(list);
            }
        }
        let limited = values != json!({});
        match (self.allow_all || !limited, limited) {
            (true, true) => json!([{ "allowAll": true }, { "values": values }]),
            (true, false) => json!([{ "allowAll": true }]),
            (false, _) => json!([{ "values": values }]),
        }
    }
}

/// Whether any policy is set. Where none is, nothing else is looked up.
pub(crate) fn is_any_set(cloud: &Cloud) -> bool {
    let mut policies = cloud.resources.rows.with_prefix(SERVICE);
    policies.next().is_some()
}

/// The rules of a constraint for `projects/p`, `folders/1` or `organizations/1`;
/// `None` where no policy is set.
pub(crate) fn rules(cloud: &Cloud, node: &str, constraint: &Constraint) -> Option<Rules> {
    if !is_any_set(cloud) {
        return None;
    }
    let mut found: Option<Rules> = None;
    for node in cloud.iam.lineage(node.to_owned()) {
        let key = format!("{SERVICE}{node}/policies/{}", constraint.name);
        let Some(row) = cloud.resources.rows.get(&key) else {
            continue;
        };
        let spec = &row.body["spec"];
        let rules = found.get_or_insert_default();
        for rule in spec["rules"].as_array().into_iter().flatten() {
            rules.add(rule);
        }
        // One that resets has no rules, and everything is allowed.
        if spec["inheritFromParent"] != true {
            break;
        }
    }
    found
}

/// Whether a boolean constraint is enforced in `projects/p`.
pub(crate) fn is_enforced(cloud: &Cloud, node: &str, constraint: &Constraint) -> bool {
    let mut lineage = cloud.iam.lineage(node.to_owned());
    match rules(cloud, node, constraint) {
        Some(rules) => rules.enforce,
        None => {
            constraint.in_organizations && lineage.any(|node| node.starts_with("organizations/"))
        }
    }
}
