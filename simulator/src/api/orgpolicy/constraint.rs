//! The constraints that are enforced. Others of Google's are not simulated.

use super::location;
use crate::ApiError;
use serde_json::{Value, json};

/// A constraint of Google's, which allows everything where no policy says
/// otherwise.
#[derive(Debug)]
pub(crate) struct Constraint {
    /// As in names of policies (`gcp.resourceLocations`).
    pub(crate) name: &'static str,
    /// What the values of its policies are; of a boolean constraint, `None`.
    pub(super) values: Option<Values>,
    /// Whether organisations come with a policy that enforces it, as new ones do
    /// since May 2024. Google's have the policy, those here behave so without.
    pub(super) in_organizations: bool,
}

/// The values of a list constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Values {
    /// Customer IDs, or all principals of an organisation.
    Customers,
    Locations,
}

pub(crate) static MEMBER_DOMAINS: Constraint =
    list("iam.allowedPolicyMemberDomains", Values::Customers);
pub(crate) static RESOURCE_LOCATIONS: Constraint = list("gcp.resourceLocations", Values::Locations);
pub(crate) static NO_DEFAULT_NETWORK: Constraint = boolean("compute.skipDefaultNetworkCreation");
pub(crate) static NO_KEY_CREATION: Constraint = boolean("iam.disableServiceAccountKeyCreation");
pub(crate) static NO_KEY_UPLOAD: Constraint = boolean("iam.disableServiceAccountKeyUpload");
pub(crate) static NO_DEFAULT_GRANTS: Constraint = Constraint {
    in_organizations: true,
    ..boolean("iam.automaticIamGrantsForDefaultServiceAccounts")
};

/// Sorted by name.
pub(super) static CONSTRAINTS: &[&Constraint] = &[
    &NO_DEFAULT_NETWORK,
    &RESOURCE_LOCATIONS,
    &MEMBER_DOMAINS,
    &NO_DEFAULT_GRANTS,
    &NO_KEY_CREATION,
    &NO_KEY_UPLOAD,
];

const fn boolean(name: &'static str) -> Constraint {
    Constraint {
        name,
        values: None,
        in_organizations: false,
    }
}

const fn list(name: &'static str, values: Values) -> Constraint {
    Constraint {
        name,
        values: Some(values),
        in_organizations: false,
    }
}

impl Constraint {
    /// The constraint with this name; 501 if it is not simulated.
    pub(super) fn find(name: &str) -> Result<&'static Self, ApiError> {
        let mut all = CONSTRAINTS.iter();
        let found = all.find(|constraint| constraint.name == name);
        found
            .copied()
            .ok_or_else(|| ApiError::unimplemented(format!("constraints/{name} is not simulated.")))
    }

    /// As errors name it (`constraints/gcp.resourceLocations`).
    pub(super) fn full_name(&self) -> String {
        format!("constraints/{}", self.name)
    }

    pub(super) fn to_json(&self) -> Value {
        let mut json = json!({ "constraintDefault": "ALLOW" });
        match self.values {
            None => json["booleanConstraint"] = json!({}),
            Some(Values::Customers) => json["listConstraint"] = json!({}),
            Some(Values::Locations) => json["listConstraint"] = json!({ "supportsIn": true }),
        }
        json
    }
}

impl Values {
    /// A value of a policy as it is stored; `None` if it is not valid.
    pub(super) fn canonical(self, value: &str) -> Option<String> {
        match self {
            Self::Locations => location::canonical(value),
            Self::Customers => {
                let exact = value.strip_prefix("is:").unwrap_or(value);
                let all = exact.strip_prefix("principalSet://iam.googleapis.com/organizations/");
                let valid = match all {
                    Some(number) => number.parse::<u64>().is_ok(),
                    None => {
                        exact.starts_with('C') && exact.bytes().all(|b| b.is_ascii_alphanumeric())
                    }
                };
                valid.then(|| value.to_owned())
            }
        }
    }
}
