//! Why Google refused a call, from its reason rather than from the status: a 403
//! is not always a missing permission. Pure.
//!
//! Sources: `google.api.ErrorReason` (googleapis, `error_reason.proto`), Cloud
//! Storage's and Compute Engine's lists of errors, and error bodies quoted in
//! public bug reports.

use crate::Class;
use serde_json::Value;

/// Why Google refused a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalCause {
    /// The caller lacks a permission, or Google does not say what else it is.
    Permission,
    /// The access token was rejected.
    Credentials,
    /// The API is not enabled in the project that the call counts against.
    ApiDisabled,
    /// There were too many requests in a period; nothing was applied.
    RateLimit,
    /// A quota of resources, or a daily one, is used up.
    Quota,
    /// The project has no open billing account.
    Billing,
    /// A policy of the organization forbids it.
    OrganizationPolicy,
    /// VPC Service Controls keep the caller out.
    ServicePerimeter,
    /// The object is retained or held.
    Retention,
    /// The resource already exists, or somebody else wrote first.
    Conflict,
    /// Google cannot handle the request now.
    Unavailable,
    /// The request cannot succeed as things are.
    Invalid,
}

/// The signs of a cause.
struct Signs {
    cause: RefusalCause,
    /// `errors[].reason`, `details[].reason`, `violations[].type` or `code`.
    reasons: &'static [&'static str],
    /// Words of the message, for APIs that give no reason of their own.
    words: &'static [&'static str],
}

const SIGNS: [Signs; 7] = [
    Signs {
        cause: RefusalCause::RateLimit,
        reasons: &[
            "RATE_LIMIT_EXCEEDED",
            "rateLimitExceeded",
            "userRateLimitExceeded",
        ],
        words: &[
            "Quota exceeded for quota metric",
            "Quota exceeded for quota group",
        ],
    },
    Signs {
        cause: RefusalCause::Quota,
        reasons: &[
            "QUOTA_EXCEEDED",
            "RESOURCE_QUOTA_EXCEEDED",
            "quotaExceeded",
            "dailyLimitExceeded",
        ],
        words: &["billing quota exceeded"],
    },
    Signs {
        cause: RefusalCause::ApiDisabled,
        reasons: &["SERVICE_DISABLED", "accessNotConfigured"],
        words: &["has not been used in project"],
    },
    Signs {
        cause: RefusalCause::Billing,
        reasons: &[
            "BILLING_DISABLED",
            "accountDisabled",
            "UREQ_PROJECT_BILLING_NOT_FOUND",
            "UREQ_PROJECT_BILLING_NOT_OPEN",
        ],
        words: &[
            "requires billing",
            "Billing must be enabled",
            "illing account for",
        ],
    },
    Signs {
        cause: RefusalCause::ServicePerimeter,
        reasons: &["SECURITY_POLICY_VIOLATED", "VPC_SERVICE_CONTROLS"],
        words: &["vpcServiceControlsUniqueIdentifier"],
    },
    Signs {
        cause: RefusalCause::OrganizationPolicy,
        reasons: &[
            "CUSTOM_ORG_POLICY_VIOLATION",
            "LOCATION_ORG_POLICY_VIOLATED",
            "ORG_RESTRICTION_VIOLATION",
            "RESOURCE_USAGE_RESTRICTION_VIOLATED",
        ],
        words: &["constraints/", "custom org policy", "permitted customer"],
    },
    Signs {
        cause: RefusalCause::Retention,
        reasons: &["retentionPolicyNotMet", "objectUnderActiveHold"],
        words: &["retention policy", "Retention Policy"],
    },
];

impl RefusalCause {
    /// The cause of a response. `reasons` are all that it states.
    pub(crate) fn of(status: u16, reasons: &[&str], message: &str, is_conditional: bool) -> Self {
        // A violated constraint is named by a reason, or by the message.
        let says = |words: &&str| {
            message.contains(words) || reasons.iter().any(|reason| reason.contains(words))
        };
        let is_signed = |signs: &&Signs| {
            signs.reasons.iter().any(|sign| reasons.contains(sign)) || signs.words.iter().any(says)
        };
        let signs = SIGNS.iter().filter(|_| (400..500).contains(&status));
        if let Some(signs) = signs.into_iter().find(is_signed) {
            return signs.cause;
        }
        match status {
            401 => Self::Credentials,
            403 => Self::Permission,
            409 => Self::Conflict,
            _ if is_conditional && is_failed_precondition(status, reasons) => Self::Conflict,
            408 | 429 | 500..=599 => Self::Unavailable,
            _ => Self::Invalid,
        }
    }

