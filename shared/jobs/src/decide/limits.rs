//! Timeouts and limits.

use names::Duration;

/// When to observe a machine that was requested: later than most machines take to report.
pub(super) const OBSERVE_LAUNCH: Duration = Duration::from_secs(45);
/// After this time a machine that has not started the job is given up.
pub(crate) const BOOT_LIMIT: Duration = Duration::from_secs(600);
/// How often to observe a running machine. The agent's reports and the audit
/// log are faster; this catches what both missed.
pub(super) const OBSERVE_RUN: Duration = Duration::from_secs(300);
/// How long after its time limit a command may still run before its machine is
/// deleted. The agent's limit is the shortest, then the machine's, then this.
pub(crate) const OVERRUN_TIMEOUT: Duration = Duration::from_secs(600);
/// How long to wait for a machine whose host is being terminated.
pub(super) const DRAIN_TIMEOUT: Duration = Duration::from_secs(180);
/// When to request an unfinished delete again.
pub(super) const DELETE_RETRY: Duration = Duration::from_secs(15);
/// When to retry a delete that was denied.
pub(super) const DENIED_RETRY: Duration = Duration::from_secs(300);
/// How often to request a machine that is denied: access that was just granted
/// takes minutes to propagate (IAM, "Access change propagation": 2 minutes, at
/// times 7 or more).
pub(super) const MAX_DENIED: u32 = 10;
/// How many machines may run without starting the job before it fails.
pub(super) const MAX_UNSTARTED: u32 = 3;
/// How many machines may be lost before the job fails.
pub(super) const MAX_LOST: u32 = 100;
/// How many machines may be lost without a known event of their hosts before the
/// job fails: it may have powered them off, or killed their agents, itself.
pub(super) const MAX_UNEXPLAINED: u32 = 3;
/// How long lost machines may exist in total before the job fails, in time
/// limits of the job: what is paid for in vain is bounded.
pub(super) const MAX_LOST_RUNS: u32 = 10;
/// The time from one request for a machine to the next after the first loss. It
/// doubles with each loss, up to [`LONGEST_SPACING`]: losses that follow each
/// other at once are spaced out, and a job that ran for longer does not wait.
pub(super) const LOSS_SPACING: Duration = Duration::from_secs(30);
/// The longest time from one request for a machine to the next.
pub(super) const LONGEST_SPACING: Duration = Duration::from_secs(15 * 60);
