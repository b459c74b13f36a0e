//! How long and how often.

use names::Duration;

/// When a launch is looked at: later than most machines take to report.
pub(super) const LOOK_LAUNCHING: Duration = Duration::from_secs(45);
/// A machine that runs this long without starting the job never will.
pub(super) const BOOT_LIMIT: Duration = Duration::from_secs(600);
/// How often a running machine is looked at. The agent's reports and the
/// audit log are faster; this catches what both missed.
pub(super) const LOOK_RUNNING: Duration = Duration::from_secs(300);
/// How long after its limit a command may still run before its machine is
/// taken away: the agent's own limit lies under the machine's, which lies
/// under this one.
pub(super) const OVERRUN: Duration = Duration::from_secs(600);
/// How long a machine that its host takes away is waited for.
pub(super) const DRAIN: Duration = Duration::from_secs(180);
/// When an unfinished delete is asked for again.
pub(super) const DELETE_AGAIN: Duration = Duration::from_secs(15);
/// When a machine that groundcrew may not remove is tried again.
pub(super) const DENIED_AGAIN: Duration = Duration::from_secs(300);
/// How often a machine is asked for that groundcrew may not have: access that
/// was just given takes minutes to be known everywhere (IAM, "Access change
/// propagation": 2 minutes, at times 7 or more).
pub(super) const MAX_DENIED: u32 = 10;
/// Machines that ran without starting the job before it is given up.
pub(super) const MAX_UNSTARTED: u32 = 3;
/// Machines lost to the infrastructure before the job is given up.
pub(super) const MAX_LOST: u32 = 100;
