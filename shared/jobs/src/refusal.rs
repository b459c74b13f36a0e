//! Refusals of Compute Engine to create a machine, and what each rules out.

use gcp::{Class, Classify, RefusalCause};
use names::{Duration, VolumeName, Zone};
use serde::{Deserialize, Serialize};

/// Where a refusal holds, besides the zone that was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// In that zone only.
    Zone,
    /// In every zone of its region.
    Region,
    /// In every zone.
    Everywhere,
}

/// Why a machine was refused. A refusal has a place and a time.
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
    /// A place lacks what the job needs, and will for days: its machine type is
    /// not offered there, or the quota is 0. The job fails once every zone said so.
    Unavailable {
        /// Where it is lacking.
        place: Place,
        /// Google's code and message, and what to do about it.
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
            | Self::Unavailable { reason, .. }
            | Self::Transient { reason }
            | Self::Denied { reason }
            | Self::Permanent { reason } => reason,
        }
    }

    /// Where it holds.
    #[must_use]
    pub fn place(&self) -> Place {
        match self {
            Self::Stockout { .. } | Self::Transient { .. } => Place::Zone,
            Self::Region { .. } => Place::Region,
            Self::Unavailable { place, .. } => *place,
            Self::AllRegions { .. } | Self::Denied { .. } | Self::Permanent { .. } => {
                Place::Everywhere
            }
        }
    }

    /// Whether waiting for its place is pointless.
    #[must_use]
    pub fn is_lasting(&self) -> bool {
        match self {
            Self::Unavailable { .. } | Self::Permanent { .. } => true,
            Self::Stockout { .. }
            | Self::Region { .. }
            | Self::AllRegions { .. }
            | Self::Transient { .. }
            | Self::Denied { .. } => false,
        }
    }

    /// How long to wait before a machine is requested again in the same place.
    #[must_use]
    pub fn retry_after(&self) -> Duration {
        match self {
            Self::Stockout { .. } => Duration::from_secs(30 * 60),
            Self::Region { .. } | Self::AllRegions { .. } => Duration::from_secs(5 * 60),
            Self::Unavailable { .. } => Duration::from_secs(3 * 24 * 3600),
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
            "QUOTA_EXCEEDED" | "quotaExceeded" if is_zero_quota(message) => {
                zero_quota(message, &reason)
            }
            "QUOTA_EXCEEDED" | "quotaExceeded" if message.contains("GPUS_ALL_REGIONS") => {
                Self::AllRegions { reason }
            }
            "RESOURCE_NOT_FOUND" | "INVALID_USAGE" | "INVALID_FIELD_VALUE"
                if is_lack_of_zone(message) =>
            {
                Self::Unavailable { place: Place::Zone, reason }
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
            | Self::Unavailable { .. }
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
            Class::Invalid if is_lack_of_zone(message) => Some(Self::Unavailable {
                place: Place::Zone,
                reason: words(),
            }),
            Class::Denied => Some(Self::Denied { reason: words() }),
            Class::Invalid => Some(Self::Permanent { reason: words() }),
            Class::Transient | Class::Conflict | Class::Bug => None,
        }
    }
}

/// Whether a zone is refused for what it does not have, by the field or the
/// resource that the message names (unverified), or because it does not exist.
fn is_lack_of_zone(message: &str) -> bool {
    let names = |what: &str| message.to_ascii_lowercase().contains(what);
    ["machinetype", "acceleratortype", "disktype", "unknown zone"]
        .into_iter()
        .any(names)
}

/// The number after `Limit: ` is 0.
fn is_zero_quota(message: &str) -> bool {
    let limit = message.split_once("Limit: ").map(|(_, rest)| rest);
    let digits = limit.and_then(|rest| rest.split_whitespace().next());
    digits.is_some_and(|digits| digits.trim_end_matches('.').parse() == Ok(0.0))
}

/// A quota of 0 is not used up: there is none until somebody asks for it.
fn zero_quota(message: &str, reason: &str) -> Refusal {
    let quota = message.split('\'').nth(1).unwrap_or("it");
    let region = message.split_once("in region ").map(|(_, rest)| rest);
    let region = region.and_then(|rest| rest.split([' ', '.', ',']).next());
    let (place, what) = match region {
        Some(region) => (Place::Region, format!("{quota} in region {region}")),
        None => (Place::Everywhere, format!("{quota} for all regions")),
    };
    Refusal::Unavailable {
        place,
        reason: format!(
            "{reason} The project has none of this quota: ask Google for {what} \
             (console: IAM & Admin, Quotas)"
        ),
    }
}

#[cfg(test)]
mod tests;
