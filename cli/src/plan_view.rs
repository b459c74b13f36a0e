//! How a plan and its execution are shown.

use crate::{out, progress};
use anyhow::{Result, anyhow, bail};
use plan::{Action, ApplyReport, Colours, Plan, Progress, ResourceId, StepEvent, StepOutcome};
use std::{collections::BTreeMap, process::ExitCode};

fn colours() -> Colours {
    match out::has_colours() {
        true => Colours::Ansi,
        false => Colours::None,
    }
}

pub(crate) fn print_plan(plan: &Plan) -> Result<()> {
    Ok(out::coloured_line(&plan.shown(colours()).to_string())?)
}

/// Says what to do about more access than the setup gives, if there is any.
pub(crate) fn note_surplus(plan: &Plan) {
    let surplus: Vec<String> = plan
        .surplus()
        .map(|(id, surplus)| format!("  {id}: {}", surplus.item))
        .collect();
    if !surplus.is_empty() {
        out::note!(
            "others gave more access than the setup does, which apply keeps; remove what nobody \
             needs, grants from the policy and firewall rules from the network:\n{}",
            surplus.join("\n")
        );
    }
}

/// Fails if a step of `plan` is refused: then nothing would be done, and what the
/// ledger says of the project stays true.
pub(crate) fn check_satisfiable(plan: &Plan) -> Result<()> {
    let refusals = plan.steps.iter().filter_map(|step| match &step.action {
        Action::Refuse { reason } => Some(format!("{}: {reason}", step.id)),
        Action::Create
        | Action::Restore { .. }
        | Action::Change { .. }
        | Action::Delete
        | Action::Keep
        | Action::Adopt { .. }
        | Action::Retain { .. } => None,
    });
    let refusals: Vec<String> = refusals.collect();
    match refusals.is_empty() {
        true => Ok(()),
        false => bail!("nothing was changed: {}", refusals.join("\n  ")),
    }
}

/// Prints a plan that has only differences.
pub(crate) fn print_drift(plan: &Plan) -> Result<()> {
    if plan.steps.is_empty() {
        return Ok(out::line("no drift")?);
    }
    // Without the counts in the last line: they include unchanged resources.
    let text = plan.shown(colours()).to_string();
    out::line(text.rsplit_once('\n').map_or("", |(steps, _)| steps))?;
    note_surplus(plan);
    Ok(())
}

/// One error with a line for each resource that could not be observed.
pub(crate) fn observation_failed(errors: Vec<plan::Error>) -> anyhow::Error {
    let texts = errors
        .into_iter()
        .map(|error| format!("{:#}", anyhow!(error)));
    anyhow!(texts.collect::<Vec<_>>().join("\n  "))
}

/// Prints the progress of a step to standard error.
pub(crate) fn print_step(event: StepEvent<'_>) {
    let StepEvent { id, progress } = event;
    let name = id.to_string();
    match progress {
        Progress::Started => progress::begin_step(&name),
        Progress::Waiting { reason } => {
            progress::step_waits(&name, &reason.to_string());
            out::note!("  {id}: waiting: {reason}");
        }
        Progress::Ended(_) => progress::end_step(&name),
    }
    if let Progress::Ended(outcome) = progress {
        match outcome {
            StepOutcome::Unchanged => {}
            StepOutcome::Created { .. } => out::note!("  {id}: created"),
            StepOutcome::Adopted => out::note!("  {id}: adopted"),
            StepOutcome::Changed => out::note!("  {id}: changed"),
            // Bindings that groundcrew did not make remain in the policy.
            StepOutcome::Deleted if matches!(id, ResourceId::Policy(_)) => {
                out::note!("  {id}: groundcrew's grants removed")
            }
            StepOutcome::Deleted => out::note!("  {id}: deleted"),
            StepOutcome::Retained { until: None } => out::note!("  {id}: retained"),
            StepOutcome::Retained { until: Some(until) } => {
                out::note!("  {id}: retained until {until}")
            }
            StepOutcome::Failed { reason, .. } => out::note!("  {id}: failed: {reason}"),
            StepOutcome::Blocked { by } => out::note!("  {id}: not attempted: {by}"),
        }
    }
}

/// The number of steps with each outcome, and the exit code.
pub(crate) fn summarize(report: &ApplyReport) -> (String, ExitCode) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for outcome in report.outcomes.values() {
        let word = match outcome {
            StepOutcome::Unchanged => "unchanged",
            StepOutcome::Created { .. } => "created",
            StepOutcome::Adopted => "adopted",
            StepOutcome::Changed => "changed",
            StepOutcome::Deleted => "deleted",
            StepOutcome::Retained { .. } => "retained",
            StepOutcome::Failed { .. } => "failed",
            StepOutcome::Blocked { .. } => "not attempted",
        };
        *counts.entry(word).or_default() += 1;
    }
    let counts: Vec<String> = counts
        .iter()
        .map(|(word, n)| format!("{n} {word}"))
        .collect();
    let text = match counts.is_empty() {
        true => "nothing to do".to_owned(),
        false => counts.join(", "),
    };
    if let Some(drift) = report.remaining.as_ref().filter(|drift| !drift.is_empty()) {
        out::note!("changed by someone else in the meantime:\n{drift}");
    }
    for error in &report.unobserved {
        out::note!("done, but not verified: {error}");
    }
    let code = match report.is_done() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    };
    (text, code)
}
