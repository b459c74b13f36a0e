//! Processes that the command started and that outlived their parents. The agent
//! adopts and reaps them, as init does.

use rustix::process::{self, Pid, WaitOptions};
use std::{fs, io};

/// Makes this process the parent of its orphaned descendants, so that it reaps
/// them in a container that has no init.
pub(crate) fn adopt() {
    #[cfg(target_os = "linux")]
    if let Err(e) = process::set_child_subreaper(Some(process::getpid())) {
        tracing::debug!(error = %e, "orphans are left to init");
    }
}

/// Reaps the children of this process that have ended, except `command`, whose
/// exit status is read elsewhere. Without /proc they stay until the agent exits.
pub(crate) fn reap(command: Pid) {
    let own = process::getpid();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let pid = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok());
        let Some(pid) = pid.and_then(Pid::from_raw) else {
            continue;
        };
        if pid != command && has_ended(pid, own).unwrap_or(false) {
            // Somebody else may have reaped it.
            let _ = process::waitpid(Some(pid), WaitOptions::NOHANG);
        }
    }
}

/// Whether `pid` is a child of `parent` that has ended and was not reaped.
fn has_ended(pid: Pid, parent: Pid) -> io::Result<bool> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()))?;
    // Format: pid (name) state parent …; the name may contain anything.
    let (_, after_name) = stat.rsplit_once(") ").unwrap_or_default();
    let zombie = format!("Z {} ", parent.as_raw_nonzero());
    Ok(after_name.starts_with(&zombie))
}
