//! The fence of an attempt: at most one machine runs its command, once.

use crate::{
    bucket::{Bucket, CreateResult},
    decide::{ClaimHolder, ClaimResult},
};
use events::{Claim, JobAssignment};
use names::Timestamp;
use std::{
    fs::{self, File},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

/// Claims the attempt of `assignment` for the machine `instance_id`.
pub(crate) async fn claim(
    bucket: &Bucket,
    assignment: &JobAssignment,
    instance_id: &str,
    marker: &StartMarker,
    now: Timestamp,
) -> ClaimResult {
    let object = assignment.objects().claim(assignment.attempt);
    let ours = Claim::Machine {
        instance_id: instance_id.to_owned(),
        at: now,
    };
    let bytes = serde_json::to_vec(&ours).expect("a claim is plain data");
    loop {
        let created = bucket.create(&object, "application/json", bytes.clone().into());
        match created.await {
            CreateResult::Created => return ClaimResult::Won,
            CreateResult::AlreadyExists => {}
        }
        // Deleted between the two requests: claim again.
        let Some(found) = bucket.read(&object).await else {
            continue;
        };
        return match serde_json::from_slice(&found) {
            Ok(Claim::Machine {
                instance_id: id, ..
            }) if id == instance_id => ClaimResult::AlreadyMine {
                started: marker.exists(),
            },
            Ok(Claim::Machine { instance_id, .. }) => {
                ClaimResult::Lost(ClaimHolder::Machine(instance_id))
            }
            Ok(Claim::Revoked { .. }) => ClaimResult::Lost(ClaimHolder::Revoked),
            Err(e) => {
                tracing::error!(%object, error = %e, "the claim is not valid");
                ClaimResult::Lost(ClaimHolder::Unreadable)
            }
        };
    }
}

/// The file that records that an attempt's command was started on this machine.
/// It survives a restart of the agent and a reboot, so that neither starts the
/// command again.
#[derive(Debug, Clone)]
pub(crate) struct StartMarker(PathBuf);

impl StartMarker {
    /// The marker of `assignment` on the machine `instance_id`. On a laptop many
    /// machines share one folder, so the file name identifies the machine, too.
    pub(crate) fn new(folder: &Path, assignment: &JobAssignment, instance_id: &str) -> Self {
        let (job, attempt) = (&assignment.job, assignment.attempt);
        Self(folder.join(format!("{instance_id}-{job}-{attempt}.started")))
    }

    /// Whether the marker exists; `true` if that cannot be determined.
    fn exists(&self) -> bool {
        self.0.try_exists().unwrap_or(true)
    }

    /// Creates the marker and syncs it to disk; `false` if it existed before.
    pub(crate) fn create(&self) -> io::Result<bool> {
        let folder = self.0.parent().unwrap_or_else(|| Path::new("."));
        fs::create_dir_all(folder)?;
        match File::create_new(&self.0) {
            Ok(file) => file.sync_all()?,
            Err(e) if e.kind() == ErrorKind::AlreadyExists => return Ok(false),
            Err(e) => return Err(e),
        }
        File::open(folder)?.sync_all()?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn a_marker_is_created_once_and_stays() {
        let folder = testing::Folder::new("marker");
        let marker = StartMarker::new(&folder.0.join("new"), &testing::assignment(), "7");
        assert!(!marker.exists());
        assert!(marker.create().expect("writable"));
        assert!(marker.exists() && !marker.create().expect("readable"));
        let other = StartMarker::new(&folder.0.join("new"), &testing::assignment(), "8");
        assert!(!other.exists(), "another machine's");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_an_error() {
        let marker = StartMarker::new(Path::new("/dev/null/x"), &testing::assignment(), "7");
        assert!(marker.create().is_err());
    }
}
