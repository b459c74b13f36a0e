//! Verifies that a finished job left no instance and no process.

use crate::{local::Local, target::Target};
use anyhow::{Result, bail};
use gcp::methods::compute;
use names::{Duration, JobId, label};
use std::{fs, path::Path};
use tokio::time::{Instant, sleep};

/// Time limit for the processes of a deleted machine to exit.
const EXIT_TIMEOUT: Duration = Duration::from_secs(10);

/// # Errors
/// The cloud still has an instance of the job, or this computer a process of it.
pub(super) async fn verify(local: &Local, target: &Target, job: &JobId) -> Result<()> {
    let filter = format!("labels.{}={job}", label::JOB);
    let project = &target.deployment.settings.project;
    let found = compute::aggregated_list(&target.client, project, &filter).await?;
    if let Some(instance) = found.instances.first() {
        bail!(
            "the job is done, but instance {} still exists",
            instance.name
        );
    }
    let deadline = Instant::now() + EXIT_TIMEOUT;
    while let Some(pid) = find_process(&local.machines_folder()) {
        if Instant::now() > deadline {
            bail!("the job is done, but process {pid} of its machine is still running");
        }
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// A process of a machine in `folder`: its environment names the machine's
/// folder. Always `None` on systems without /proc.
fn find_process(folder: &Path) -> Option<u32> {
    let variable_prefix = format!("GROUNDCREW_MACHINE={}/", folder.display());
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let mut ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.find(|id| {
        let environment = fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
        environment
            .split(|byte| *byte == 0)
            .any(|variable| variable.starts_with(variable_prefix.as_bytes()))
    })
}
