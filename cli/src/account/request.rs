//! `groundcrew account request`

use super::{read, row::Row};
use crate::{
    args::{AccountArgs, TargetArgs},
    out,
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
    let spec = read(args)?;
    if args.ssh_key.is_some() || args.no_ssh_key {
        bail!("{NO_SECRET}");
    }
    let file = args.spec.as_ref().map(|file| file.display().to_string());
    let event = event(&spec).map_err(|fault| match file {
        Some(file) => anyhow!("{file}: {fault}"),
        None => anyhow!(fault),
    })?;
    let target = Target::find(&TargetArgs {
        google: args.google.clone(),
        jobs_project: None,
    })
    .await?;
    let project = &spec.project;
    eprintln!("{}: project {project}", target.place());
    let deployments = Deployments::new(target.ledger());
    let before = deployments.get(project).await?;
    refuse(before.as_ref(), &spec, &target)?;
    let topic = &target.deployment.provisioned;
    target
        .publish(topic, Message::json(&event))
        .await
        .context("nothing was asked for")?;
    if no_wait {
        match args.json {
            true => out::json(&json!({ "project": project }))?,
            false => out::line(project.as_str())?,
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut said = String::new();
    loop {
        let now = deployments.get(project).await?;
        let progress = now.as_ref().map(|now| progress(before.as_ref(), now));
        match (&now, progress) {
            (None, _) | (_, None | Some(Progress::Unheard)) => {}
            (_, Some(Progress::Under(text))) => {
                if text != said {
                    eprintln!("{project}: {text}");
                    said = text;
                }
            }
            (_, Some(Progress::Failed(why))) => bail!("{project} is not set up: {why}"),
            (Some(now), Some(Progress::Ready)) => {
                match args.json {
                    true => out::json(&Row::of(project.as_str(), now))?,
                    false => out::line(&format!("{project} is ready"))?,
                }
                return Ok(ExitCode::SUCCESS);
            }
        }
        tokio::time::sleep(target.pause()).await;
    }
}

/// What would be refused is not asked for. Whether anything stands of what
/// failed is not for the caller to see.
fn refuse(before: Option<&Deployment>, spec: &Spec, target: &Target) -> Result<()> {
    let wish = SetupRequest {
        spec: Ok(spec.clone()),
        asked: target.now(),
    };
    match admit(before, false, &wish, target.now()) {
        Admission::Begin(_) | Admission::Check(_) => Ok(()),
        Admission::Superseded(why) | Admission::Refused { why, .. } => {
            bail!("nothing was asked for: {why}")
        }
    }
}

/// How far what was asked for is.
#[derive(Debug, PartialEq, Eq)]
enum Progress {
    /// Nobody has heard of it.
    Unheard,
    /// It is under way, so far.
    Under(String),
    /// It is done.
    Ready,
    /// It will not be done by itself, for this reason.
    Failed(String),
}

/// How far it is, where the ledger said `before` when it was asked for and
/// says `now`. Both times are the ledger's: clocks need not agree.
fn progress(before: Option<&Deployment>, now: &Deployment) -> Progress {
    if let Some(why) = now.last().strip_prefix("refused: ")
        && before.is_none_or(|before| before.history.last() != now.history.last())
    {
        return Progress::Failed(why.to_owned());
    }
    if before.is_some_and(|before| now.asked <= before.asked) {
        return Progress::Unheard;
    }
    match &now.state {
        DeploymentState::Applying => Progress::Under(now.last().to_owned()),
        DeploymentState::Ready => Progress::Ready,
        DeploymentState::Failed { reason } => Progress::Failed(reason.clone()),
        DeploymentState::Removing { .. }
        | DeploymentState::Retained { .. }
        | DeploymentState::Removed => Progress::Failed("somebody removes it meanwhile".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::HistoryEntry;
    use names::Timestamp;

    fn deployment(state: DeploymentState, asked: i64, last: &str) -> Deployment {
        Deployment {
            spec: None,
            state,
            due: None,
            asked: Timestamp::from_seconds(asked),
            tries: 0,
            history: vec![HistoryEntry {
                at: Timestamp::from_seconds(asked),
                what: last.to_owned(),
            }],
        }
    }

    #[test]
    fn progress_is_what_the_ledger_says_since_it_was_asked_for() {
        let applying = deployment(DeploymentState::Applying, 5, "to be set up");
        let under = Progress::Under("to be set up".to_owned());
        assert_eq!(progress(None, &applying), under);
        let before = deployment(DeploymentState::Ready, 3, "set up");
        assert_eq!(progress(Some(&before), &before), Progress::Unheard);
        assert_eq!(progress(Some(&before), &applying), under);
        let again = deployment(DeploymentState::Ready, 5, "set up");
        assert_eq!(progress(Some(&before), &again), Progress::Ready);
        let refused = deployment(DeploymentState::Ready, 3, "refused: r");
        let failed = || Progress::Failed("r".to_owned());
        assert_eq!(progress(Some(&before), &refused), failed());
        assert_eq!(progress(Some(&refused), &refused), Progress::Unheard);
        let reason = "r".to_owned();
        let gone_wrong = deployment(DeploymentState::Failed { reason }, 5, "failed: r");
        assert_eq!(progress(Some(&before), &gone_wrong), failed());
    }
}
