//! Where a job's objects lie.

use crate::{Attempt, BucketName, JobId, ObjectName, VolumeName};

/// The folder of the objects that belong to a job: claims, exit records, logs,
/// checkpoints. That of a job with a volume lies in the volume's folder, the
/// only one that its machine can reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobFolder(String);

impl JobFolder {
    /// The folder of `job`, which runs with `volume` if it names one.
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

    /// The object that whoever may run `attempt` creates first, and that
    /// groundcrew creates instead when nobody may run it any more.
    #[must_use]
    pub fn claim(&self, attempt: Attempt) -> ObjectName {
        self.object(attempt, "claim.json")
    }

    /// The object that holds how `attempt` ended, written once.
    #[must_use]
    pub fn exit(&self, attempt: Attempt) -> ObjectName {
        self.object(attempt, "exit.json")
    }

    /// The `part`th piece of the output of `attempt`, from 0; pieces sort in order.
    #[must_use]
    pub fn log(&self, attempt: Attempt, part: u32) -> ObjectName {
        self.object(attempt, &format!("log/{part:08}.txt"))
    }

    /// What the names of all pieces of the output of `attempt` begin with.
    #[must_use]
    pub fn log_prefix(&self, attempt: Attempt) -> String {
        format!("{}attempts/{attempt}/log/", self.0)
    }

    /// Where the job's command keeps what a later attempt goes on from, as a
    /// URL that ends with a slash.
    #[must_use]
    pub fn checkpoints(&self, bucket: &BucketName) -> String {
        format!("gs://{bucket}/{}checkpoints/", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_job_with_a_volume_writes_lies_in_its_volume_and_not_in_its_data() {
        let job: JobId = "j".repeat(40).parse().expect("valid");
        let volume: VolumeName = "v".repeat(20).parse().expect("valid");
        let bucket: BucketName = "bucket".parse().expect("valid");
        let last: Attempt = u32::MAX.try_into().expect("valid");
        let (plain, within) = (
            JobFolder::new(&job, None),
            JobFolder::new(&job, Some(&volume)),
        );
        let names = |folder: &JobFolder| {
            [
                folder.claim(last).to_string(),
                folder.exit(last).to_string(),
                folder.log(last, u32::MAX).to_string(),
                folder.log_prefix(last),
                folder.checkpoints(&bucket).replace("gs://bucket/", ""),
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
        let (log, prefix) = (plain.log(last, 7), plain.log_prefix(last));
        assert!(log.as_str().starts_with(&prefix));
    }
}
