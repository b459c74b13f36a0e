//! Every fault at every write of a setup and of a teardown: the next run reaches
//! the same state as an undisturbed one.

use crate::world::{Break, PROJECT, World, empty, manifest, stored};
use plan::{Manifest, Origin};
use std::time::Duration;

const WAYS: [Break; 7] = [
    Break::DiesBefore,
    Break::DiesAfter,
    Break::Lost,
    Break::Refused(403),
    Break::Refused(409),
    Break::Refused(412),
    Break::Refused(503),
];

/// Runs `to` with a fault at one write, until the process crashes.
async fn broken(world: &World, to: &Manifest, at: usize, how: Break) {
    let process = world.cut(Some((at, how)), Duration::from_millis(20));
    // A crashed process never answers; nothing else takes this long.
    let _ = tokio::time::timeout(Duration::from_secs(3600), process.apply(to)).await;
}

async fn writes(world: &World, to: &Manifest) -> usize {
    let process = world.process();
    assert!(process.apply(to).await.is_done());
    process
        .calls()
        .iter()
        .filter(|call| !call.is_read())
        .count()
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_setup_is_completed_by_the_next_run() {
    let calm = World::with(|cloud| cloud.without_apis(PROJECT));
    let count = writes(&calm, &manifest()).await;
    let expected = stored(&calm).await.expect("a record");
    assert!(count >= 12, "{count}");
    for how in WAYS {
        for at in 0..count {
            let world = World::with(|cloud| cloud.without_apis(PROJECT));
            broken(&world, &manifest(), at, how).await;
            let report = world.process().apply(&manifest()).await;
            assert!(report.is_done(), "{how:?} at {at}: {:#?}", report.outcomes);
            let plan = world.process().look(&manifest()).await;
            assert!(plan.is_empty(), "{how:?} at {at}: {plan}");
            let record = stored(&world).await.expect("a record");
            for (id, entry) in &expected.entries {
                let found = &record.entries[id];
                // Only the record says whether an API was enabled before, and
                // the bucket is created before the record.
                let api = id.api().is_some();
                assert!(
                    api || found.origin == entry.origin,
                    "{how:?} at {at}: {id} is {found:?}"
                );
                assert_eq!(found.grants, entry.grants, "{how:?} at {at}: {id}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_teardown_is_completed_by_the_next_run() {
    let calm = World::new();
    writes(&calm, &manifest()).await;
    let count = writes(&calm, &empty()).await;
    assert!(count >= 10, "{count}");
    for how in WAYS {
        for at in 0..count {
            let world = World::new();
            writes(&world, &manifest()).await;
            broken(&world, &empty(), at, how).await;
            let report = world.process().apply(&empty()).await;
            assert!(report.is_done(), "{how:?} at {at}: {:#?}", report.outcomes);
            let left = report.record.entries.values();
            let mut kept = left.filter(|e| !matches!(e.origin, Origin::Retained { .. }));
            assert_eq!(kept.next(), None, "{how:?} at {at}");
            let plan = world.process().look(&manifest()).await;
            let made = plan
                .steps
                .iter()
                .filter(|step| step.is_noop() && step.id.api().is_none())
                // Google retains the ring, and a label on its key says that
                // groundcrew created it.
                .filter(|step| !matches!(step.id, plan::ResourceId::Ring(_)));
            let made: Vec<_> = made.map(|step| step.id.to_string()).collect();
            assert!(made.is_empty(), "{how:?} at {at}: {made:?} is still there");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn two_concurrent_setups_reach_the_same_state() {
    for delay in 0..40 {
        let world = World::with(|cloud| cloud.without_apis(PROJECT));
        let first = world.cut(None, Duration::from_millis(50));
        let second = world.cut(None, Duration::from_millis(70));
        let manifest = manifest();
        let (one, two) = tokio::join!(first.apply(&manifest), async {
            tokio::time::sleep(Duration::from_millis(delay * 97)).await;
            second.apply(&manifest).await
        });
        assert!(one.is_done(), "{delay}: {:#?}", one.outcomes);
        assert!(two.is_done(), "{delay}: {:#?}", two.outcomes);
        let plan = world.process().look(&manifest).await;
        assert!(plan.is_empty(), "{delay}: {plan}");
        let record = stored(&world).await.expect("a record");
        let mine = record.entries.iter().filter(|(id, _)| id.api().is_none());
        for (id, entry) in mine {
            let policy = matches!(id, plan::ResourceId::Policy(_));
            assert!(
                policy || entry.origin == Origin::Created,
                "{delay}: {id} {entry:?}"
            );
        }
    }
}
