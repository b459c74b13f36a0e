//! Jobs, their attempts, and the names derived from the two.
//!
//! A retried effect must reach the same resource again, so names and request
//! ids are never random: they follow from (job, attempt).

use crate::{
    cloud::{InstanceName, Zone},
    name::{InvalidName, is_label, name},
};
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

name!(
    /// The id of a job, chosen by its submitter or derived from the message
    /// that queued it.
    JobId,
    "job id",
    "1 to 40 lower-case letters, digits and hyphens, a letter first, no hyphen last",
    |t| is_label(t, 1, 40)
);

/// The number of a launch of a job, from 1. It is a fencing token: reports of
/// an older attempt are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Attempt(u32);

impl Attempt {
    /// The first attempt.
    pub const FIRST: Self = Self(1);

    /// The attempt after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The attempt's number, from 1.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for Attempt {
    type Error = InvalidName;

    fn try_from(number: u32) -> Result<Self, InvalidName> {
        if number == 0 {
            return Err(InvalidName::new("attempt", "0", "a number from 1"));
        }
        Ok(Self(number))
    }
}

impl std::str::FromStr for Attempt {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        text.parse::<u32>()
            .map_err(|_| InvalidName::new("attempt", text, "a number from 1"))?
            .try_into()
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// UUID namespace of request ids. Arbitrary, but must never change.
const REQUESTS: Uuid = Uuid::from_u128(0x6772_6f75_6e64_6372_6577_2072_6571_7565);

impl JobId {
    /// The name of the machine for `attempt`: `gc-{job}-{attempt}`.
    ///
    /// # Panics
    /// Never: 40 characters of job and 10 of attempt fit in 63.
    #[must_use]
    pub fn instance(&self, attempt: Attempt) -> InstanceName {
        format!("gc-{self}-{attempt}")
            .parse()
            .expect("a valid instance name")
    }

    /// The job and the attempt in the name of a machine; `None` if groundcrew
    /// does not name machines so.
    #[must_use]
    pub fn from_instance_name(name: &str) -> Option<(Self, Attempt)> {
        let (job, attempt) = name.strip_prefix("gc-")?.rsplit_once('-')?;
        Some((job.parse().ok()?, attempt.parse().ok()?))
    }

    /// The request id of `verb` on the machine for `attempt` in `zone`. It is
    /// the same for every retry, so Compute Engine executes the request once.
    #[must_use]
    pub fn request_id(&self, attempt: Attempt, zone: &Zone, verb: &str) -> Uuid {
        Uuid::new_v5(
            &REQUESTS,
            format!("{self}/{attempt}/{zone}/{verb}").as_bytes(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_job_id_makes_a_valid_machine_name() {
        let job: JobId = "j".repeat(40).parse().expect("valid");
        let last: Attempt = u32::MAX.try_into().expect("valid");
        let name = job.instance(last);
        assert!(name.as_str().len() <= 63);
        assert_eq!(JobId::from_instance_name(name.as_str()), Some((job, last)));
        assert_eq!(JobId::from_instance_name("gke-pool-1"), None);
    }

    #[test]
    fn a_request_id_is_the_same_for_the_same_request_and_differs_otherwise() {
        let job: JobId = "train".parse().expect("valid");
        let zone: Zone = "us-central1-a".parse().expect("valid");
        let id = job.request_id(Attempt::FIRST, &zone, "insert");
        assert_eq!(id, job.request_id(Attempt::FIRST, &zone, "insert"));
        assert_ne!(id, job.request_id(Attempt::FIRST.next(), &zone, "insert"));
        assert_ne!(id, job.request_id(Attempt::FIRST, &zone, "delete"));
    }
}
