//! `groundcrew job show`

use super::summary::{JobSummary, failure};
use crate::{args::OneJob, out, shell, target::Target};
use anyhow::Result;
use jobs::{Job, JobState};
use ledger::{Entry, Record};
use serde_json::{Value, json};
use std::process::ExitCode;

pub(crate) async fn run(args: &OneJob) -> Result<ExitCode> {
    let target = Target::find(&args.target).await?;
    let entry = target.job(&args.id).await?;
    if args.json {
        out::json(&as_json(&entry)?)?;
    } else {
        out::text(&text(entry.id.as_str(), &entry.record))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The job's whole record in the ledger, and its [`JobSummary`].
fn as_json(entry: &Entry<Job>) -> Result<Value> {
    let row = serde_json::to_value(JobSummary::of(entry.id.as_str(), &entry.record))?;
    Ok(json!({ "id": entry.id, "revision": entry.revision, "summary": row, "job": entry.record }))
}

fn text(id: &str, job: &Job) -> String {
    let mut facts = vec![("job", id.to_owned()), ("state", state(job))];
    let mut fact = |name, value: String| facts.push((name, value));
    if let Some(spec) = &job.spec {
        fact("command", shell::command(&spec.command, 2_000));
        for (name, value) in &spec.env {
            fact("env", format!("{name}={}", shell::quote(value)));
        }
        let gpu = spec
            .gpu
            .as_ref()
            .map(|gpu| format!(", {} x {}", gpu.count, gpu.kind));
        let spot = if spec.spot { ", Spot" } else { "" };
        fact(
            "machine",
            format!(
                "{}{}{spot}, {} GB",
                spec.machine_type(),
                gpu.unwrap_or_default(),
                spec.disk_gb
            ),
        );
        fact(
            "max run",
            humantime::format_duration(spec.max_run).to_string(),
        );
        fact("retries", spec.retries.to_string());
        if let Some(volume) = &spec.volume {
            fact("volume", volume.to_string());
        }
    }
    let zones: Vec<&str> = job.zones.iter().map(names::Zone::as_str).collect();
    fact("zones", zones.join(", "));
    fact("submitted", job.submitted.to_string());
    fact("attempt", job.attempt.to_string());
    if let Some(machine) = job.machine() {
        fact("zone", machine.zone.to_string());
    }
    let counters = &job.counters;
    fact(
        "counters",
        format!(
            "{} lost ({} for no known reason), {} never started, {} retried",
            counters.lost, counters.unexplained, counters.unstarted, counters.retried
        ),
    );
    for block in &job.blocked {
        fact(
            "blocked",
            format!("{} until {}: {}", block.zone, block.until, block.reason),
        );
    }
    let facts: Vec<Vec<String>> = facts
        .into_iter()
        .map(|(name, value)| vec![format!("{name}:"), value])
        .collect();
    let history = job.history.iter().map(|entry| {
        vec![
            format!("  {}", entry.at),
            shell::truncate(&entry.what, 1_000),
        ]
    });
    format!(
        "{}history:\n{}",
        out::table(&facts),
        out::table(&history.collect::<Vec<_>>())
    )
}

/// The state with its details.
pub(crate) fn state(job: &Job) -> String {
    let name = job.state();
    match &job.state {
        JobState::Queued { waiting_for } if waiting_for.is_empty() => name.to_owned(),
        JobState::Queued { waiting_for } => format!("{name}, waiting for {waiting_for}"),
        JobState::Launching { machine } | JobState::Running { machine, .. } => {
            format!("{name} in {}, attempt {}", machine.zone, machine.attempt)
        }
        JobState::Draining { machine, until, .. } => {
            format!(
                "{name} in {}, attempt {}, until {until} at the latest",
                machine.zone, machine.attempt
            )
        }
        JobState::Deleting { machine, .. } => format!("{name} the machine in {}", machine.zone),
        JobState::Done { outcome, .. } => {
            format!(
                "{name}, {}",
                failure(outcome).unwrap_or_else(|| "exited with 0".to_owned())
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::summary::tests::{done, job};
    use jobs::JobOutcome;
    use ledger::HistoryEntry;
    use names::Timestamp;

    #[test]
    fn a_job_is_shown_with_its_history() {
        let mut job = job(done(JobOutcome::Failed {
            reason: "403: no".to_owned(),
        }));
        job.spec.as_mut().expect("a spec").volume = "data".parse().ok();
        job.history.push(HistoryEntry {
            at: Timestamp::from_seconds(1_000),
            what: "queued\nnow".to_owned(),
        });
        let text = text("job-1", &job);
        for line in [
            "job:        job-1",
            "state:      done, failed: 403: no",
            "command:    sh -c 'exit 3'",
            "volume:     data",
            "machine:    e2-standard-2, 10 GB",
            "counters:   0 lost (0 for no known reason), 0 never started, 0 retried",
            "  1970-01-01T00:16:40Z  queued now",
        ] {
            assert!(text.lines().any(|l| l == line), "{line:?} in\n{text}");
        }
    }
}
