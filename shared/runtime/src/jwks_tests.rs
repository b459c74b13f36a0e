use super::*;
use crate::signing::{Keys, NOW};
use crate::stopped_clock::StoppedClock;
use futures_util::future::join_all;
use std::sync::atomic::Ordering::SeqCst;

struct World {
    keys: Arc<Keys>,
    clock: Arc<StoppedClock>,
    set: KeySet,
}

fn world() -> World {
    let keys = Arc::new(Keys::default());
    let clock = StoppedClock::at(NOW);
    let url = "http://keys.example/certs";
    World {
        set: KeySet::new(keys.clone(), url, clock.clone()),
        keys,
        clock,
    }
}

impl World {
    async fn key(&self, kid: &str) -> Result<(), AuthError> {
        self.set.key(kid, self.clock.now()).await.map(|_| ())
    }

    /// Lets fetches end that are under way.
    async fn settle(&self) {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn keys_are_fetched_once_for_any_number_of_concurrent_requests() {
    let world = world();
    let all = join_all((0..64).map(|_| world.key("k1"))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(world.keys.count(), 1);
}

#[tokio::test]
async fn forged_key_ids_cause_one_fetch_in_30_seconds() {
    let world = world();
    for i in 0..50 {
        let error = world.key(&format!("forged{i}")).await;
        assert_eq!(error, Err(AuthError::UnknownKey));
    }
    assert_eq!(world.keys.count(), 1);
    world.clock.advance(Duration::from_secs(30));
    for i in 50..100 {
        let _ = world.key(&format!("forged{i}")).await;
    }
    assert_eq!(world.keys.count(), 2);
}

#[tokio::test]
async fn one_forged_key_id_causes_one_fetch_in_five_minutes() {
    let world = world();
    for (span, fetches) in [(0, 1), (30, 1), (269, 1), (1, 2), (299, 2)] {
        world.clock.advance(Duration::from_secs(span));
        assert_eq!(world.key("forged").await, Err(AuthError::UnknownKey));
        assert_eq!(world.keys.count(), fetches, "after {span} s");
    }
    for i in 0..2 * MAX_UNKNOWN {
        lock(&world.set.cache).remember_unknown(&i.to_string(), world.clock.now());
    }
    assert_eq!(lock(&world.set.cache).unknown.len(), MAX_UNKNOWN);
}

#[tokio::test]
async fn keys_are_refreshed_when_stale_and_used_when_they_cannot_be() {
    let world = world();
    // max-age 600 less age 100.
    for (span, failing, fetches, good) in [
        (0, false, 1, true),
        (499, false, 1, true),
        (1, false, 2, true),
        (500, true, 3, true),
        (1, true, 3, true),
        (1, true, 4, true),
        (24 * 3600, true, 5, false),
        (2, false, 6, true),
    ] {
        world.clock.advance(Duration::from_secs(span));
        world.keys.failing.store(failing, SeqCst);
        let got = world.key("k1").await;
        assert_eq!(got.is_ok(), good, "{got:?} after {span} s");
        world.settle().await;
        assert_eq!(world.keys.count(), fetches, "after {span} s");
    }
}

#[tokio::test]
async fn no_request_waits_for_a_refresh() {
    let world = world();
    world.key("k1").await.expect("fetched");
    world.clock.advance(Duration::from_secs(500));
    world.keys.held.store(true, SeqCst);
    for _ in 0..10 {
        // Ready when first polled.
        let got = world.key("k1").now_or_never();
        assert_eq!(got, Some(Ok(())));
        world.settle().await;
    }
    assert_eq!(world.keys.count(), 2);
    world.keys.held.store(false, SeqCst);
    world.settle().await;
    assert_eq!(world.key("k1").await, Ok(()));
    assert_eq!(world.keys.count(), 2, "the refresh has taken effect");
}

#[tokio::test]
async fn a_cancelled_request_does_not_cancel_the_fetch() {
    let world = world();
    world.keys.held.store(true, SeqCst);
    assert!(world.key("k1").now_or_never().is_none());
    let waiting = async {
        let (one, other) = tokio::join!(world.key("k1"), world.key("k1"));
        one.and(other)
    };
    let release = async {
        world.settle().await;
        world.keys.held.store(false, SeqCst);
    };
    assert_eq!(tokio::join!(waiting, release).0, Ok(()));
    assert_eq!(world.keys.count(), 1);
}

#[tokio::test]
async fn without_keys_verification_fails_with_503() {
    let world = world();
    world.keys.failing.store(true, SeqCst);
    for _ in 0..3 {
        let error = world.key("k1").await.expect_err("no keys");
        assert_eq!(error.status(), 503, "{error}");
    }
    assert_eq!(world.keys.count(), 1);
}
