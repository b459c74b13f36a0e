//! Refusals that a test or a user declares: a 403 is not always a missing
//! permission. Bodies as quoted in public bug reports.

use super::refusal::refused;
use crate::{ApiError, Cloud};
use serde_json::json;

/// Why calls are refused, whatever the permissions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeclaredRefusal {
    /// Too many requests in a minute.
    RateLimit,
    /// A constraint of the organization, such as
    /// `constraints/iam.allowedPolicyMemberDomains`.
    Constraint(String),
    /// The perimeter of VPC Service Controls.
    Perimeter,
}

impl Cloud {
    /// Declares that every method whose ID begins with `method` is refused, until
    /// [`Cloud::allow_calls`].
    pub fn refuse_calls(&mut self, method: &str, refusal: DeclaredRefusal) {
        let refusals = &mut self.serviceusage.refusals;
        refusals.insert(method.to_owned(), refusal);
    }

    /// Ends every refusal that was declared.
    pub fn allow_calls(&mut self) {
        self.serviceusage.refusals.clear();
    }
}

/// The refusal that was declared for a method, if any.
pub(super) fn check(cloud: &Cloud, method: &str, number: u64) -> Result<(), ApiError> {
    let mut refusals = cloud.serviceusage.refusals.iter();
    match refusals.find(|(prefix, _)| method.starts_with(prefix.as_str())) {
        Some((_, refusal)) => Err(error(refusal, method, number)),
        None => Ok(()),
    }
}

fn error(refusal: &DeclaredRefusal, method: &str, number: u64) -> ApiError {
    let api = method.split('.').next().unwrap_or_default();
    let service = format!("{api}.googleapis.com");
    match refusal {
        DeclaredRefusal::RateLimit => {
            let message = format!(
                "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute' of \
                 service '{service}' for consumer 'project_number:{number}'."
            );
            let denied = refused(&service, number, "RATE_LIMIT_EXCEEDED", message);
            match api {
                // Compute Engine's is a 403.
                "compute" => ApiError {
                    reason: "rateLimitExceeded",
                    ..denied
                },
                _ => ApiError {
                    details: denied.details,
                    ..ApiError::exhausted(denied.message)
                },
            }
        }
        DeclaredRefusal::Constraint(constraint) if api == "compute" => ApiError::precondition(
            format!("Constraint {constraint} violated for project {number}."),
        ),
        DeclaredRefusal::Constraint(constraint) => {
            let mut error = ApiError::failed_precondition(
                "One or more users named in the policy do not belong to a permitted customer.",
            );
            error.details.push(json!({
                "@type": "type.googleapis.com/google.rpc.PreconditionFailure",
                "violations": [{
                    "type": constraint,
                    "subject": format!("orgpolicy:projects/{number}"),
                }],
            }));
            error
        }
        DeclaredRefusal::Perimeter => {
            let message = "Request is prohibited by organization's policy. \
                           vpcServiceControlsUniqueIdentifier: unverified";
            let mut error = refused(
                &service,
                number,
                "SECURITY_POLICY_VIOLATED",
                message.to_owned(),
            );
            let violation = json!({ "type": "VPC_SERVICE_CONTROLS", "description": "unverified" });
            error.details.insert(
                0,
                json!({
                    "@type": "type.googleapis.com/google.rpc.PreconditionFailure",
                    "violations": [violation],
                }),
            );
            error
        }
    }
}
