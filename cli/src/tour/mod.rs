//! `groundcrew tour`: one real job in a local cloud, every step shown as it
//! happens, and what it took.

mod guide;
mod remains;
mod step;
mod summary;
mod watch;

use crate::{
    args::CloudArgs,
    deployment::Deployment,
    job::{row, submit},
    local::{Local, Options},
    logging, out,
    target::Target,
};
use anyhow::{Result, bail};
use events::JobSpec;
use guide::Guide;
use jobs::JobOutcome;
use names::Duration;
use std::process::ExitCode;
use tokio::{sync::mpsc, time::timeout};

const LONGEST: Duration = Duration::from_secs(60);
const STOP: Duration = Duration::from_secs(15);

/// What the job runs: long enough to see its output come while it runs.
const SCRIPT: &str = "\
echo \"hello from $GROUNDCREW_JOB, attempt $GROUNDCREW_ATTEMPT\"; sleep 1.2; \
echo \"as $(id -un 2>/dev/null || id -u), process $$, in $PWD\"; sleep 0.8; \
echo 'a machine of its own, and now it goes'";

/// Runs the tour.
pub(crate) async fn run(args: &CloudArgs) -> Result<ExitCode> {
    logging::functions(&Deployment::local(), "off");
    let options = Options {
        record: args.record.clone(),
        audit: args.audit.clone(),
        deny: args.deny.clone(),
        ..Options::default()
    };
    let (sees, seen) = mpsc::unbounded_channel();
    let (peek, commands) = mpsc::unbounded_channel();
    let local = Local::start(&options, Some(watch::observer(sees.clone())), Some(peek)).await?;
    tokio::spawn(watch::commands(commands, sees));
    let shown = show(&local, seen).await;
    if timeout(STOP, local.stop()).await.is_err() {
        eprintln!("groundcrew: the local cloud was ended before it had finished");
    }
    shown?;
    Ok(ExitCode::SUCCESS)
}

async fn show(local: &Local, seen: mpsc::UnboundedReceiver<watch::Seen>) -> Result<()> {
    let target = Target::local(&local.url, &local.operator_token())?;
    let id = submit::new_id(target.now(), std::process::id());
    let spec = JobSpec::new(["sh", "-c", SCRIPT].map(String::from).into());
    out::line(&format!(
        "{}, of this tour alone; job {id}\n",
        target.place()
    ))?;
    let mut guide = Guide::new(local, &target, &id, seen);
    let walked = timeout(LONGEST, async {
        // At once: what follows is shown when it happens, not when it is answered.
        let submitted = submit::submit(&target, &id, &spec);
        tokio::try_join!(submitted, guide.walk())
    });
    let walked = match walked.await {
        Ok(walked) => walked.map(|((), outcome)| outcome),
        Err(_) => Err(anyhow::anyhow!(
            "it was not over after {} s",
            LONGEST.as_secs()
        )),
    };
    guide.drain();
    out::line(&summary::of(guide.calls()))?;
    let outcome = match walked {
        Ok(outcome) => outcome,
        Err(error) => bail!(guide.verdict(&format!("the tour failed: {error:#}"))),
    };
    match row::failure(&outcome) {
        Some(reason) => bail!(guide.verdict(&format!("the tour failed: its job {reason}"))),
        None => finished(&guide, &outcome),
    }
}

fn finished(guide: &Guide<'_>, outcome: &JobOutcome) -> Result<()> {
    let missing = guide.missing();
    if !missing.is_empty() {
        bail!(
            "the tour failed: {outcome:?}, but these steps were not seen: {}",
            missing.join(", ")
        );
    }
    out::line("every step was seen, and nothing is left")?;
    Ok(())
}
