//! The processes of a machine.
//!
//! Cutting a machine's power must end everything on it, also what put itself
//! into a session or process group of its own, as a job's command does. So
//! every process of a machine carries a marker in its environment, which
//! children inherit. One that cleared its environment is found through its
//! parents. What did both and lost its parents escapes.
//!
//! Read from Linux's /proc; elsewhere nothing is found.

use rustix::process::{Pid, Signal, kill_process};
use std::{
    collections::BTreeMap,
    fs,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

/// The marker: the machine's folder, which no two local clouds share.
pub(super) const MARKER: &str = "GROUNDCREW_MACHINE";

/// Kills every process whose machine's folder is in `work_dir` and chosen.
pub(super) fn kill(work_dir: &Path, chosen: impl Fn(&str) -> bool) {
    // All are stopped before the first is killed: none starts another behind
    // our back, and none loses the parent that it would be found through.
    let mut doomed = Vec::new();
    loop {
        let mut found = marked(work_dir);
        found.retain(|(pid, machine)| !doomed.contains(pid) && chosen(machine));
        if found.is_empty() {
            break;
        }
        for (pid, _) in found {
            // It may be gone by now.
            let _ = kill_process(pid, Signal::STOP);
            doomed.push(pid);
        }
    }
    for pid in doomed {
        let _ = kill_process(pid, Signal::KILL);
    }
}

struct Process {
    parent: u32,
    machine: Option<String>,
}

/// The living processes of machines in `work_dir`, with the machine's id.
fn marked(work_dir: &Path) -> Vec<(Pid, String)> {
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

/// Nothing if the process is gone or already dead.
fn read(folder: &Path, work_dir: &Path) -> Option<Process> {
    let stat = fs::read_to_string(folder.join("stat")).ok()?;
    // pid (name) state parent …, and the name may hold anything.
    let mut after_name = stat.rsplit_once(") ")?.1.split(' ');
    if after_name.next() == Some("Z") {
        return None;
    }
    let parent = after_name.next()?.parse().ok()?;
    // Other users' processes cannot be read, and are not ours.
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
