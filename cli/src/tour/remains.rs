//! What a job left behind: nothing, or the tour has failed.

use crate::{local::Local, target::Target};
use anyhow::{Result, bail};
use gcp::methods::compute;
use names::{Duration, JobId, label};
use std::{fs, path::Path};
use tokio::time::{Instant, sleep};

/// How long the last processes of a machine may take to go.
const GONE: Duration = Duration::from_secs(10);

/// Sees that neither the cloud nor this machine has anything left of a job
/// that is done.
pub(super) async fn none(local: &Local, target: &Target, job: &JobId) -> Result<()> {
    let filter = format!("labels.{}={job}", label::JOB);
    let project = &target.deployment.settings.project;
    let found = compute::aggregated_list(&target.client, project, &filter).await?;
    if let Some(left) = found.instances.first() {
        bail!("the job is done, but instance {} is left", left.name);
    }
    let deadline = Instant::now() + GONE;
    while let Some(pid) = process_below(local.scratch()) {
        if Instant::now() > deadline {
            bail!("the job is done, but process {pid} of its machine still runs");
        }
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// A process of a machine: its environment names the machine's folder. Where
/// there is no /proc nobody can tell.
fn process_below(folder: &Path) -> Option<u32> {
    let mark = format!("GROUNDCREW_MACHINE={}/", folder.display());
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let mut ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.find(|id| {
        let environment = fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
        environment
            .split(|byte| *byte == 0)
            .any(|variable| variable.starts_with(mark.as_bytes()))
    })
}
