use super::*;
use crate::captured_log::logged;
use serde_json::Value;

/// The one line of a delivery that ended so.
fn reported(end: &End) -> Value {
    let mut lines = logged(|| end.report(7));
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines.remove(0)
}

#[test]
fn the_line_of_a_delivery_says_how_it_ended_and_why() {
    let why = || "no quota".to_owned();
    let panic = Panic {
        message: why(),
        location: None,
    };
    for (end, severity, outcome, message) in [
        (
            End::Ignored(why()),
            "INFO",
            "ignored",
            "nothing to do: no quota",
        ),
        (
            End::Retry("transient", why(), None),
            "WARNING",
            "transient",
            "to be delivered again: no quota",
        ),
        (
            End::Recorded(Rejection::Denied, why()),
            "WARNING",
            "denied",
            "recorded as denied: no quota",
        ),
        (
            End::NotRecorded(Rejection::Denied, why()),
            "WARNING",
            "denied",
            "denied, and could not be recorded: no quota",
        ),
        (End::Bug(why()), "ERROR", "bug", "defect: no quota"),
        (
            End::Panicked(panic),
            "ERROR",
            "bug",
            "defect: panic: no quota",
        ),
    ] {
        let line = reported(&end);
        assert_eq!(line["severity"], severity, "{line}");
        assert_eq!(line["outcome"], outcome, "{line}");
        assert_eq!(line["reason"], "no quota", "{line}");
        assert_eq!(line["message"], message, "{line}");
        assert_eq!(line["duration_ms"], 7, "{line}");
    }
    let line = reported(&End::Done);
    assert_eq!(line["outcome"], "done", "{line}");
    assert_eq!(line.get("reason"), None, "{line}");
}
