//! `groundcrew job wait`

use super::{exit_code, row::Row, show};
use crate::{args::OneJob, out, target::Target};
use anyhow::Result;
use names::Duration;
use std::process::ExitCode;

/// As timeout(1) exits.
const TIMED_OUT: u8 = 124;

pub(crate) async fn run(args: &OneJob, timeout: Option<Duration>) -> Result<ExitCode> {
    let target = Target::find(&args.target).await?;
    let ended = ended(&target, args);
    let Some(timeout) = timeout else {
        return ended.await;
    };
    match tokio::time::timeout(timeout, ended).await {
        Ok(ended) => ended,
        Err(_) => {
            let (id, span) = (&args.id, humantime::format_duration(timeout));
            eprintln!(
                "groundcrew: {id} is not done after {span}; it goes on: `groundcrew job show {id}`"
            );
            Ok(ExitCode::from(TIMED_OUT))
        }
    }
}

async fn ended(target: &Target, args: &OneJob) -> Result<ExitCode> {
    let mut said = String::new();
    loop {
        let job = target.job(&args.id).await?.record;
        let state = show::state(&job);
        if state != said {
            eprintln!("{} is {state}", args.id);
            said = state;
        }
        if let Some(outcome) = job.outcome() {
            if args.json {
                out::json(&Row::of(args.id.as_str(), &job))?;
            }
            return Ok(exit_code(outcome));
        }
        tokio::time::sleep(target.pause()).await;
    }
}
