//! Refusals of Compute Engine to create a machine, and what each rules out.

use gcp::{Class, Classify, RefusalCause};
use names::{Duration, VolumeName, Zone};
use serde::{Deserialize, Serialize};

/// Why a machine was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Refusal {
    /// The zone has no capacity left: other zones are tried first.
    Stockout {
        /// Google's code and message.
        reason: String,
        /// Zones that Google says have capacity.
        recommended_zones: Vec<Zone>,
    },
    /// The region's quota is used up.
    Region {
        /// Google's code and message.
        reason: String,
    },
    /// A quota that holds for all regions together is used up.
    AllRegions {
        /// Google's code and message.
        reason: String,
    },
    /// A temporary failure: a later request may succeed.
    Transient {
        /// Google's code and message.
        reason: String,
    },
    /// A permission is missing. The machine is requested again for a while, in
    /// case access was just granted; then the job fails with this reason.
    Denied {
        /// Google's message, and what to do about it.
        reason: String,
    },
    /// The request can never succeed: the job fails with this reason.
    Permanent {
        /// Google's code and message.
        reason: String,
    },
}

impl Refusal {
    /// Google's code and message, for people.
    #[must_use]
    pub fn reason(&self) -> &str {
        match self {
            Self::Stockout { reason, .. }
            | Self::Region { reason }
            | Self::AllRegions { reason }
            | Self::Transient { reason }
            | Self::Denied { reason }
            | Self::Permanent { reason } => reason,
        }
    }

    /// How long to wait before a machine is requested again in the same place.
    #[must_use]
    pub fn retry_after(&self) -> Duration {
        match self {
            Self::Stockout { .. } => Duration::from_secs(30 * 60),
            Self::Region { .. } | Self::AllRegions { .. } => Duration::from_secs(5 * 60),
            Self::Denied { .. } => Duration::from_secs(60),
            Self::Transient { .. } | Self::Permanent { .. } => Duration::from_secs(30),
        }
    }

    /// Classifies a code and message, from the HTTP error or from the operation
    /// (sources: facts of Compute Engine's launch errors, peers' tables).
    #[must_use]
    pub fn from_code(code: &str, message: &str, recommended_zones: &[String]) -> Self {
        let reason = format!("{code}: {message}");
        match code {
            "ZONE_RESOURCE_POOL_EXHAUSTED"
            | "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS"
            | "insufficientCapacity"
            | "resource_availability" => Self::Stockout {
                reason,
                recommended_zones: recommended_zones.iter().filter_map(|z| z.parse().ok()).collect(),
            },
            "QUOTA_EXCEEDED" | "quotaExceeded" if message.contains("GPUS_ALL_REGIONS") => {
                Self::AllRegions { reason }
            }
            "QUOTA_EXCEEDED" | "quotaExceeded" => Self::Region { reason },
            "VPC_NOT_FOUND"
            | "SUBNET_NOT_FOUND"
            | "RESOURCE_NOT_FOUND"
            | "INVALID_USAGE"
            | "INVALID_FIELD_VALUE"
            // The account that the machine is to run as is not there (unverified).
            | "EXTERNAL_RESOURCE_NOT_FOUND" => Self::Permanent { reason },
            // The last is of the account that the machine is to run as (unverified).
            "PERMISSIONS_ERROR" | "PERMISSION_DENIED" | "SERVICE_ACCOUNT_ACCESS_DENIED" => {
                Self::Denied { reason }
            }
            "UNSUPPORTED_OPERATION"
            | "RESOURCE_NOT_READY"
            | "RESOURCE_OPERATION_RATE_EXCEEDED"
            | "RATE_LIMIT_EXCEEDED"
            | "IP_SPACE_EXHAUSTED"
            | "IP_SPACE_EXHAUSTED_WITH_DETAILS" => Self::Transient { reason },
            // Unknown: block the zone for a while, never lose the job.
            _ => Self::Stockout {
                reason,
                recommended_zones: Vec::new(),
            },
        }
    }

    /// The same refusal, with what to do about the service account of the job's
    /// `volume` that it is about: most likely there is no such volume.
    #[must_use]
    pub fn with_volume_hint(self, volume: &VolumeName) -> Self {
        let words = |reason: String| {
            format!(
                "volume {volume} cannot be used; if there is none, `groundcrew volume \
                 create {volume}` makes it. Compute Engine said: {reason}"
            )
        };
        match self {
            Self::Permanent { reason } => Self::Permanent {
                reason: words(reason),
            },
            Self::Denied { reason } => Self::Denied {
                reason: words(reason),
            },
            refusal @ (Self::Stockout { .. }
            | Self::Region { .. }
            | Self::AllRegions { .. }
            | Self::Transient { .. }) => refusal,
        }
    }

