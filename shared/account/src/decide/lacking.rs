//! What missing permissions mean. Pure.

use names::Duration;
use plan::AttemptResult;
use std::collections::BTreeSet;

/// For how long after a request a missing permission may be one that was just
/// granted: 7 minutes, and the pauses between attempts (IAM, "Access change
/// propagation").
const GRANTS_SPREAD: Duration = Duration::from_secs(15 * 60);

/// The result if permissions are missing in the project, `waited` after the
/// request, and nothing was done.
#[must_use]
pub(crate) fn lacking(missing: &BTreeSet<&'static str>, waited: Duration) -> AttemptResult {
    let missing: Vec<&str> = missing.iter().copied().collect();
    let missing = missing.join(", ");
    match waited < GRANTS_SPREAD {
        true => AttemptResult::Retry {
            reason: format!(
                "nothing was done: permissions are missing in the project, or were granted \
                 minutes ago: {missing}"
            ),
        },
        false => AttemptResult::Failed {
            reason: format!(
                "nothing was done: permissions are missing in the project: {missing}; next: \
                 grant project-provisioned its roles there, and request the setup again"
            ),
        },
    }
}
