//! Policies, whose names have the constraint: `folders/1/policies/gcp.resourceLocations`.
//! Google's messages about wrong fields are unknown, but for those of values.

use super::constraint::Constraint;
use crate::{
    ApiError, Call, Cloud,
    base64_field::is_same,
    collection::{IdSource, Kind, Row},
};
use serde_json::{Value, json};

pub(crate) static ORGANIZATION_POLICY: Kind = policy("organizations.policies");
pub(crate) static FOLDER_POLICY: Kind = policy("folders.policies");
pub(crate) static PROJECT_POLICY: Kind = policy("projects.policies");

/// Of a policy.
const MAX_RULES: usize = 10;

const fn policy(collection: &'static str) -> Kind {
    Kind::new("orgpolicy.v2", collection)
        .type_name("Policy")
        .id(IdSource::Body("name"), "[a-zA-Z0-9.]+", |id| {
            !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.')
        })
        // gcloud names the fields of its request (`policy.spec`).
        .mask_prefix("policy.")
        .whole_without_mask()
        .unsimulated(&["alternate", "dryRunSpec"])
        // Roles have no `orgpolicy.policies.get`, which is published.
        .permissions(&[("get", &["orgpolicy.policy.get"])])
        .messages(
            |_, _| "Requested entity was not found.".to_owned(),
            |_, _| "Requested entity already exists".to_owned(),
        )
        .prepare(prepare)
        .render(|cloud, name, row, json| {
            json["name"] = with_number(cloud, name).into();
            json["spec"]["etag"] = row.etag().into();
            json["spec"]["updateTime"] = json!(row.updated);
        })
}

/// A name with the project's number, as in responses.
pub(super) fn with_number(cloud: &Cloud, name: &str) -> String {
    let project = name.strip_prefix("projects/").map(|rest| {
        let (id, rest) = rest.split_once('/').unwrap_or((rest, ""));
        format!("projects/{}/{rest}", cloud.iam.project_number(id))
    });
    project.unwrap_or_else(|| name.to_owned())
}

fn prepare(
    _: &Cloud,
    _: &Call,
    name: &str,
    old: Option<&Row>,
    body: &mut Value,
) -> Result<(), ApiError> {
    let (_, id) = name.rsplit_once('/').unwrap_or_default();
    let constraint = Constraint::find(id)?;
    let invalid = |reason: &str| Err(ApiError::invalid(format!("Invalid policy {id}: {reason}.")));
    let Some(spec) = body["spec"].as_object_mut() else {
        return invalid("it has no spec");
    };
    let seen = spec.remove("etag");
    if let (Some(old), Some(seen)) = (old, seen.as_ref().and_then(Value::as_str))
        && !is_same(seen, &old.etag())
    {
        // Unverified.
        let message = "The etag is not that of the resource.";
        return Err(ApiError::conflict(message));
    }
    let is_list = constraint.values.is_some();
    let inherits = spec.get("inheritFromParent").is_some();
    let resets = spec.get("reset").is_some();
    let rules = spec.get_mut("rules").and_then(Value::as_array_mut);
    let count = rules.as_ref().map_or(0, |rules| rules.len());
    if inherits && !is_list {
        return invalid("a boolean constraint cannot inherit");
    }
    let fits = match (resets, is_list) {
        (true, _) => count == 0 && !inherits,
        (false, true) => (usize::from(!inherits)..=MAX_RULES).contains(&count),
        (false, false) => count == 1,
    };
    if !fits {
        return invalid("the number of rules does not fit");
    }
    for rule in rules.into_iter().flatten() {
        prepare_rule(constraint, rule)?;
    }
    Ok(())
}

fn prepare_rule(constraint: &'static Constraint, rule: &mut Value) -> Result<(), ApiError> {
    for field in ["condition", "parameters"] {
        if !rule[field].is_null() {
            let message = format!("{field} of rules is not simulated.");
            return Err(ApiError::unimplemented(message));
        }
    }
    let has = |field: &str| !rule[field].is_null();
    let count = ["allowAll", "denyAll", "enforce", "values"]
        .into_iter()
        .filter(|field| has(field))
        .count();
    let fits = match constraint.values {
        None => count == usize::from(has("enforce")),
        Some(_) => count == 1 && !has("enforce"),
    };
    if !fits {
        return Err(ApiError::invalid(format!(
            "Invalid policy {}: a rule must have one field that fits the constraint.",
            constraint.name
        )));
    }
    let Some(values) = constraint.values else {
        // False is read as absent.
        rule["enforce"] = has("enforce").into();
        return Ok(());
    };
    for field in ["allowedValues", "deniedValues"] {
        let list = rule["values"].get_mut(field).and_then(Value::as_array_mut);
        for value in list.into_iter().flatten() {
            let text = value.as_str().unwrap_or_default();
            let Some(canonical) = values.canonical(text) else {
                return Err(ApiError::invalid(format!(
                    "The policy contains invalid list value(s): [{text}]. Please fix the values \
                     in the policy and try again"
                )));
            };
            *value = canonical.into();
        }
    }
    Ok(())
}
