//! Names of the objects in a deployment's bucket.
//!
//! | folder | content |
//! |---|---|
//! | `groundcrew/` | the deployment record |
//! | `jobs/` | claims, logs and exit records of jobs |
//! | `volumes/{volume}/jobs/` | the same for jobs that run with a volume |
//! | `volumes/{volume}/data/` | the volume's data |
//! | `secrets/` | ciphertext |
//! | `agent/` | the agent's binary |

use crate::{Attempt, BucketName, JobId, ObjectName, VolumeName};

/// Names of the objects that belong to a job: claims, exit records, logs and
/// checkpoints. For a job with a volume they are in the volume's folder, the
/// only one that its machine has access to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobObjects(String);

impl JobObjects {
    /// The objects of `job`, which runs with `volume` if it names one.
    #[must_use]
    pub fn new(job: &JobId, volume: Option<&VolumeName>) -> Self {
        Self(match volume {
            None => format!("jobs/{job}/"),
            Some(volume) => format!("volumes/{volume}/jobs/{job}/"),
        })
    }

    fn object(&self, attempt: Attempt, leaf: &str) -> ObjectName {
        format!("{}attempts/{attempt}/{leaf}", self.0)
            .parse()
            .expect("a valid object name")
    }

    /// The claim of `attempt`: the machine that runs the attempt creates it
    /// first; groundcrew creates it instead to revoke the attempt.
    #[must_use]
    pub fn claim(&self, attempt: Attempt) -> ObjectName {
        self.object(attempt, "claim.json")
    }

    /// The exit record of `attempt`, written once.
    #[must_use]
    pub fn exit_record(&self, attempt: Attempt) -> ObjectName {
        self.object(attempt, "exit.json")
    }

    /// Part `part`, from 0, of the output of `attempt`. The names sort in order.
    #[must_use]
    pub fn log_part(&self, attempt: Attempt, part: u32) -> ObjectName {
        self.object(attempt, &format!("log/{part:08}.txt"))
    }

    /// The prefix of the names of all parts of the output of `attempt`.
    #[must_use]
    pub fn log_prefix(&self, attempt: Attempt) -> String {
        format!("{}attempts/{attempt}/log/", self.0)
    }

    /// The `gs://` URL of the folder where the job's command keeps its
    /// checkpoints for later attempts. Ends with a slash.
    #[must_use]
    pub fn checkpoints_url(&self, bucket: &BucketName) -> String {
        format!("gs://{bucket}/{}checkpoints/", self.0)
    }
}

/// The object that holds the user's SSH key, encrypted.
///
/// # Panics
/// Never: the name is a constant.
#[must_use]
pub fn ssh_key_object() -> ObjectName {
    "secrets/ssh-key".parse().expect("a valid object name")
}

/// The additional authenticated data that the SSH key in `bucket` is encrypted
/// with, so that ciphertext copied from another bucket does not decrypt.
#[must_use]
pub fn ssh_key_aad(bucket: &BucketName) -> String {
    format!("groundcrew: {} of {bucket}", ssh_key_object())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_of_a_job_with_a_volume_are_in_its_folder_but_not_among_its_data() {
        let job: JobId = "j".repeat(40).parse().expect("valid");
        let volume: VolumeName = "v".repeat(20).parse().expect("valid");
        let bucket: BucketName = "bucket".parse().expect("valid");
        let last: Attempt = u32::MAX.try_into().expect("valid");
        let (plain, within) = (
            JobObjects::new(&job, None),
            JobObjects::new(&job, Some(&volume)),
        );
        let names = |folder: &JobObjects| {
            [
                folder.claim(last).to_string(),
                folder.exit_record(last).to_string(),
                folder.log_part(last, u32::MAX).to_string(),
                folder.log_prefix(last),
                folder.checkpoints_url(&bucket).replace("gs://bucket/", ""),
            ]
        };
        for (plain, within) in names(&plain).into_iter().zip(names(&within)) {
            assert_eq!(
                within,
                format!("{}{plain}", volume.folder(&bucket).prefix())
            );
            assert!(!within.starts_with(volume.data(&bucket).prefix()));
            assert!(plain.starts_with(&format!("jobs/{job}/")));
        }
        let (log, prefix) = (plain.log_part(last, 7), plain.log_prefix(last));
        assert!(log.as_str().starts_with(&prefix));
    }
}
