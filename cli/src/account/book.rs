//! What is done by hand, in groundcrew's ledger, as far as the caller may
//! write there. A customer with credentials of their own may not, and sets
//! projects up all the same.

use crate::{args::AccountArgs, target::Target};
use account::{AttemptResult, Error, ManualRun, ManualStart, Settings, Spec};
use anyhow::{Context, Result, anyhow, bail};
use gcp::{Class, Classify};
use names::{Duration, Timestamp};
use plan::{ApplyReport, DeploymentRecord, ResourceId, StepOutcome};
use std::{collections::BTreeMap, fmt::Write};

/// How long a setup waits for the ledger.
const PATIENCE: Duration = Duration::from_secs(20);

/// The ledger.
pub(crate) struct Book<'a> {
    hand: ManualRun,
    spec: &'a Spec,
}

/// What the ledger says of something that begins.
pub(crate) enum Begun {
    /// It knows, since this time.
    Known(Timestamp),
    /// It does not.
    Unknown,
}

impl<'a> Book<'a> {
    pub(crate) fn new(target: &Target, settings: Settings, spec: &'a Spec) -> Self {
        Self {
            hand: ManualRun::new(target.client.clone(), target.ledger(), settings),
            spec,
        }
    }

    /// Notes that the project is about to be set up.
    pub(crate) async fn begin_apply(&self, is_to_do: bool) -> Result<Begun> {
        let begun = self.hand.begin_apply(self.spec, is_to_do);
        let Ok(begun) = tokio::time::timeout(PATIENCE, begun).await else {
            let span = humantime::format_duration(PATIENCE);
            eprintln!("the ledger does not know of it: no answer within {span}");
            return Ok(Begun::Unknown);
        };
        match begun {
            Ok(ManualStart::Started(asked)) => Ok(Begun::Known(asked)),
            Ok(ManualStart::Conflict(why)) => bail!("nothing was changed: {why}"),
            Err(error) if error.is_closed() || error.class() == Class::Transient => {
                Ok(unknown(error))
            }
            Err(error) => Err(anyhow!(error)).context("nothing was changed"),
        }
    }

    /// Notes that what groundcrew made is about to be removed.
    pub(crate) async fn begin_removal(&self, record: Option<&DeploymentRecord>) -> Result<Begun> {
        match self.hand.begin_removal(self.spec, record).await {
            Ok(ManualStart::Started(asked)) => Ok(Begun::Known(asked)),
            Ok(ManualStart::Conflict(why)) => {
                eprintln!("the ledger does not know of it: {why}");
                Ok(Begun::Unknown)
            }
            Err(error) if error.is_closed() => Ok(unknown(error)),
            Err(error) => Err(anyhow!(error)).context("nothing was deleted"),
        }
    }

    /// Notes what became of it. It is done, whatever the ledger says.
    pub(crate) async fn end(&self, begun: &Begun, tried: &AttemptResult) {
        let Begun::Known(asked) = begun else {
            return;
        };
        if let Err(error) = self.hand.end(&self.spec.project, *asked, tried).await {
            eprintln!(
                "what became of it is not in the ledger: {:#}",
                anyhow!(error)
            );
        }
    }

    /// Notes that nothing is there.
    pub(crate) async fn give_up(&self) -> Result<()> {
        match self.hand.give_up(self.spec).await {
            Err(error) if !error.is_closed() => Err(anyhow!(error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

fn unknown(error: Error) -> Begun {
    eprintln!("the ledger does not know of it: {:#}", anyhow!(error));
    Begun::Unknown
}

/// What an attempt came to.
pub(crate) fn tried(report: &Result<ApplyReport, plan::Error>) -> AttemptResult {
    match report {
        Ok(report) => AttemptResult::of(report),
        Err(error) => AttemptResult::unobserved(std::slice::from_ref(error)),
    }
}

/// What to run, and when, to finish what nobody else will: `None` if Google
/// keeps nothing that ever goes.
pub(crate) fn left_to_do(
    outcomes: &BTreeMap<ResourceId, StepOutcome>,
    spec: &Spec,
    args: &AccountArgs,
) -> Option<String> {
    let kept = outcomes.iter().filter_map(|(id, outcome)| match outcome {
        // An API stays enabled for good.
        StepOutcome::Retained { until } => id.api().is_none().then_some(*until),
        StepOutcome::Created { .. }
        | StepOutcome::Adopted
        | StepOutcome::Changed
        | StepOutcome::Unchanged
        | StepOutcome::Deleted
        | StepOutcome::Failed { .. }
        | StepOutcome::Blocked { .. } => None,
    });
    let until = kept.max()?;
    let when = until.map_or_else(|| "in a month".to_owned(), |until| format!("after {until}"));
    let mut text = format!(
        "Google keeps the rest for a time; to remove that too, run {when}:\n  \
         groundcrew account delete --project {}",
        spec.project
    );
    if let Some(file) = &args.spec {
        let _ = write!(text, " --spec {}", file.display());
    }
    if let Some(home) = &args.google {
        let _ = write!(text, " --google {home}");
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{AccountCommand, Arguments, Command};
    use clap::Parser;

    fn args(line: &str) -> AccountArgs {
        let words = format!("groundcrew account plan {line}");
        let command = Arguments::parse_from(words.split(' ')).command;
        let Command::Account(AccountCommand::Plan(args)) = command else {
            panic!("another command");
        };
        args
    }

    #[test]
    fn what_google_keeps_comes_with_what_to_run_and_when() {
        let spec = Spec::of("customer-project".parse().expect("valid"));
        let key = || ResourceId::Key(spec.key());
        let ring = || ResourceId::Ring(spec.key().ring().clone());
        let api = || {
            ResourceId::Api(
                "projects/customer-project/services/compute.googleapis.com"
                    .parse()
                    .expect("valid"),
            )
        };
        let until = |seconds| StepOutcome::Retained {
            until: Some(Timestamp::from_seconds(seconds)),
        };
        let open = || StepOutcome::Retained { until: None };
        let plain = args("--project customer-project");
        let text = |outcomes: Vec<(ResourceId, StepOutcome)>, args: &AccountArgs| {
            left_to_do(&outcomes.into_iter().collect(), &spec, args)
        };
        assert_eq!(
            text(vec![(api(), open()), (key(), StepOutcome::Deleted)], &plain),
            None
        );
        let said = text(vec![(ring(), open()), (key(), until(0))], &plain).expect("a hint");
        assert!(
            said.ends_with(
                "run after 1970-01-01T00:00:00Z:\n  \
                 groundcrew account delete --project customer-project"
            ),
            "{said}"
        );
        let theirs = args("--project customer-project --spec a/x.yaml --google our-home");
        let said = text(vec![(key(), open())], &theirs).expect("a hint");
        assert!(
            said.ends_with("run in a month:\n  groundcrew account delete --project customer-project --spec a/x.yaml --google our-home"),
            "{said}"
        );
    }
}
