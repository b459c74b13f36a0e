use super::*;
use crate::calls;
use names::Duration;
use plan::{DeploymentRecord, Origin, ResourceId, ResourceRecord};

const START: Timestamp = Timestamp::from_seconds(1_795_305_600);

fn at(seconds: u64) -> Timestamp {
    START + Duration::from_secs(seconds)
}

fn request(before: Option<&Product>, requested_at: u64, now: u64) -> RequestDecision {
    decide_request(before, &calls::sample(), at(requested_at), false, at(now))
}

fn begin(before: Option<&Product>, requested_at: u64, now: u64) -> Product {
    let decided = request(before, requested_at, now);
    let RequestDecision::Begin(next) = decided else {
        panic!("{decided:?}");
    };
    *next
}

fn done() -> AttemptResult {
    AttemptResult::Done {
        record: DeploymentRecord::new(calls::sample().id()),
    }
}

fn retry() -> AttemptResult {
    let reason = "503".to_owned();
    AttemptResult::Retry { reason }
}

fn failure() -> AttemptResult {
    let reason = "403; next: ask".to_owned();
    AttemptResult::Failed { reason }
}

/// A product that was applied at 2, for the request of 0.
fn ready() -> Product {
    let mut applied = begin(None, 0, 1);
    applied.is_ready = true;
    record_result(&applied, &done(), at(0), at(2))
}

#[test]
fn a_product_is_retried_until_it_is_made_or_fails() {
    let begun = begin(None, 0, 1);
    assert_eq!(begun.due, Some(at(1) + ATTEMPT_LEASE));
    let mut waiting = begun.clone();
    let mut pauses = Vec::new();
    for _ in 0..8 {
        waiting = record_result(&waiting, &retry(), at(0), at(100));
        pauses.push(waiting.due.expect("due").since(at(100)).as_secs());
    }
    assert_eq!(pauses, [60, 120, 240, 480, 960, 1920, 3600, 3600]);
    assert_eq!(waiting.history.len(), 2, "{:?}", waiting.history);
    assert_eq!(claim_due(&waiting, at(100 + 3599)), None);
    let claimed = claim_due(&waiting, at(100 + 3600)).expect("due");
    assert_eq!(claim_due(&claimed, at(100 + 3600)), None, "claimed already");
    // A redelivery is the same request; a new one begins to count anew.
    assert_eq!(begin(Some(&waiting), 0, 200).failed_attempts, 8);
    assert_eq!(begin(Some(&waiting), 50, 200).failed_attempts, 0);

    let made = record_result(&claimed, &done(), at(0), at(4000));
    assert_eq!((made.due, made.failed_attempts), (None, 0));
    let failed = record_result(&begun, &failure(), at(0), at(2));
    assert_eq!(failed.failure.as_deref(), Some("403; next: ask"));
    assert_eq!(claim_due(&failed, at(1_000_000)), None);
    assert_eq!(begin(Some(&failed), 0, 3).failure, None);
}

#[test]
fn a_later_result_never_undoes_what_ended() {
    for ended in [
        ready(),
        record_result(&begin(None, 0, 1), &failure(), at(0), at(2)),
    ] {
        for result in [retry(), failure()] {
            assert_eq!(record_result(&ended, &result, at(0), at(3)), ended);
        }
        assert_eq!(
            record_result(&ended, &done(), at(0), at(3)).failure,
            None,
            "a success counts"
        );
    }
    // Nor does one for an older request.
    let newer = begin(None, 10, 10);
    for result in [retry(), failure(), done()] {
        assert_eq!(record_result(&newer, &result, at(0), at(11)), newer);
    }
}

#[test]
fn requests_are_handled_in_order_and_repeated_ones_checked() {
    let newer = begin(None, 10, 11);
    let late = request(Some(&newer), 9, 20);
    assert!(matches!(late, RequestDecision::Superseded(_)), "{late:?}");
    let ready = ready();
    for requested_at in [0, 30] {
        let same = request(Some(&ready), requested_at, 31);
        assert_eq!(same, RequestDecision::Check);
    }
    let spec = calls::sample();
    let differs = decide_request(Some(&ready), &spec, at(30), true, at(31));
    assert!(matches!(differs, RequestDecision::Begin(_)), "{differs:?}");
    let seen = received(&ready, at(30));
    let late = request(Some(&seen), 20, 31);
    assert!(matches!(late, RequestDecision::Superseded(_)), "{late:?}");
    assert_eq!(received(&newer, at(50)), newer, "it has begun");
    // What was applied, but not recorded as ended, goes on.
    let mut open = ready.clone();
    open.due = Some(at(900));
    begin(Some(&open), 0, 3);
}

#[test]
fn an_environment_is_not_removed_by_an_event() {
    let mut ready = ready();
    let mut spec = calls::sample();
    let (name, _) = spec.environments.pop_first().expect("one");
    let id = ready.projects.environments[&name].clone();
    // Nothing exists yet: it may go.
    let decision = decide_request(Some(&ready), &spec, at(5), false, at(6));
    assert!(
        matches!(decision, RequestDecision::Begin(_)),
        "{decision:?}"
    );

    let entry = ResourceRecord {
        origin: Origin::Created,
        uid: None,
        depends_on: BTreeSet::new(),
        grants: BTreeSet::new(),
    };
    let project = ResourceId::Project(id.clone());
    ready.resources.entries.insert(project, entry);
    let decision = decide_request(Some(&ready), &spec, at(5), false, at(6));
    let RequestDecision::Refused(reason, Some(next)) = decision else {
        panic!("{decision:?}");
    };
    for says in [name.as_str(), id.as_str(), "--delete-environment"] {
        assert!(reason.contains(says), "{reason}");
    }
    assert_eq!((&next.spec, next.is_ready), (&ready.spec, true));
    let last = next.history.last().expect("noted");
    assert!(last.what.starts_with("refused: "), "{last:?}");
}
