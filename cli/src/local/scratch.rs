//! The folder of a local cloud's machines and of the contents of its objects.

use rustix::{
    io::Errno,
    process::{Pid, test_kill_process},
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The name of a temporary folder begins with it and ends with a process ID.
const PREFIX: &str = "groundcrew-local-";

/// The folder of a persisted state or, without one, a temporary folder, which is
/// removed when this is dropped.
pub(super) struct Scratch {
    folder: PathBuf,
    temporary: bool,
}

impl Scratch {
    /// The folder `state` if there is one, so that the processes and the disks that
    /// a killed local cloud left are found. Otherwise a temporary folder; those of
    /// local clouds that were killed are removed.
    pub(super) fn new(state: Option<&Path>) -> Self {
        if let Some(state) = state {
            return Self {
                folder: state.to_owned(),
                temporary: false,
            };
        }
        let parent = std::env::temp_dir();
        remove_leftovers(&parent);
        Self {
            folder: parent.join(format!("{PREFIX}{}", std::process::id())),
            temporary: true,
        }
    }

    /// The folder with a subfolder for each machine.
    pub(super) fn machines(&self) -> PathBuf {
        self.folder.join("machines")
    }

    /// The file of the certificate authority, for the machines.
    pub(super) fn ca(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// The folder of large contents.
    pub(super) fn objects(&self) -> PathBuf {
        self.folder.join("objects")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if self.temporary {
            // The next local cloud tries again.
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// Removes the temporary folders of processes that no longer exist.
fn remove_leftovers(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let pid = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
        let pid = pid.and_then(|pid| Pid::from_raw(pid.parse().ok()?));
        if pid.is_some_and(|pid| test_kill_process(pid) == Err(Errno::SRCH)) {
            // Another user's cannot be removed.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_of_processes_that_ended_are_removed() {
        let parent = std::env::temp_dir().join(format!("gc-scratch-{}", std::process::id()));
        let mut child = std::process::Command::new("true").spawn().expect("starts");
        child.wait().expect("ends");
        let folder = |id: u32| parent.join(format!("{PREFIX}{id}"));
        let (ended, own, other) = (
            folder(child.id()),
            folder(std::process::id()),
            parent.join("groundcrew-local-x"),
        );
        for folder in [&ended, &own, &other] {
            fs::create_dir_all(folder.join("1/state")).expect("a folder");
        }
        remove_leftovers(&parent);
        let remaining = [&ended, &own, &other].map(|folder| folder.exists());
        fs::remove_dir_all(&parent).expect("removed");
        assert_eq!(remaining, [false, true, true]);
    }
}
