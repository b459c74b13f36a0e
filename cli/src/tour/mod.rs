//! `groundcrew tour`: runs one job in a local cloud, prints each step as it
//! happens, and summarizes the API calls and permissions; then it makes a product.

mod cleanup;
mod observation;
mod product;
mod step;
mod summary;
mod tracker;

use crate::{
    args::CloudArgs,
    job::{submit, summary::failure},
    local::{Local, Options},
    logging, out,
    target::Target,
};
use anyhow::{Result, bail};
use deployment::Deployment;
use events::JobSpec;
use jobs::JobOutcome;
use names::Duration;
use std::process::ExitCode;
use tokio::{sync::mpsc, time::timeout};
use tracker::JobTracker;

/// Time limit for the job.
const TOUR_TIMEOUT: Duration = Duration::from_secs(60);
/// Time limit for stopping the local cloud.
const STOP_TIMEOUT: Duration = Duration::from_secs(15);

/// The job's command. It sleeps so that output arrives while it is running.
const SCRIPT: &str = "\
echo \"hello from $GROUNDCREW_JOB, attempt $GROUNDCREW_ATTEMPT\"; sleep 1.2; \
echo \"as $(id -un 2>/dev/null || id -u), process $$, in $PWD\"; sleep 0.8; \
echo 'this machine is deleted when I exit'";

pub(crate) async fn run(args: &CloudArgs) -> Result<ExitCode> {
    logging::functions(&Deployment::local(), "off");
    let options = Options {
        record: args.record.clone(),
        audit: args.audit.clone(),
        deny: args.deny.clone(),
        ..Options::default()
    };
    let (sender, observations) = mpsc::unbounded_channel();
    let (command_tap, commands) = mpsc::unbounded_channel();
    let observer = observation::call_observer(sender.clone());
    let local = Local::start(&options, Some(observer), Some(command_tap)).await?;
    tokio::spawn(observation::forward_commands(commands, sender));
    let mut result = run_job(&local, observations).await;
    if result.is_ok() {
        result = product::run(&local).await;
    }
    if timeout(STOP_TIMEOUT, local.stop()).await.is_err() {
        out::note!("groundcrew: the local cloud was stopped before it was drained");
    }
    result?;
    Ok(ExitCode::SUCCESS)
}

async fn run_job(
    local: &Local,
    observations: mpsc::UnboundedReceiver<observation::Observation>,
) -> Result<()> {
    let target = Target::local(&local.url, &local.operator_token())?;
    let id = submit::new_id(target.now(), std::process::id());
    let spec = JobSpec::new(["sh", "-c", SCRIPT].map(String::from).into());
    out::line(&format!(
        "{}, for this tour only; job {id}\n",
        target.description()
    ))?;
    let mut tracker = JobTracker::new(local, &target, &id, observations);
    let result = timeout(TOUR_TIMEOUT, async {
        // Concurrently: a step is printed when it happens, even before the
        // submission is acknowledged.
        let submitted = submit::submit(&target, &id, &spec);
        tokio::try_join!(submitted, tracker.follow())
    });
    let result = match result.await {
        Ok(result) => result.map(|((), outcome)| outcome),
        Err(_) => Err(anyhow::anyhow!(
            "timed out after {} s",
            TOUR_TIMEOUT.as_secs()
        )),
    };
    tracker.drain();
    out::line(&summary::summarize(tracker.calls()))?;
    let outcome = match result {
        Ok(outcome) => outcome,
        Err(error) => bail!(tracker.with_denials(&format!("the tour failed: {error:#}"))),
    };
    match failure(&outcome) {
        Some(reason) => bail!(tracker.with_denials(&format!("the tour failed: job {reason}"))),
        None => check_steps(&tracker, &outcome),
    }
}

fn check_steps(tracker: &JobTracker<'_>, outcome: &JobOutcome) -> Result<()> {
    let missing = tracker.missing();
    if !missing.is_empty() {
        bail!(
            "the tour failed: {outcome:?}, but these steps were not observed: {}",
            missing.join(", ")
        );
    }
    out::line("every step was observed, and no resource was left behind")?;
    Ok(())
}
