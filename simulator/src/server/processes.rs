//! The processes of a machine.
//!
//! Powering a machine off must end all of its processes, including those in
//! sessions or process groups of their own, such as daemons of a job's command.
//! They are descendants of the machine's [`super::init()`], which inherited a marker
//! in its environment. So did they: a process that outlived init is found by its
//! own marker, or that of an ancestor.
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
    kill_below(|process| {
        let machine = process.machine.as_ref()?.strip_prefix(work_dir).ok()?;
        Some(chosen(machine.to_str()?))
    });
}

/// Kills every descendant of this process.
pub(super) fn kill_descendants() {
    let own = std::process::id();
    kill_below(|process| (process.parent == own).then_some(true));
}

/// Kills every process, except this one, for which `decide` says so, or says so
/// for the nearest ancestor of which it says anything.
fn kill_below(decide: impl Fn(&Process) -> Option<bool>) {
    // All are stopped before the first is killed, so that none can start
    // another or lose the ancestor through which it is found.
    let mut targets = Vec::new();
    loop {
        let all = running();
        let decision = |mut pid: u32| {
            loop {
                let process = all.get(&pid)?;
                if let Some(decided) = decide(process) {
                    return Some(decided);
                }
                pid = process.parent;
            }
        };
        let found: Vec<Pid> = all
            .keys()
            .filter(|pid| **pid != std::process::id() && decision(**pid) == Some(true))
            .filter_map(|pid| Pid::from_raw(i32::try_from(*pid).ok()?))
            .filter(|pid| !targets.contains(pid))
            .collect();
        if found.is_empty() {
            break;
        }
        for pid in found {
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
    /// The folder of its machine, by the marker in its environment.
    machine: Option<PathBuf>,
}

/// The running processes, by ID.
fn running() -> BTreeMap<u32, Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
            Some((pid, read(&entry.path())?))
        })
        .collect()
}

/// `None` if the process has exited.
fn read(folder: &Path) -> Option<Process> {
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
        Some(PathBuf::from(std::ffi::OsStr::from_bytes(value)))
    });
    Some(Process { parent, machine })
}
