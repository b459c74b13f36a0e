mod results;

use super::*;
use plan::{DeploymentRecord, Origin, ResourceRecord};

const START: Timestamp = Timestamp::from_seconds(1_795_305_600);

fn at(seconds: u64) -> Timestamp {
    START + Duration::from_secs(seconds)
}

fn spec(bucket: Option<&str>) -> Spec {
    let bucket = bucket.map_or(String::new(), |name| format!("\nbucket: {name}"));
    let text = format!("project: customer-project{bucket}");
    Spec::parse("f", &text, None).expect("valid")
}

fn request(requested_at: u64) -> SetupRequest {
    SetupRequest {
        spec: Ok(spec(None)),
        requested_at: at(requested_at),
    }
}

fn begun(requested_at: u64) -> Deployment {
    let admission = admit(None, true, &request(requested_at), at(requested_at + 1));
    let Admission::Begin(next) = admission else {
        panic!("{admission:?}");
    };
    *next
}

fn done(entries: &[(&str, Origin)]) -> AttemptResult {
    let entry = |(id, origin): &(&str, Origin)| {
        let entry = ResourceRecord {
            origin: *origin,
            uid: None,
            depends_on: Default::default(),
            grants: Default::default(),
        };
        (id.parse().expect("an id"), entry)
    };
    AttemptResult::Done {
        record: DeploymentRecord {
            deployment: "customer-project_default".parse().expect("valid"),
            entries: entries.iter().map(entry).collect(),
        },
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

const KEY: &str = "key projects/customer-project/locations/us/keyRings/r/cryptoKeys/k";
const API: &str = "api projects/customer-project/services/iam.googleapis.com";

#[test]
fn a_setup_is_retried_until_it_is_ready_or_fails() {
    let deployment = begun(0);
    assert_eq!(deployment.state, DeploymentState::Applying);
    assert_eq!(deployment.due, Some(at(1) + LEASE));

    // A temporary failure is retried, each time later.
    let mut waiting = deployment.clone();
    let mut pauses = Vec::new();
    for _ in 0..8 {
        waiting = record_attempt(&waiting, &retry(), at(0), at(100));
        assert_eq!(waiting.state, DeploymentState::Applying);
        pauses.push(waiting.due.expect("due").since(at(100)).as_secs());
    }
    assert_eq!(pauses, [60, 120, 240, 480, 960, 1920, 3600, 3600]);
    assert_eq!(waiting.history.len(), 2, "{:?}", waiting.history);
    let taken = claim_overdue(&waiting, at(100 + 3600)).expect("due");
    assert_eq!(
        claim_overdue(&taken, at(100 + 3600)),
        None,
        "claimed already"
    );
    assert_eq!(claim_overdue(&waiting, at(100 + 3599)), None);

    let ready = record_attempt(&taken, &done(&[]), at(0), at(4000));
    assert_eq!((&ready.state, ready.due), (&DeploymentState::Ready, None));
    assert_eq!(ready.failed_attempts, 0);

    let failed = record_attempt(&deployment, &failure(), at(0), at(2));
    let reason = "403; next: ask".to_owned();
    assert_eq!(
        (&failed.state, failed.due),
        (&DeploymentState::Failed { reason }, None)
    );
    assert_eq!(claim_overdue(&failed, at(1_000_000)), None);
    // A redelivery goes on from there.
    let again = admit(Some(&failed), true, &request(0), at(3));
    assert!(matches!(again, Admission::Begin(_)), "{again:?}");
}

#[test]
fn a_later_result_never_undoes_a_setup_that_is_ready() {
    let ready = record_attempt(&begun(0), &done(&[]), at(0), at(2));
    for result in [retry(), failure(), done(&[])] {
        assert_eq!(record_attempt(&ready, &result, at(0), at(3)), ready);
    }
    let failed = record_attempt(&begun(0), &failure(), at(0), at(2));
    assert_eq!(record_attempt(&failed, &retry(), at(0), at(3)), failed);
    assert_eq!(
        record_attempt(&failed, &done(&[]), at(0), at(3)).state,
        DeploymentState::Ready
    );
    // An attempt for an older request does not change a newer one.
    let newer = begun(10);
    for result in [retry(), failure(), done(&[])] {
        assert_eq!(record_attempt(&newer, &result, at(0), at(11)), newer);
    }
}

#[test]
fn requests_are_handled_in_order() {
    let ready = record_attempt(&begun(10), &done(&[]), at(10), at(12));
    let old = admit(Some(&ready), true, &request(9), at(20));
    assert!(matches!(old, Admission::Superseded(_)), "{old:?}");
    for requested_at in [10, 30] {
        let same = admit(Some(&ready), true, &request(requested_at), at(31));
        assert!(matches!(same, Admission::Check(_)), "{same:?}");
    }
    // A removal is a request too: it supersedes earlier events.
    let AttemptResult::Done { record } = done(&[]) else {
        unreachable!("done returns Done");
    };
    let removing = remove(Some(&ready), &spec(None), &record, at(40));
    let late = admit(Some(&removing), true, &request(30), at(41));
    assert!(matches!(late, Admission::Superseded(_)), "{late:?}");
    let anew = admit(Some(&removing), true, &request(50), at(51));
    assert!(matches!(anew, Admission::Begin(_)), "{anew:?}");
}

#[test]
fn a_refusal_keeps_the_existing_deployment() {
    let wrong = |requested_at| SetupRequest {
        spec: Err("x: unknown field `zone`".to_owned()),
        requested_at: at(requested_at),
    };
    let Admission::Refused { reason, next } = admit(None, true, &wrong(0), at(1)) else {
        panic!("it cannot be read");
    };
    assert!(reason.contains("`zone`; next: correct it"), "{reason}");
    assert!(matches!(next.state, DeploymentState::Failed { .. }) && next.due.is_none());

    let ready = record_attempt(&begun(0), &done(&[]), at(0), at(2));
    let Admission::Refused { next, .. } = admit(Some(&ready), true, &wrong(5), at(6)) else {
        panic!("it cannot be read");
    };
    assert_eq!(
        (&next.state, next.requested_at),
        (&ready.state, ready.requested_at)
    );
    assert!(next.last().contains("refused: x: unknown field `zone`"));

    // With another bucket the first one would be orphaned.
    let other = SetupRequest {
        spec: Ok(spec(Some("other-bucket"))),
        requested_at: at(5),
    };
    let Admission::Refused { reason, .. } = admit(Some(&ready), true, &other, at(6)) else {
        panic!("the first deployment exists");
    };
    let names = [
        "customer-project-groundcrew",
        "other-bucket",
        "account delete",
    ];
    assert!(names.iter().all(|name| reason.contains(name)), "{reason}");
    // If nothing was created, another bucket is what the failure advised.
    let failed = record_attempt(&begun(0), &failure(), at(0), at(2));
    let admit_if = |remains| admit(Some(&failed), remains, &other, at(6));
    assert!(matches!(admit_if(true), Admission::Refused { .. }));
    assert!(matches!(admit_if(false), Admission::Begin(_)));
}

#[test]
fn a_removal_ends_when_google_retains_nothing() {
    let AttemptResult::Done { record } = done(&[(KEY, Origin::Created)]) else {
        unreachable!("done returns Done");
    };
    let removing = remove(None, &spec(None), &record, at(0));
    assert_eq!(removing.due, Some(at(0) + LEASE));
    let until = at(30 * 24 * 3600);
    let kept = |until| {
        done(&[
            (KEY, Origin::Retained { until }),
            (API, Origin::Retained { until: None }),
        ])
    };
    let retained = record_attempt(&removing, &kept(Some(until)), at(0), at(9));
    assert_eq!(retained.due, Some(until));
    assert_eq!(retained.retained().len(), 1, "APIs are not listed");
    // Google deletes later than announced, or announces no time.
    let late = record_attempt(&retained, &kept(Some(until)), at(0), until);
    assert_eq!(late.due, Some(until + MAX_BACKOFF));
    assert_eq!(
        record_attempt(&retained, &kept(None), at(0), until).due,
        Some(until + DAY)
    );
    // A removal is never given up: somebody has a day to act.
    for state in [&removing, &retained] {
        let refused = record_attempt(state, &failure(), at(0), at(9));
        let day = Some(at(9 + 86_400));
        assert_eq!((&refused.state, refused.due), (&state.state, day));
    }
    let gone = record_attempt(
        &late,
        &done(&[(API, Origin::Retained { until: None })]),
        at(0),
        until,
    );
    assert_eq!((&gone.state, gone.due), (&DeploymentState::Removed, None));
}

/// Pub/Sub waits 10 minutes for a delivery; only then another attempt may begin.
#[test]
fn an_attempt_has_longer_than_its_delivery_may_take() {
    let AttemptResult::Done { record } = done(&[]) else {
        unreachable!("done returns Done");
    };
    let waiting = record_attempt(&begun(0), &retry(), at(0), at(1));
    let now = waiting.due.expect("due");
    let attempts = [
        (begun(0), at(1)),
        (claim_overdue(&waiting, now).expect("due"), now),
        (remove(None, &spec(None), &record, now), now),
    ];
    for (attempt, now) in attempts {
        let during = now + Duration::from_secs(600);
        assert_eq!(claim_overdue(&attempt, during), None, "{attempt:?}");
        let later = now + Duration::from_secs(1200);
        assert!(claim_overdue(&attempt, later).is_some(), "{attempt:?}");
    }
}

#[test]
fn a_redelivery_waits_ever_longer_and_a_new_request_does_not() {
    let mut waiting = begun(0);
    for _ in 0..3 {
        waiting = record_attempt(&waiting, &retry(), at(0), at(100));
    }
    let pause = |before: &Deployment, requested_at| {
        let admission = admit(Some(before), true, &request(requested_at), at(200));
        let Admission::Begin(next) = admission else {
            panic!("{admission:?}");
        };
        let next = record_attempt(&next, &retry(), at(requested_at), at(300));
        next.due.expect("due").since(at(300)).as_secs()
    };
    assert_eq!(pause(&waiting, 0), 480);
    assert_eq!(pause(&waiting, 50), 60);
    let failed = record_attempt(&waiting, &failure(), at(0), at(100));
    assert_eq!(pause(&failed, 0), 60);
}

#[test]
fn a_repeated_request_for_what_is_ready_supersedes_the_older_ones() {
    let ready = record_attempt(&begun(0), &done(&[]), at(0), at(2));
    let received = acknowledged(&ready, at(30));
    let late = admit(Some(&received), true, &request(20), at(31));
    assert!(matches!(late, Admission::Superseded(_)), "{late:?}");
    assert_eq!(acknowledged(&received, at(20)), received);
    // What began meanwhile is a request of its own.
    let newer = begun(40);
    assert_eq!(acknowledged(&newer, at(50)), newer);
}
