//! `groundcrew job cancel`

use super::{show, summary::JobSummary};
use crate::{args::OneJob, out, target::Target};
use anyhow::{Context, Result};
use events::JobChanged;
use gcp::Message;
use std::process::ExitCode;

pub(crate) async fn run(args: &OneJob) -> Result<ExitCode> {
    let target = Target::find(&args.target).await?;
    target.announce();
    let id = &args.id;
    let job = target.job(id).await?.record;
    if job.outcome().is_some() {
        out::note!("nothing to cancel: {id} is {}", show::state(&job));
    } else {
        let message = Message::json(&JobChanged::Cancelled { job: id.clone() });
        target
            .publish(&target.deployment.topics.changes, message)
            .await
            .context("the job was not cancelled")?;
        out::note!(
            "cancelling {id}: `groundcrew job wait {id}` waits until its machine is deleted"
        );
    }
    if args.json {
        // The state before the cancellation, which takes effect later.
        out::json(&JobSummary::of(id.as_str(), &job))?;
    }
    Ok(ExitCode::SUCCESS)
}
