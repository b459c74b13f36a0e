//! Why Compute Engine would not give a machine, and what that blocks.

use gcp::{Class, Classify};
use names::{Duration, VolumeName, Zone};
use serde::{Deserialize, Serialize};

/// Why a machine was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Refusal {
    /// The zone has none left: ask elsewhere, and there later.
    Stockout {
        /// Google's words.
        reason: String,
        /// Zones that Google says have some.
        elsewhere: Vec<Zone>,
    },
    /// The region's quota is used up.
    Region {
        /// Google's words.
        reason: String,
    },
    /// A quota that holds everywhere is used up.
    Everywhere {
        /// Google's words.
        reason: String,
    },
    /// It did not work this time.
    Passing {
        /// Google's words.
        reason: String,
    },
    /// groundcrew may not: it asks again for a while, should access just have
    /// been given, and then the job fails with this reason.
    Denied {
        /// Google's message, and what to do about it.
        reason: String,
    },
    /// It will never work: the job fails with this reason.
    Permanent {
        /// Google's words.
        reason: String,
    },
}

impl Refusal {
    /// Google's words.
    #[must_use]
    pub fn reason(&self) -> &str {
        match self {
            Self::Stockout { reason, .. }
            | Self::Region { reason }
            | Self::Everywhere { reason }
            | Self::Passing { reason }
            | Self::Denied { reason }
            | Self::Permanent { reason } => reason,
        }
    }

    /// How long not to ask there again.
    #[must_use]
    pub fn pause(&self) -> Duration {
        match self {
            Self::Stockout { .. } => Duration::from_secs(30 * 60),
            Self::Region { .. } | Self::Everywhere { .. } => Duration::from_secs(5 * 60),
            Self::Denied { .. } => Duration::from_secs(60),
            Self::Passing { .. } | Self::Permanent { .. } => Duration::from_secs(30),
        }
    }

    /// Reads a code and message, from the HTTP error or from the operation
    /// (sources: facts of Compute Engine's launch errors, peers' tables).
    #[must_use]
    pub fn from_code(code: &str, message: &str, elsewhere: &[String]) -> Self {
        let reason = format!("{code}: {message}");
        match code {
            "ZONE_RESOURCE_POOL_EXHAUSTED"
            | "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS"
            | "insufficientCapacity"
            | "resource_availability" => Self::Stockout {
                reason,
                elsewhere: elsewhere.iter().filter_map(|z| z.parse().ok()).collect(),
            },
            "QUOTA_EXCEEDED" | "quotaExceeded" if message.contains("GPUS_ALL_REGIONS") => {
                Self::Everywhere { reason }
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
            | "IP_SPACE_EXHAUSTED"
            | "IP_SPACE_EXHAUSTED_WITH_DETAILS" => Self::Passing { reason },
            // Unparsed: block the zone for a while, never lose the job.
            _ => Self::Stockout {
                reason,
                elsewhere: Vec::new(),
            },
        }
    }

    /// The same, with a word on what to do if the account of the job's volume
    /// is why: most likely there is no such volume.
    #[must_use]
    pub fn naming(self, volume: &VolumeName) -> Self {
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
            | Self::Everywhere { .. }
            | Self::Passing { .. }) => refusal,
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
        if matches!(
            reason.as_str(),
            "quotaExceeded" | "QUOTA_EXCEEDED" | "rateLimitExceeded"
        ) {
            return match reason.as_str() {
                "rateLimitExceeded" => None,
                _ => Some(Self::from_code(reason, message, &[])),
            };
        }
        if reason.contains("RESOURCE_POOL_EXHAUSTED") || reason == "insufficientCapacity" {
            return Some(Self::from_code(reason, message, &[]));
        }
        let words = || format!("{status} {message}");
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
    fn codes_block_what_they_mean() {
        let is = |code: &str, message: &str| Refusal::from_code(code, message, &[]);
        assert!(matches!(
            is("ZONE_RESOURCE_POOL_EXHAUSTED", ""),
            Refusal::Stockout { .. }
        ));
        assert!(matches!(
            is("QUOTA_EXCEEDED", "Quota 'GPUS_ALL_REGIONS' exceeded"),
            Refusal::Everywhere { .. }
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
            Refusal::Passing { .. }
        ));
        assert!(
            matches!(is("SOMETHING_NEW", ""), Refusal::Stockout { .. }),
            "an unknown code loses no job"
        );
    }

    #[test]
    fn only_what_will_not_pass_names_the_volume() {
        let volume: VolumeName = "data".parse().expect("valid");
        let named = |code| {
            let refusal = Refusal::from_code(code, "its account", &[]).naming(&volume);
            refusal.reason().contains("groundcrew volume create data")
        };
        assert!(named("EXTERNAL_RESOURCE_NOT_FOUND"));
        assert!(named("SERVICE_ACCOUNT_ACCESS_DENIED"));
        assert!(!named("RESOURCE_NOT_READY"));
    }

    #[test]
    fn zones_that_google_names_are_kept() {
        let names = ["us-east1-b".to_owned(), "not a zone".to_owned()];
        let refusal = Refusal::from_code("ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS", "", &names);
        let Refusal::Stockout { elsewhere, .. } = refusal else {
            panic!("a stockout");
        };
        assert_eq!(elsewhere, ["us-east1-b".parse().expect("valid")]);
    }
}
