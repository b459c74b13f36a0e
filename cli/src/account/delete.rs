//! `groundcrew account delete`

use super::{Account, recorder::RecordedStart};
use crate::{
    args::AccountArgs,
    out,
    plan_view::{observation_failed, print_plan, print_step, summarize},
    prompt::confirm_deletion,
};
use account::Spec;
use anyhow::Result;
use plan::{Action, ResourceId, StepOutcome};
use std::{collections::BTreeMap, fmt::Write, process::ExitCode};

pub(crate) async fn run(args: &AccountArgs, yes: bool) -> Result<ExitCode> {
    let account = Account::find(args).await?;
    account.announce();
    let recorder = account.recorder();
    recorder.check("deleted").await?;
    let plan = account.setup.plan_teardown().await;
    let plan = plan.map_err(observation_failed)?;
    if !args.json {
        print_plan(&plan)?;
    }
    if plan.steps.is_empty() && plan.forgotten.is_empty() {
        out::note!(
            "nothing of the deployment {} exists in {}: nothing to delete",
            account.spec.deployment,
            account.spec.project
        );
        recorder.give_up().await?;
        return Ok(ExitCode::SUCCESS);
    }
    account.setup.check_unused(None).await?;
    // Afterwards the sink is gone.
    account.note_closed_topics().await?;
    if !yes {
        let bucket = account.spec.bucket();
        let step = plan.step(&ResourceId::Bucket(bucket.clone()));
        let warning = match step.is_some_and(|step| step.action == Action::Delete) {
            true => format!("the bucket {bucket} and all its files will be deleted"),
            false => format!("the bucket {bucket} is kept, everything else will be deleted"),
        };
        confirm_deletion(&warning, bucket.as_str())?;
    }
    let record = Some(&plan.record).filter(|record| !record.entries.is_empty());
    let start = recorder.begin_removal(record).await?;
    let report = account.setup.delete(&plan, &print_step).await;
    recorder.end(&start, &report).await;
    let report = report?;
    let (text, code) = summarize(&report);
    let follow_up = follow_up(&report.outcomes, &account.spec, args);
    if let (RecordedStart::No, Some(follow_up)) = (start, follow_up) {
        out::note!("{follow_up}");
    }
    match args.json {
        true => out::json(&report)?,
        false => out::line(&text)?,
    }
    Ok(code)
}

/// The command that deletes what Google retains for a time, and when to run it.
/// `None` if nothing but enabled APIs is retained. Needed where the removal is
/// not in the ledger, so that no function finishes it.
fn follow_up(
    outcomes: &BTreeMap<ResourceId, StepOutcome>,
    spec: &Spec,
    args: &AccountArgs,
) -> Option<String> {
    let retained = outcomes.iter().filter_map(|(id, outcome)| match outcome {
        // An enabled API is not disabled again.
        StepOutcome::Retained { until } => id.api().is_none().then_some(*until),
        StepOutcome::Created { .. }
        | StepOutcome::Adopted
        | StepOutcome::Changed
        | StepOutcome::Unchanged
        | StepOutcome::Deleted
        | StepOutcome::Failed { .. }
        | StepOutcome::Blocked { .. } => None,
    });
    let until = retained.max()?;
    let when = until.map_or_else(|| "in a month".to_owned(), |until| format!("after {until}"));
    let mut text = format!(
        "Google retains the rest for a time; to delete it as well, run {when}:\n  \
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
    use names::Timestamp;

    fn args(line: &str) -> AccountArgs {
        let words = format!("groundcrew account plan {line}");
        let command = Arguments::parse_from(words.split(' ')).command;
        let Command::Account(AccountCommand::Plan(args)) = command else {
            panic!("another command");
        };
        args
    }

    #[test]
    fn retained_resources_come_with_the_command_that_deletes_them_and_its_time() {
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
        let without_end = || StepOutcome::Retained { until: None };
        let plain = args("--project customer-project");
        let text = |outcomes: Vec<(ResourceId, StepOutcome)>, args: &AccountArgs| {
            follow_up(&outcomes.into_iter().collect(), &spec, args)
        };
        assert_eq!(
            text(
                vec![(api(), without_end()), (key(), StepOutcome::Deleted)],
                &plain
            ),
            None
        );
        let hint = text(vec![(ring(), without_end()), (key(), until(0))], &plain);
        let hint = hint.expect("a hint");
        assert!(
            hint.ends_with(
                "run after 1970-01-01T00:00:00Z:\n  \
                 groundcrew account delete --project customer-project"
            ),
            "{hint}"
        );
        let other = args("--project customer-project --spec a/x.yaml --google our-home");
        let hint = text(vec![(key(), without_end())], &other).expect("a hint");
        assert!(
            hint.ends_with("run in a month:\n  groundcrew account delete --project customer-project --spec a/x.yaml --google our-home"),
            "{hint}"
        );
    }
}
