//! A machine was lost and is gone: whether, and when, the job gets another.
//!
//! A loss with a known event of the host is nobody's fault. Without one, the job
//! may have caused it, and would again: few of those are paid for.

use super::{
    decision::Decision,
    limits::{BOOT_LIMIT, LONGEST_SPACING, LOSS_SPACING, MAX_LOST, MAX_LOST_RUNS, MAX_UNEXPLAINED},
    transitions::{finish, launch},
};
use crate::{Job, JobOutcome, JobState, Machine};
use names::{Duration, Timestamp};

/// Charges the loss of `machine`, which is gone.
pub(super) fn decide(mut job: Job, machine: &Machine, cause: &str, now: Timestamp) -> Decision {
    let counters = &mut job.counters;
    counters.lost += 1;
    counters.lost_seconds += now.since(machine.requested_at).as_secs();
    counters.unexplained += u32::from(machine.host_event.is_none());
    if let Some(reason) = one_too_many(&job, cause) {
        return finish(job, JobOutcome::Failed { reason }, now);
    }
    let next = machine.requested_at + spacing(job.counters.lost);
    job.attempt = job.attempt.next();
    if next <= now {
        return launch(job, now);
    }
    let waiting_for = format!(
        "{next}, because machines were lost: {} so far",
        job.counters.lost
    );
    job.note(now, format!("waiting for {waiting_for}"));
    job.state = JobState::Queued { waiting_for };
    job.due = Some(next);
    Decision::act(job, Vec::new())
}

/// Why the job fails now, if it does.
fn one_too_many(job: &Job, cause: &str) -> Option<String> {
    let counters = &job.counters;
    let lost = Duration::from_secs(counters.lost_seconds);
    let max_run = job.spec.as_ref().map(|spec| spec.max_run);
    let most = (max_run.unwrap_or_default() + BOOT_LIMIT) * MAX_LOST_RUNS;
    if counters.unexplained >= MAX_UNEXPLAINED {
        return Some(format!(
            "{MAX_UNEXPLAINED} machines stopped without an event of their hosts, the last: {cause}. \
             Does the command power its machine off, or kill groundcrew's agent?"
        ));
    }
    if counters.lost >= MAX_LOST {
        return Some(format!("{MAX_LOST} machines were lost, the last: {cause}"));
    }
    (lost >= most).then(|| {
        let (count, hours) = (counters.lost, lost.as_secs() / 3600);
        format!("{count} machines were lost after {hours} h in total, the last: {cause}")
    })
}

/// From the request for the machine that was lost as the `lost`th to the next.
fn spacing(lost: u32) -> Duration {
    let factor = 1_u32
        .checked_shl(lost.saturating_sub(1))
        .unwrap_or(u32::MAX);
    LOSS_SPACING.saturating_mul(factor).min(LONGEST_SPACING)
}
