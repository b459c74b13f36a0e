//! `groundcrew job list`

use super::row::Row;
use crate::{args::ListArgs, out, target::Target};
use anyhow::Result;
use jobs::{Job, JobOutcome};
use ledger::{Entry, Ledger, Query};
use std::process::ExitCode;

/// Jobs asked for at once.
const PAGE: u32 = 200;

pub(crate) async fn run(args: &ListArgs) -> Result<ExitCode> {
    let target = Target::find(&args.target).await?;
    let states = if args.failed {
        vec!["done".to_owned()]
    } else {
        args.states.clone()
    };
    let limit = usize::try_from(args.limit)?;
    let wanted = |job: &Job| !args.failed || has_failed(job);
    let jobs = newest(&target.ledger(), states, limit, wanted).await?;
    let rows = jobs
        .iter()
        .map(|entry| Row::of(entry.id.as_str(), &entry.record));
    if args.json {
        out::json(&rows.collect::<Vec<_>>())?;
    } else if jobs.is_empty() {
        eprintln!("no such jobs");
    } else {
        let now = target.now();
        let table: Vec<_> = std::iter::once(Row::heads())
            .chain(rows.map(|row| row.cells(now)))
            .collect();
        out::bytes(out::table(&table).as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// At most `limit` jobs in `states` (any, if none is named) that are `wanted`,
/// the newest first.
pub(crate) async fn newest(
    ledger: &Ledger,
    states: Vec<String>,
    limit: usize,
    wanted: impl Fn(&Job) -> bool,
) -> Result<Vec<Entry<Job>>> {
    let mut query = Query {
        states,
        due_by: None,
        newest_first: true,
        limit: PAGE.min(u32::try_from(limit).unwrap_or(PAGE)).max(1),
        after: None,
    };
    let mut found = Vec::new();
    loop {
        let page = ledger.query::<Job>(&query).await?;
        for fault in &page.unreadable {
            eprintln!("left out: {fault}");
        }
        found.extend(
            page.entries
                .into_iter()
                .filter(|entry| wanted(&entry.record)),
        );
        query.after = page.next;
        if found.len() >= limit || query.after.is_none() {
            found.truncate(limit);
            return Ok(found);
        }
        query.limit = PAGE;
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
    use crate::job::row::tests::{done, job};
    use events::ExitStatus;
    use jobs::JobState;

    #[test]
    fn failed_is_done_without_success() {
        let exited = |code| {
            done(JobOutcome::Ended {
                ending: ExitStatus::Exited { code },
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