    /// How it is handled.
    #[must_use]
    pub fn class(self) -> Class {
        match self {
            Self::RateLimit | Self::Unavailable => Class::Transient,
            Self::Conflict => Class::Conflict,
            Self::Permission
            | Self::Credentials
            | Self::ApiDisabled
            | Self::Quota
            | Self::Billing
            | Self::ServicePerimeter => Class::Denied,
            Self::OrganizationPolicy | Self::Retention | Self::Invalid => Class::Invalid,
        }
    }

    /// What has to be done about it, as far as it does not depend on the call.
    #[must_use]
    pub fn advice(self) -> Option<&'static str> {
        Some(match self {
            Self::ApiDisabled => "enable the API that Google names",
            Self::RateLimit => "wait a minute: Google limits the requests per minute",
            Self::Quota => "ask Google for more of the quota that it names",
            Self::Billing => "link an open billing account to the project",
            Self::OrganizationPolicy => {
                "ask the organization's administrator about the policy that Google names"
            }
            Self::ServicePerimeter => {
                "ask the organization's administrator to let the caller through VPC Service Controls"
            }
            Self::Retention => "wait until the retention period or the hold ends",
            Self::Permission
            | Self::Credentials
            | Self::Conflict
            | Self::Unavailable
            | Self::Invalid => return None,
        })
    }
}

/// Whether Google says that a precondition does not hold: of the request, of the
/// resource's state, or of a policy.
pub(crate) fn is_failed_precondition(status: u16, reasons: &[&str]) -> bool {
    let is_named = |r: &&str| matches!(*r, "FAILED_PRECONDITION" | "failedPrecondition");
    status == 412 || (status == 400 && reasons.iter().any(is_named))
}

/// Every reason in the `error` object of a response.
pub(crate) fn reasons(error: &Value) -> Vec<&str> {
    let errors = items(&error["errors"]).map(|e| &e["reason"]);
    let details = items(&error["details"]).map(|d| &d["reason"]);
    let violations = violations(error).map(|v| &v["type"]);
    let all = errors.chain(details).chain(violations);
    all.chain([&error["status"]])
        .filter_map(Value::as_str)
        .collect()
}

/// What is violated, by the `error` object of a response.
pub(crate) fn violations(error: &Value) -> impl Iterator<Item = &Value> {
    items(&error["details"]).flat_map(|detail| items(&detail["violations"]))
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// An API that is not enabled, as an error names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisabledApi {
    /// As Service Usage names it: `cloudkms.googleapis.com`.
    pub api: String,
    /// The project that the call counts against (`projects/123`), which may be
    /// that of the credentials rather than that of the resource.
    pub consumer: String,
}

impl DisabledApi {
    /// The API that the `error` object of a response names.
    pub(crate) fn of(error: &Value) -> Option<Self> {
        let mut details = items(&error["details"]);
        let info = &details.find(|d| d["reason"] == "SERVICE_DISABLED")?["metadata"];
        Some(Self {
            api: info["service"].as_str()?.to_owned(),
            consumer: info["consumer"].as_str()?.to_owned(),
        })
    }

