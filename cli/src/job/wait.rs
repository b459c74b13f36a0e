//! `groundcrew job wait`

use super::{exit_code, show, summary::JobSummary};
use crate::{args::OneJob, out, progress::Task, target::Target};
use anyhow::Result;
use names::Duration;
use std::process::ExitCode;

/// The exit code of timeout(1).
const TIMED_OUT: u8 = 124;

pub(crate) async fn run(args: &OneJob, timeout: Option<Duration>) -> Result<ExitCode> {
    let target = Target::find(&args.target).await?;
    let done = wait(&target, args);
    let Some(timeout) = timeout else {
        return done.await;
    };
    match tokio::time::timeout(timeout, done).await {
        Ok(result) => result,
        Err(_) => {
            let (id, timeout) = (&args.id, humantime::format_duration(timeout));
            out::note!(
                "groundcrew: timed out after {timeout}: {id} continues, see `groundcrew job show {id}`"
            );
            Ok(ExitCode::from(TIMED_OUT))
        }
    }
}

async fn wait(target: &Target, args: &OneJob) -> Result<ExitCode> {
    let mut printed_state = String::new();
    let task = Task::begin(&format!("waiting for {}", args.id));
    loop {
        let job = target.keep_asking(|| target.job(&args.id)).await?.record;
        let state = show::state(&job);
        if state != printed_state {
            out::note!("{} is {state}", args.id);
            task.is(&format!("{} is {state}", args.id));
            printed_state = state;
        }
        if let Some(outcome) = job.outcome() {
            if args.json {
                out::json(&JobSummary::of(args.id.as_str(), &job))?;
            }
            return Ok(exit_code(outcome));
        }
        tokio::time::sleep(target.poll_interval()).await;
    }
}
