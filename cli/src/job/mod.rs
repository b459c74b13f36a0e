//! `groundcrew job`: one file per command.

pub(crate) mod cancel;
pub(crate) mod list;
pub(crate) mod logs;
pub(crate) mod show;
pub(crate) mod submit;
pub(crate) mod summary;
pub(crate) mod wait;

use jobs::JobOutcome;
use std::process::ExitCode;

/// The exit code of this process for a job's outcome. Exit codes have 8 bits:
/// larger codes become 1, so that a failure stays a failure.
pub(crate) fn exit_code(outcome: &JobOutcome) -> ExitCode {
    ExitCode::from(u8::try_from(outcome.exit_code()).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::ExitStatus;

    #[test]
    fn an_outcome_has_an_exit_code() {
        let reason = || "r".to_owned();
        let ended = |exit_status| JobOutcome::Ended { exit_status };
        for (outcome, code) in [
            (ended(ExitStatus::Exited { code: 0 }), 0),
            (ended(ExitStatus::Exited { code: 3 }), 3),
            (ended(ExitStatus::Exited { code: 256 }), 1),
            (ended(ExitStatus::Signalled { signal: 9 }), 137),
            (ended(ExitStatus::TimedOut), 124),
            (ended(ExitStatus::NotStarted { reason: reason() }), 127),
            (JobOutcome::Cancelled, 130),
            (JobOutcome::Failed { reason: reason() }, 125),
            (JobOutcome::Rejected { reason: reason() }, 2),
        ] {
            let expected = ExitCode::from(code);
            assert_eq!(exit_code(&outcome), expected, "{outcome:?}");
        }
    }
}
