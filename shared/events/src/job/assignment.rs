//! The instruction to a machine.

use super::duration_text;
use names::{
    Attempt, BucketName, CryptoKeyName, Duration, JobId, JobObjects, ServiceAccountEmail,
    TopicName, VolumeName,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The attempt that a machine runs, from its metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobAssignment {
    /// The job that the machine runs; also in the names of its objects.
    pub job: JobId,
    /// The attempt that this machine was launched for.
    pub attempt: Attempt,
    /// The program and its arguments; no shell is involved.
    pub command: Vec<String>,
    /// Environment variables of the command.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Time limit of the command.
    #[serde(with = "duration_text")]
    pub max_run: Duration,
    /// Bucket for claim, log and exit record.
    pub bucket: BucketName,
    /// The topic that the agent publishes its reports on.
    pub reports: TopicName,
    /// Audience of the identity token in a report.
    pub audience: String,
    /// Service account of the machine, for the agent's own log.
    pub account: ServiceAccountEmail,
    /// The key that decrypts the user's SSH key in the bucket
    /// ([`names::ssh_key_object`]); `None` if the job does not get the SSH key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssh_key: Option<CryptoKeyName>,
    /// Data volume of the job, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<VolumeName>,
}

impl JobAssignment {
    /// Names of the job's objects in the bucket.
    #[must_use]
    pub fn objects(&self) -> JobObjects {
        JobObjects::new(&self.job, self.volume.as_ref())
    }
}
