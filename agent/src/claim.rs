//! The fence: at most one command runs per attempt, on whichever machine.

use crate::{
    bucket::{Bucket, Created},
    decide::{Claimed, Holder},
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
    marker: &Marker,
    now: Timestamp,
) -> Claimed {
    let object = assignment.objects().claim(assignment.attempt);
    let ours = Claim::Machine {
        instance_id: instance_id.to_owned(),
        at: now,
    };
    let bytes = serde_json::to_vec(&ours).expect("a claim is plain data");
    loop {
        let created = bucket.create(&object, "application/json", bytes.clone().into());
        match created.await {
            Created::Now => return Claimed::Won,
            Created::Before => {}
        }
        // Gone again between the two requests: claim once more.
        let Some(found) = bucket.read(&object).await else {
            continue;
        };
        return match serde_json::from_slice(&found) {
            Ok(Claim::Machine {
                instance_id: id, ..
            }) if id == instance_id => Claimed::AlreadyMine {
                started: marker.exists(),
            },
            Ok(Claim::Machine { instance_id, .. }) => Claimed::Lost(Holder::Machine(instance_id)),
            Ok(Claim::Revoked { .. }) => Claimed::Lost(Holder::Revoked),
            Err(e) => {
                tracing::error!(%object, error = %e, "the claim cannot be read");
                Claimed::Lost(Holder::Unreadable)
            }
        };
    }
}

/// The file that says that an attempt's command was started on this machine.
/// It outlives the agent and a reboot, so that neither starts it again.
#[derive(Debug, Clone)]
pub(crate) struct Marker(PathBuf);

impl Marker {
    /// The marker of `assignment` on the machine `instance_id`. On a laptop
    /// many machines share one folder, so the name holds all that tells them apart.
    pub(crate) fn new(folder: &Path, assignment: &JobAssignment, instance_id: &str) -> Self {
        let (job, attempt) = (&assignment.job, assignment.attempt);
        Self(folder.join(format!("{instance_id}-{job}-{attempt}.started")))
    }

    /// Whether it is there. Where that cannot be told, it counts as there.
    fn exists(&self) -> bool {
        self.0.try_exists().unwrap_or(true)
    }

    /// Sets it, on disk for good; whether it was not set before.
    pub(crate) fn set(&self) -> io::Result<bool> {
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
    fn a_marker_is_set_once_and_stays() {
        let folder = testing::Folder::new("marker");
        let marker = Marker::new(&folder.0.join("new"), &testing::assignment(), "7");
        assert!(!marker.exists());
        assert!(marker.set().expect("writable"));
        assert!(marker.exists() && !marker.set().expect("readable"));
        let other = Marker::new(&folder.0.join("new"), &testing::assignment(), "8");
        assert!(!other.exists(), "another machine's");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_an_error() {
        let marker = Marker::new(Path::new("/dev/null/x"), &testing::assignment(), "7");
        assert!(marker.set().is_err());
    }
}
