//! Organization Policy v2: policies of organisations, folders and projects, and
//! what follows from them in other APIs.
//!
//! Enforced: who may be a member of IAM policies, where buckets, key rings,
//! Firestore databases, and machines, disks and subnetworks of Compute Engine may
//! be, keys of service accounts, the default network, and the role of default
//! service accounts. A policy of another constraint, or one with conditions or
//! only for a dry run, is refused with 501: it would not be enforced. A policy
//! takes effect at once; Google's take minutes.

mod constraint;
mod effective;
mod location;
mod methods;
mod policy;
mod refusal;
#[cfg(test)]
mod tests;

pub(crate) use constraint::{
    MEMBER_DOMAINS, NO_DEFAULT_GRANTS, NO_DEFAULT_NETWORK, NO_KEY_CREATION, NO_KEY_UPLOAD,
};
pub(crate) use effective::{is_any_set, is_enforced, rules};
pub(crate) use policy::{FOLDER_POLICY, ORGANIZATION_POLICY, PROJECT_POLICY};
pub(crate) use refusal::{
    check_bucket_location, check_compute_location, check_key, check_location, subject,
};

use crate::route::{Route, routes};
use methods::{get_effective, list_constraints, required};

const GET: &str = "orgpolicy.policy.get";
const LIST: &str = "orgpolicy.constraints.list";

pub(crate) const ROUTES: &[Route] = routes! {
    "orgpolicy" "orgpolicy.projects.policies.getEffectivePolicy" GET "/v2/projects/{project}/policies/{policy}:getEffectivePolicy"
        |_, call| required(call, GET), get_effective;
    "orgpolicy" "orgpolicy.folders.policies.getEffectivePolicy" GET "/v2/folders/{folder}/policies/{policy}:getEffectivePolicy"
        |_, call| required(call, GET), get_effective;
    "orgpolicy" "orgpolicy.organizations.policies.getEffectivePolicy" GET "/v2/organizations/{organization}/policies/{policy}:getEffectivePolicy"
        |_, call| required(call, GET), get_effective;
    "orgpolicy" "orgpolicy.projects.constraints.list" GET "/v2/projects/{project}/constraints"
        |_, call| required(call, LIST), list_constraints;
    "orgpolicy" "orgpolicy.folders.constraints.list" GET "/v2/folders/{folder}/constraints"
        |_, call| required(call, LIST), list_constraints;
    "orgpolicy" "orgpolicy.organizations.constraints.list" GET "/v2/organizations/{organization}/constraints"
        |_, call| required(call, LIST), list_constraints;
};
