//! Errors of calls that the project does not allow, whatever the permissions.

use super::{
    catalog::{BILLED, counts_at_home, title},
    declared::DeclaredRefusal,
};
use crate::{ApiError, Call, Cloud, api::resourcemanager::PROJECT, iam::RequiredPermission};
use serde_json::json;

/// Refuses a call if the project is deleted, the API is disabled, or it
/// requires billing and there is none. As with Google, this precedes all
/// permission checks.
pub(crate) fn check(
    cloud: &Cloud,
    (api, method): (&str, &str),
    call: &Call,
    required_permissions: &[RequiredPermission],
) -> Result<(), ApiError> {
    let on = required_permissions
        .first()
        .and_then(|required| cloud.iam.project_of(&required.resource));
    let requested = on.unwrap_or_else(|| call.path("project").to_owned());
    let Some((id, node)) = cloud.iam.project(&requested) else {
        return Ok(());
    };
    let service = format!("{api}.googleapis.com");
    let row = PROJECT.any_row(cloud, &format!("projects/{id}"));
    let is_deleted = row.is_some_and(|row| row.expires.is_some());
    if is_deleted && api != "cloudresourcemanager" {
        return Err(deleted(&service, node.number));
    }
    let mut refusals = cloud.serviceusage.refusals.iter();
    if let Some((_, refusal)) = refusals.find(|(prefix, _)| method.starts_with(prefix.as_str())) {
        return Err(declared(refusal, method, node.number));
    }
    let home = call.principal.home().filter(|_| counts_at_home(&service));
    let home = home.and_then(|home| cloud.iam.project(home));
    for (id, node) in [Some((id, node)), home].into_iter().flatten() {
        let propagation = cloud.serviceusage.delays.propagation;
        if !cloud
            .serviceusage
            .service(id, &service)
            .serves(call.now, propagation)
        {
            return Err(disabled(&service, node.number));
        }
    }
    if !cloud.has_billing(node) && BILLED.contains(&service.as_str()) {
        return Err(billing_disabled(&service, node.number));
    }
    Ok(())
}

fn refused(api: &str, number: u64, reason: &str, message: String) -> ApiError {
    let mut error = ApiError::permission_denied(message);
    error.details.push(json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": { "service": api, "consumer": format!("projects/{number}") },
    }));
    error
}

fn deleted(api: &str, number: u64) -> ApiError {
    let message = format!("Project #{number} has been deleted.");
    refused(api, number, "CONSUMER_INVALID", message)
}

fn billing_disabled(api: &str, number: u64) -> ApiError {
    let message = format!(
        "This API method requires billing to be enabled. Please enable billing on project \
         #{number} by visiting https://console.developers.google.com/billing/enable?project=\
         {number} then retry. If you enabled billing for this project recently, wait a few \
         minutes for the action to propagate to our systems and retry."
    );
    refused(api, number, "BILLING_DISABLED", message)
}

/// Google's message, as quoted in bug reports of clients.
fn disabled(api: &str, number: u64) -> ApiError {
    let title = title(api).unwrap_or(api);
    let url =
        format!("https://console.developers.google.com/apis/api/{api}/overview?project={number}");
    let message = format!(
        "{title} has not been used in project {number} before or it is disabled. Enable it by \
         visiting {url} then retry. If you enabled this API recently, wait a few minutes for the \
         action to propagate to our systems and retry."
    );
    let mut error = refused(api, number, "SERVICE_DISABLED", message);
    error.reason = "accessNotConfigured";
    let help = json!({
        "@type": "type.googleapis.com/google.rpc.Help",
        "links": [{ "description": "Google developers console API activation", "url": url }],
    });
    error.details.insert(0, help);
    error
}

/// The error of enabling an API without billing. Google's message, from a bug
/// report.
pub(super) fn no_billing(number: u64, apis: &[&str]) -> ApiError {
    let mut error = ApiError::failed_precondition(format!(
        "Billing account for project '{number}' is not found. Billing must be enabled for \
         activation of service(s) '{}' to proceed.",
        apis.join(",")
    ));
    error.details.push(json!({
        "@type": "type.googleapis.com/google.rpc.PreconditionFailure",
        "violations": [{
            "type": "googleapis.com/billing-enabled",
            "subject": format!(
                "?error_code=390001&project={number}&services={}",
                apis.join("&services=")
            ),
        }],
    }));
    error.details.push(json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "UREQ_PROJECT_BILLING_NOT_FOUND",
        "domain": "serviceusage.googleapis.com/billing-enabled",
        "metadata": { "project": number.to_string(), "services": apis.join(",") },
    }));
    error
}

/// The error of a declared refusal.
fn declared(refusal: &DeclaredRefusal, method: &str, number: u64) -> ApiError {
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
