//! What an attempt's report means.

use super::*;
use gcp::Class;
use plan::{ApplyReport, Error, Fault, StepOutcome};

fn report(outcomes: &[(&str, StepOutcome)]) -> ApplyReport {
    let AttemptResult::Done { record } = done(&[]) else {
        unreachable!("done returns Done");
    };
    let outcome = |(id, outcome): &(&str, StepOutcome)| {
        let id = id.parse().expect("an id");
        (id, outcome.clone())
    };
    ApplyReport {
        outcomes: outcomes.iter().map(outcome).collect(),
        record,
        remaining: None,
        unobserved: Vec::new(),
    }
}

fn failed(class: Class, reason: &str) -> StepOutcome {
    let reason = reason.to_owned();
    StepOutcome::Failed { reason, class }
}

fn retry_of(reason: &str) -> AttemptResult {
    let reason = reason.to_owned();
    AttemptResult::Retry { reason }
}

#[test]
fn what_can_pass_is_retried_and_what_somebody_must_mend_is_not() {
    for class in [Class::Transient, Class::Conflict] {
        let report = report(&[(API, StepOutcome::Unchanged), (KEY, failed(class, "busy"))]);
        assert_eq!(AttemptResult::of(&report), retry_of("busy"), "{class:?}");
    }
    // A reason that waiting cannot mend is told, not those beside it.
    for class in [Class::Denied, Class::Invalid, Class::Bug] {
        let report = report(&[
            (API, failed(Class::Transient, "503")),
            (KEY, failed(class, "no; next: mend it")),
        ]);
        let reason = "no; next: mend it".to_owned();
        let expected = AttemptResult::Failed { reason };
        assert_eq!(AttemptResult::of(&report), expected, "{class:?}");
    }
}

#[test]
fn an_attempt_that_nothing_failed_in_counts_only_if_its_end_was_seen() {
    let unchanged = (API, StepOutcome::Unchanged);
    assert_eq!(
        AttemptResult::of(&report(std::slice::from_ref(&unchanged))),
        done(&[])
    );
    let mut unseen = report(std::slice::from_ref(&unchanged));
    unseen.unobserved = vec!["observing the key: 503".to_owned()];
    let expected = retry_of("the result could not be verified: observing the key: 503");
    assert_eq!(AttemptResult::of(&unseen), expected);
    let by = "the record could not be written".to_owned();
    let blocked = report(&[unchanged, (KEY, StepOutcome::Blocked { by })]);
    let expected = format!("{KEY} was not attempted: the record could not be written");
    assert_eq!(AttemptResult::of(&blocked), retry_of(&expected));
}

#[test]
fn a_project_that_cannot_be_observed_is_tried_again_unless_somebody_must_act() {
    let error = |fault| Error {
        operation: "observing",
        id: API.parse().ok(),
        fault,
    };
    let passing = AttemptResult::unobserved(&[error(Fault::OperationTimeout)]);
    let AttemptResult::Retry { reason } = &passing else {
        panic!("{passing:?}");
    };
    assert!(reason.contains("did not finish in time"), "{reason}");
    let refused = error(Fault::Refused("the bucket is another's".to_owned()));
    let lasting = AttemptResult::unobserved(&[error(Fault::OperationTimeout), refused]);
    let AttemptResult::Failed { reason } = &lasting else {
        panic!("{lasting:?}");
    };
    assert!(reason.contains("the bucket is another's"), "{reason}");
}
