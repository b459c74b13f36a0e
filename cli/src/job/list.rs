//! `groundcrew job list`

use super::summary::JobSummary;
use crate::{args::ListArgs, out, target::Target};
use anyhow::Result;
use jobs::{Job, JobOutcome};
use ledger::{Entry, Ledger, Query};
use std::process::ExitCode;

/// Jobs per page of the ledger's results.
const PAGE_SIZE: u32 = 200;

pub(crate) async fn run(args: &ListArgs) -> Result<ExitCode> {
    let target = Target::find(&args.target).await?;
    let states = if args.failed {
        vec!["done".to_owned()]
    } else {
        args.states.clone()
    };
    let limit = usize::try_from(args.limit)?;
    let matches = |job: &Job| !args.failed || has_failed(job);
    let mut jobs = newest(&target.ledger(), states, limit + 1, matches).await?;
    if jobs.len() > limit {
        jobs.truncate(limit);
        out::note!("there are more than the newest {limit} jobs: list them with --limit");
    }
    let rows = jobs
        .iter()
        .map(|entry| JobSummary::of(entry.id.as_str(), &entry.record));
    if args.json {
        out::json(&rows.collect::<Vec<_>>())?;
    } else if jobs.is_empty() {
        out::note!("no matching jobs");
    } else {
        let now = target.now();
        let table: Vec<_> = std::iter::once(JobSummary::header())
            .chain(rows.map(|row| row.cells(now)))
            .collect();
        out::text(&out::table(&table))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// At most `limit` jobs in `states` (all states if empty) that satisfy `matches`,
/// the newest first.
pub(crate) async fn newest(
    ledger: &Ledger,
    states: Vec<String>,
    limit: usize,
    matches: impl Fn(&Job) -> bool,
) -> Result<Vec<Entry<Job>>> {
    let mut query = Query {
        states,
        due_by: None,
        newest_first: true,
        limit: PAGE_SIZE
            .min(u32::try_from(limit).unwrap_or(PAGE_SIZE))
            .max(1),
        after: None,
    };
    let mut found = Vec::new();
    loop {
        let page = ledger.query::<Job>(&query).await?;
        for error in &page.unreadable {
            out::note!("skipped an unreadable record: {error}");
        }
        found.extend(
            page.entries
                .into_iter()
                .filter(|entry| matches(&entry.record)),
        );
        query.after = page.next;
        if found.len() >= limit || query.after.is_none() {
            found.truncate(limit);
            return Ok(found);
        }
        query.limit = PAGE_SIZE;
    }
}

fn has_failed(job: &Job) -> bool {
    job.outcome()
        .map(JobOutcome::exit_code)
        .is_some_and(|code| code != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::summary::tests::{done, job};
    use events::ExitStatus;
    use jobs::JobState;

    #[test]
    fn a_job_has_failed_if_it_is_done_without_success() {
        let exited = |code| {
            done(JobOutcome::Ended {
                exit_status: ExitStatus::Exited { code },
            })
        };
        let reason = || "r".to_owned();
        for (state, failed) in [
            (
                JobState::Queued {
                    waiting_for: reason(),
                },
                false,
            ),
            (exited(0), false),
            (exited(1), true),
            (done(JobOutcome::Cancelled), true),
            (done(JobOutcome::Rejected { reason: reason() }), true),
            (done(JobOutcome::Failed { reason: reason() }), true),
        ] {
            assert_eq!(has_failed(&job(state.clone())), failed, "{state:?}");
        }
    }
}
