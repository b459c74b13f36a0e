//! The processes of a machine.
//!
//! Powering a machine off must end all of its processes, including those in
//! sessions or process groups of their own, such as a job's command. Each
//! process of a machine inherits a marker in its environment. A process that
//! cleared its environment is found through its ancestors; one that also lost
//! its ancestors is missed.
//!
//! Based on Linux's /proc; elsewhere no processes are found.

use rustix::process::{Pid, Signal, kill_process};
use std::{
    collections::BTreeMap,
    fs,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

/// The environment variable with the machine's folder, which is unique to the
/// machine and its cloud.
pub(super) const MARKER: &str = "GROUNDCREW_MACHINE";

/// Kills every process of the machines in `work_dir` that are `chosen`.
pub(super) fn kill(work_dir: &Path, chosen: impl Fn(&str) -> bool) {
    // All are stopped before the first is killed, so that none can start
    // another or lose the ancestor through which it is found.
    let mut targets = Vec::new();
    loop {
        let mut found = marked_processes(work_dir);
        found.retain(|(pid, machine)| !targets.contains(pid) && chosen(machine));
        if found.is_empty() {
            break;
        }
        for (pid, _) in found {
            // It may have exited.
            let _ = kill_process(pid, Signal::STOP);
            targets.push(pid);
        }
    }
    for pid in targets {
        let _ = kill_process(pid, Signal::KILL);
    }
}

struct Process {
    parent: u32,
    machine: Option<String>,
}

/// The running processes of machines in `work_dir`, with the machine's ID.
fn marked_processes(work_dir: &Path) -> Vec<(Pid, String)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let all: BTreeMap<u32, Process> = entries
        .filter_map(|entry| {
            let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
            Some((pid, read(&entry.path(), work_dir)?))
        })
        .collect();
    let machine = |mut pid: u32| {
        loop {
            let process = all.get(&pid)?;
            if process.machine.is_some() {
                return process.machine.clone();
            }
            pid = process.parent;
        }
    };
    all.keys()
        .filter(|pid| **pid != std::process::id())
        .filter_map(|pid| Some((Pid::from_raw(i32::try_from(*pid).ok()?)?, machine(*pid)?)))
        .collect()
}

/// `None` if the process has exited.
fn read(folder: &Path, work_dir: &Path) -> Option<Process> {
    let stat = fs::read_to_string(folder.join("stat")).ok()?;
    // Format: pid (name) state parent …; the name may contain anything.
    let mut after_name = stat.rsplit_once(") ")?.1.split(' ');
    if after_name.next() == Some("Z") {
        return None;
    }
    let parent = after_name.next()?.parse().ok()?;
    // Other users' processes are not readable and not ours.
    let environment = fs::read(folder.join("environ")).unwrap_or_default();
    let machine = environment.split(|byte| *byte == 0).find_map(|variable| {
        let value = variable
            .strip_prefix(MARKER.as_bytes())?
            .strip_prefix(b"=")?;
        let folder = PathBuf::from(std::ffi::OsStr::from_bytes(value));
        Some(folder.strip_prefix(work_dir).ok()?.to_str()?.to_owned())
    });
    Some(Process { parent, machine })
}
