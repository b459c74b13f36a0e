//! Whatever happens to any write, the next run completes the product.

use crate::world::{Break, OWNER, TEAM, World, spec};
use std::time::Duration;

/// Every n-th write is broken in one of seven ways, and the process may die.
#[tokio::test(start_paused = true)]
async fn every_write_may_fail_and_the_next_run_ends_at_an_empty_plan() {
    let mut at = 0;
    let mut survived = 0;
    // One fault per write; which one depends on the write.
    for which in 0.. {
        let how = Break::ALL[which % Break::ALL.len()];
        let world = World::new().await;
        let spec = spec(TEAM);
        let cut = world.factory_as(OWNER, &spec, Some((at, how)));
        let plan = cut.plan().await.expect("observed");
        let broken = cut.apply(&plan, &|_| {});
        let broken = tokio::time::timeout(Duration::from_secs(3_600), broken).await;
        let reached = matches!(&broken, Ok(Ok(report)) if report.is_done());
        tokio::time::sleep(Duration::from_secs(120)).await;
        world.apply(&spec).await;
        let plan = world.factory(&spec).plan().await.expect("observed");
        assert!(plan.is_empty(), "write {at}, {how:?}: {plan}");
        survived += usize::from(reached);
        at += 1;
        if at > 70 {
            break;
        }
    }
    // Refusals that pass are retried within the same run.
    assert!(survived > 20, "{survived}");
}

#[tokio::test(start_paused = true)]
async fn two_applies_at_once_make_one_product() {
    let world = World::new().await;
    let spec = spec(TEAM);
    let (one, two) = (world.factory(&spec), world.factory(&spec));
    let (plan_one, plan_two) = (one.plan().await, two.plan().await);
    let (plan_one, plan_two) = (plan_one.expect("observed"), plan_two.expect("observed"));
    let (first, second) =
        tokio::join!(one.apply(&plan_one, &|_| {}), two.apply(&plan_two, &|_| {}));
    assert!(first.is_ok() && second.is_ok());
    world.apply(&spec).await;
    let plan = world.factory(&spec).plan().await.expect("observed");
    assert!(plan.is_empty(), "{plan}");
}