    /// What enables it.
    #[must_use]
    pub fn advice(&self) -> String {
        let Self { api, consumer } = self;
        let project = consumer.strip_prefix("projects/").unwrap_or(consumer);
        format!("enable the API with `gcloud services enable {api} --project={project}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Bodies as Google is known to send them.
    #[test]
    fn the_cause_follows_from_googles_reason_not_from_the_status() {
        let legacy = |reason: &str, message: &str| json!({ "errors": [{ "domain": "global", "reason": reason }], "message": message });
        let info = |reason: &str| {
            json!({ "status": "PERMISSION_DENIED", "message": "no", "details": [
                { "@type": "type.googleapis.com/google.rpc.Help" },
                { "reason": reason, "domain": "googleapis.com" },
            ]})
        };
        let violation = |of: &str, status: &str| {
            json!({ "status": status, "message": "no", "details": [
                { "violations": [{ "type": of, "description": "x" }] },
            ]})
        };
        let failed = json!({ "status": "FAILED_PRECONDITION", "message": "no" });
        let table = [
            (
                403,
                legacy("forbidden", "Required 'compute.x' permission"),
                RefusalCause::Permission,
            ),
            (403, info("IAM_PERMISSION_DENIED"), RefusalCause::Permission),
            (
                403,
                legacy("rateLimitExceeded", "Rate Limit Exceeded"),
                RefusalCause::RateLimit,
            ),
            (
                403,
                legacy("userRateLimitExceeded", ""),
                RefusalCause::RateLimit,
            ),
            (
                403,
                legacy(
                    "forbidden",
                    "Quota exceeded for quota metric 'Queries' and limit 'x'",
                ),
                RefusalCause::RateLimit,
            ),
            (429, info("RATE_LIMIT_EXCEEDED"), RefusalCause::RateLimit),
            (
                403,
                legacy("quotaExceeded", "Quota 'CPUS' exceeded."),
                RefusalCause::Quota,
            ),
            (403, info("SERVICE_DISABLED"), RefusalCause::ApiDisabled),
            (
                403,
                legacy("accessNotConfigured", ""),
                RefusalCause::ApiDisabled,
            ),
            (403, info("BILLING_DISABLED"), RefusalCause::Billing),
            (403, legacy("accountDisabled", ""), RefusalCause::Billing),
            (
                400,
                info("UREQ_PROJECT_BILLING_NOT_FOUND"),
                RefusalCause::Billing,
            ),
            (
                403,
                info("SECURITY_POLICY_VIOLATED"),
                RefusalCause::ServicePerimeter,
            ),
            (
                403,
                violation("VPC_SERVICE_CONTROLS", "PERMISSION_DENIED"),
                RefusalCause::ServicePerimeter,
            ),
            (
                400,
                violation(
                    "constraints/iam.allowedPolicyMemberDomains",
                    "FAILED_PRECONDITION",
                ),
                RefusalCause::OrganizationPolicy,
            ),
            (
                412,
                legacy(
                    "conditionNotMet",
                    "Constraint constraints/compute.x violated",
                ),
                RefusalCause::OrganizationPolicy,
            ),
            (
                403,
                legacy("retentionPolicyNotMet", ""),
                RefusalCause::Retention,
            ),
            (412, legacy("conditionNotMet", "no"), RefusalCause::Conflict),
            (400, failed.clone(), RefusalCause::Conflict),
            (409, legacy("conflict", ""), RefusalCause::Conflict),
            (401, legacy("authError", ""), RefusalCause::Credentials),
            (404, legacy("notFound", ""), RefusalCause::Invalid),
            (
                503,
                legacy("rateLimitExceeded", ""),
                RefusalCause::Unavailable,
            ),
        ];
        let of = |status, error: &Value, is_conditional| {
            let message = error["message"].as_str().unwrap_or_default();
            RefusalCause::of(status, &reasons(error), message, is_conditional)
        };
        for (status, error, expected) in table {
            assert_eq!(of(status, &error, true), expected, "{status} {error}");
        }
        // Nobody else wrote first where no precondition was sent.
        assert_eq!(of(400, &failed, false), RefusalCause::Invalid);
        assert_eq!(of(412, &failed, false), RefusalCause::Invalid);
    }

    #[test]
    fn a_disabled_api_is_named_with_its_consumer() {
        let error = json!({ "details": [{ "reason": "SERVICE_DISABLED", "metadata": {
            "service": "iam.googleapis.com", "consumer": "projects/123" } }] });
        let disabled = DisabledApi::of(&error).expect("named");
        assert_eq!(
            disabled.advice(),
            "enable the API with `gcloud services enable iam.googleapis.com --project=123`"
        );
        assert_eq!(DisabledApi::of(&json!({})), None);
    }
}
