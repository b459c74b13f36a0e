//! `groundcrew account request`

use super::{read_spec, summary::DeploymentSummary};
use crate::{
    args::{AccountArgs, TargetArgs},
    out,
    progress::Task,
    target::Target,
};
use account::{
    Admission, Deployment, DeploymentState, Deployments, NO_SECRET, SetupRequest, Spec, admit,
    event,
};
use anyhow::{Context, Result, anyhow, bail};
use gcp::Message;
use serde_json::json;
use std::process::ExitCode;

pub(crate) async fn run(args: &AccountArgs, no_wait: bool) -> Result<ExitCode> {
    let spec = read_spec(args)?;
    if args.ssh_key.is_some() || args.no_ssh_key {
        bail!("{NO_SECRET}");
    }
    let file = args.spec.as_ref().map(|file| file.display().to_string());
    let event = event(&spec).map_err(|error| match file {
        Some(file) => anyhow!("{file}: {error}"),
        None => anyhow!(error),
    })?;
    let target = Target::find(&TargetArgs::home(args.google.as_ref())).await?;
    let project = &spec.project;
    out::note!("{}: project {project}", target.description());
    let deployments = Deployments::new(target.ledger());
    let before = deployments.get(project).await?;
    check_admission(before.as_ref(), &spec, &target)?;
    let topic = &target.deployment.provisioned;
    target
        .publish(topic, Message::json(&event))
        .await
        .context("nothing was requested")?;
    if no_wait {
        match args.json {
            true => out::json(&json!({ "project": project }))?,
            false => out::line(project.as_str())?,
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut printed = String::new();
    let task = Task::begin(&format!("waiting for {project} to be set up"));
    loop {
        let now = deployments.get(project).await?;
        let progress = now.as_ref().map(|now| progress(before.as_ref(), now));
        match (&now, progress) {
            (None, _) | (_, None | Some(SetupProgress::NotReceived)) => {}
            (_, Some(SetupProgress::InProgress(text))) => {
                if text != printed {
                    out::note!("{project}: {text}");
                    task.is(&format!("{project}: {text}"));
                    printed = text;
                }
            }
            (_, Some(SetupProgress::Failed(reason))) => {
                bail!("{project} is not set up: {reason}")
            }
            (Some(now), Some(SetupProgress::Ready)) => {
                match args.json {
                    true => out::json(&DeploymentSummary::of(project.as_str(), now))?,
                    false => out::line(&format!("{project} is ready"))?,
                }
                return Ok(ExitCode::SUCCESS);
            }
        }
        tokio::time::sleep(target.poll_interval()).await;
    }
}

/// Fails if the function would refuse the request. Resources left by a failed
/// setup are not considered: the caller may not be able to see them.
fn check_admission(before: Option<&Deployment>, spec: &Spec, target: &Target) -> Result<()> {
    let request = SetupRequest {
        spec: Ok(spec.clone()),
        requested_at: target.now(),
    };
    match admit(before, false, &request, target.now()) {
        Admission::Begin(_) | Admission::Check(_) => Ok(()),
        Admission::Superseded(reason) | Admission::Refused { reason, .. } => {
            bail!("nothing was requested: {reason}")
        }
    }
}

/// The progress of a requested setup.
#[derive(Debug, PartialEq, Eq)]
enum SetupProgress {
    /// The ledger does not show the request yet.
    NotReceived,
    /// In progress, with the latest history entry.
    InProgress(String),
    /// The project is set up.
    Ready,
    /// Failed for this reason, and will not be retried.
    Failed(String),
}

/// Compares the deployment `before` the request with the one `now`. Only times
/// from the ledger are compared, because clocks may differ.
fn progress(before: Option<&Deployment>, now: &Deployment) -> SetupProgress {
    if let Some(reason) = now.last().strip_prefix("refused: ")
        && before.is_none_or(|before| before.history.last() != now.history.last())
    {
        return SetupProgress::Failed(reason.to_owned());
    }
    if before.is_some_and(|before| now.requested_at <= before.requested_at) {
        return SetupProgress::NotReceived;
    }
    match &now.state {
        DeploymentState::Applying => SetupProgress::InProgress(now.last().to_owned()),
        DeploymentState::Ready => SetupProgress::Ready,
        DeploymentState::Failed { reason } => SetupProgress::Failed(reason.clone()),
        DeploymentState::Removing { .. }
        | DeploymentState::Retained { .. }
        | DeploymentState::Removed => SetupProgress::Failed("it is being removed".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::HistoryEntry;
    use names::Timestamp;

    fn deployment(state: DeploymentState, requested_at: i64, last: &str) -> Deployment {
        Deployment {
            spec: None,
            state,
            due: None,
            requested_at: Timestamp::from_seconds(requested_at),
            failed_attempts: 0,
            history: vec![HistoryEntry {
                at: Timestamp::from_seconds(requested_at),
                what: last.to_owned(),
            }],
        }
    }

    #[test]
    fn progress_is_read_from_the_ledgers_changes_since_the_request() {
        let applying = deployment(DeploymentState::Applying, 5, "to be set up");
        let in_progress = SetupProgress::InProgress("to be set up".to_owned());
        assert_eq!(progress(None, &applying), in_progress);
        let before = deployment(DeploymentState::Ready, 3, "set up");
        assert_eq!(progress(Some(&before), &before), SetupProgress::NotReceived);
        assert_eq!(progress(Some(&before), &applying), in_progress);
        let again = deployment(DeploymentState::Ready, 5, "set up");
        assert_eq!(progress(Some(&before), &again), SetupProgress::Ready);
        let refused = deployment(DeploymentState::Ready, 3, "refused: r");
        let failed = || SetupProgress::Failed("r".to_owned());
        assert_eq!(progress(Some(&before), &refused), failed());
        assert_eq!(
            progress(Some(&refused), &refused),
            SetupProgress::NotReceived
        );
        let reason = "r".to_owned();
        let failed_setup = deployment(DeploymentState::Failed { reason }, 5, "failed: r");
        assert_eq!(progress(Some(&before), &failed_setup), failed());
    }
}