    /// Reads an error of the call itself; `None` if it says nothing of the
    /// machine (no answer, no token, a fault of the moment): try again later.
    #[must_use]
    pub fn from_call(error: &gcp::Error) -> Option<Self> {
        let gcp::ErrorKind::Status {
            status,
            reason,
            message,
            ..
        } = &error.kind
        else {
            return None;
        };
        let is_stockout =
            reason.contains("RESOURCE_POOL_EXHAUSTED") || reason == "insufficientCapacity";
        if is_stockout || error.cause() == Some(RefusalCause::Quota) {
            return Some(Self::from_code(reason, message, &[]));
        }
        let words = || match error.advice() {
            Some(advice) => format!("{status} {message}: {advice}"),
            None => format!("{status} {message}"),
        };
        match error.class() {
            Class::Denied => Some(Self::Denied { reason: words() }),
            Class::Invalid => Some(Self::Permanent { reason: words() }),
            Class::Transient | Class::Conflict | Class::Bug => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_code_has_its_refusal() {
        let is = |code: &str, message: &str| Refusal::from_code(code, message, &[]);
        assert!(matches!(
            is("ZONE_RESOURCE_POOL_EXHAUSTED", ""),
            Refusal::Stockout { .. }
        ));
        assert!(matches!(
            is("QUOTA_EXCEEDED", "Quota 'GPUS_ALL_REGIONS' exceeded"),
            Refusal::AllRegions { .. }
        ));
        assert!(matches!(
            is("QUOTA_EXCEEDED", "Quota 'CPUS' exceeded in region"),
            Refusal::Region { .. }
        ));
        assert!(matches!(
            is("SUBNET_NOT_FOUND", ""),
            Refusal::Permanent { .. }
        ));
        assert!(matches!(
            is("UNSUPPORTED_OPERATION", ""),
            Refusal::Transient { .. }
        ));
        assert!(
            matches!(is("SOMETHING_NEW", ""), Refusal::Stockout { .. }),
            "an unknown code loses no job"
        );
    }

    /// A 403 is not always a missing permission.
    #[test]
    fn a_failed_call_is_judged_by_its_reason() {
        let from = |status, reason: &str, message: &str| {
            Refusal::from_call(&gcp::Error {
                method: "compute.instances.insert",
                resource: "/r".into(),
                is_conditional: false,
                kind: gcp::ErrorKind::Status {
                    status,
                    reason: reason.into(),
                    message: message.into(),
                    retry_after: None,
                    details: serde_json::Value::Null,
                },
            })
        };
        assert_eq!(from(403, "rateLimitExceeded", "Rate Limit Exceeded"), None);
        assert_eq!(from(503, "backendError", ""), None);
        let quota = from(403, "quotaExceeded", "Quota 'CPUS' exceeded");
        assert!(matches!(quota, Some(Refusal::Region { .. })), "{quota:?}");
        let missing = from(403, "forbidden", "Required 'x' permission");
        let reason = "403 Required 'x' permission".to_owned();
        assert_eq!(missing, Some(Refusal::Denied { reason }));
        let disabled = from(403, "accessNotConfigured", "Compute is off");
        let disabled = disabled.expect("a refusal");
        assert!(disabled.reason().contains("enable the API"), "{disabled:?}");
        let policy = from(412, "conditionNotMet", "Constraint constraints/x violated");
        let policy = policy.expect("a refusal");
        assert!(matches!(policy, Refusal::Permanent { .. }), "{policy:?}");
        assert!(policy.reason().contains("administrator"), "{policy:?}");
    }

    #[test]
    fn only_permanent_refusals_and_denials_name_the_volume() {
        let volume: VolumeName = "data".parse().expect("valid");
        let named = |code| {
            let refusal = Refusal::from_code(code, "its account", &[]).with_volume_hint(&volume);
            refusal.reason().contains("groundcrew volume create data")
        };
        assert!(named("EXTERNAL_RESOURCE_NOT_FOUND"));
        assert!(named("SERVICE_ACCOUNT_ACCESS_DENIED"));
        assert!(!named("RESOURCE_NOT_READY"));
    }

    #[test]
    fn the_zones_that_google_recommends_are_kept() {
        let names = ["us-east1-b".to_owned(), "not a zone".to_owned()];
        let refusal = Refusal::from_code("ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS", "", &names);
        let Refusal::Stockout {
            recommended_zones, ..
        } = refusal
        else {
            panic!("a stockout");
        };
        assert_eq!(recommended_zones, ["us-east1-b".parse().expect("valid")]);
    }
}
