//! Jobs, their attempts, and the names derived from the two.
//!
//! A retried effect must reach the same resource again, so names and request
//! ids are never random: they follow from (deployment, job, attempt).

use crate::{
    cloud::{DeploymentId, InstanceName, Zone},
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

/// UUID namespace of request ids and of the marks in names. Arbitrary, but must
/// never change.
const NAMESPACE: Uuid = Uuid::from_u128(0x6772_6f75_6e64_6372_6577_2072_6571_7565);

/// Machines. Deployments whose machines share a project never use each other's names
/// and request ids, even if they have one name in two projects.
impl DeploymentId {
    /// The name of the machine for `attempt` of `job`: `gc-{job}-{attempt}-{mark}`,
    /// where the mark is eight hexadecimal digits that follow from the deployment.
    ///
    /// # Panics
    /// Never: 40 characters of job, 10 of attempt and 8 of mark fit in 63.
    #[must_use]
    pub fn instance(&self, job: &JobId, attempt: Attempt) -> InstanceName {
        format!("gc-{job}-{attempt}-{}", self.mark())
            .parse()
            .expect("a valid instance name")
    }

    /// The job and the attempt in the name of a machine; `None` if this deployment
    /// does not name machines so.
    #[must_use]
    pub fn attempt_of(&self, instance: &str) -> Option<(JobId, Attempt)> {
        let (rest, mark) = instance.strip_prefix("gc-")?.rsplit_once('-')?;
        let (job, attempt) = rest.rsplit_once('-').filter(|_| mark == self.mark())?;
        Some((job.parse().ok()?, attempt.parse().ok()?))
    }

    /// The request id of `verb` on a machine of this deployment in `zone`. It is
    /// the same for every retry, so Compute Engine executes the request once.
    #[must_use]
    pub fn request_id(&self, instance: &InstanceName, zone: &Zone, verb: &str) -> Uuid {
        let request = format!("{self}/{zone}/{instance}/{verb}");
        Uuid::new_v5(&NAMESPACE, request.as_bytes())
    }

    fn mark(&self) -> String {
        let digest = Uuid::new_v5(&NAMESPACE, self.as_str().as_bytes());
        digest.simple().to_string().split_off(24)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment(name: &str) -> DeploymentId {
        name.parse().expect("valid")
    }

    #[test]
    fn the_longest_job_id_makes_a_valid_machine_name() {
        let ours = deployment(&format!("{}_{}", "p".repeat(30), "d".repeat(32)));
        let job: JobId = "j".repeat(40).parse().expect("valid");
        let last: Attempt = u32::MAX.try_into().expect("valid");
        let name = ours.instance(&job, last);
        assert!(name.as_str().len() <= 63 && name.as_str().starts_with("gc-"));
        assert_eq!(ours.attempt_of(name.as_str()), Some((job, last)));
        for foreign in ["gke-pool-1", "gc-train-1", "gc-train-1-00000000"] {
            assert_eq!(ours.attempt_of(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn deployments_share_neither_names_nor_request_ids() {
        for theirs in ["example-home_staging", "another-home_production"] {
            share_nothing(&deployment("example-home_production"), &deployment(theirs));
        }
    }

    fn share_nothing(ours: &DeploymentId, theirs: &DeploymentId) {
        let job: JobId = "train".parse().expect("valid");
        let zone: Zone = "us-central1-a".parse().expect("valid");
        let name = ours.instance(&job, Attempt::FIRST);
        assert_ne!(name, theirs.instance(&job, Attempt::FIRST));
        assert_eq!(theirs.attempt_of(name.as_str()), None);
        let id = ours.request_id(&name, &zone, "insert");
        assert_eq!(id, ours.request_id(&name, &zone, "insert"));
        assert_ne!(id, theirs.request_id(&name, &zone, "insert"));
        assert_ne!(id, ours.request_id(&name, &zone, "delete"));
        let next = ours.instance(&job, Attempt::FIRST.next());
        assert_ne!(id, ours.request_id(&next, &zone, "insert"));
    }
}
